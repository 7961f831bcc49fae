"""`guardloop log`: an audit log as a table, or judged again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from guardloop.audit import Record, read
from guardloop.judgement import Verdict

SAME, DIFFERS, COULD_NOT = 0, 1, 2
_WIDTH = 100


def log(path: Path, *, rejudge: bool, format: str, target_python: Path | None = None) -> int:
    """Print a log, or the outcome of judging its candidates again; the exit code says whether that agrees."""
    records = read(path)
    if not rejudge:
        print(
            json.dumps({"schema": 1, "records": records}, indent=1) if format == "json" else "\n".join(_table(records))
        )
        return SAME
    from guardloop.replay import replayed
    from guardloop.report.progress import progress

    with progress() as told:
        agreements = replayed(records, target_python, told)
    differing = [agreement for agreement in agreements if not agreement.same]
    if format == "json":
        rows = [{"attempt": a.number, "then": a.then, "now": a.now, "why": a.why} for a in agreements]
        print(json.dumps({"schema": 1, "agree": len(agreements) - len(differing), "attempts": rows}, indent=1))
    else:
        for a in differing:
            print(f"attempt {a.number}: then {a.then}, now {a.now}: {a.why}")
        print(f"{len(agreements) - len(differing)} of {len(agreements)} judgements agree")
    return DIFFERS if differing else SAME


def _table(records: Sequence[Record]) -> Iterator[str]:
    variants = {record["id"]: record for record in records if record["record"] == "sketch"}
    number = 0
    for record in records:
        match record["record"]:
            case "run":
                yield f"run of {record.get('started', '?')}: engine {record.get('engine')}, seed {record.get('seed')}"
                yield f"  version {record.get('version')}, tree {record.get('tree')}, commit {record.get('head')}"
                yield f"  protection: {'; '.join(record.get('protection', ()))}"
            case "attempt":
                number += 1
                sketch = variants.get(record["sketch"], {})
                yield f"{number:4d}  {record['verdict']:12s} {_names(record)}  ({sketch.get('variant', '?')})"
                if record["verdict"] != Verdict.ACCEPTED and record["results"]:
                    last = record["results"][-1]
                    yield f"      {last['gate']}: {last['reason'][:_WIDTH]}"
            case "accepted":
                cost = f"{record['cost_before']} → {record['cost_after']}"
                yield f"      written: {record['rule']} {cost}, {', '.join(record['files'])}"
            case "end":
                stopped = f": {record['stopped']}" if record.get("stopped") else ""
                yield f"end: {record.get('verdict')}{stopped}"
    if records[-1]["record"] != "end":
        yield "no end: the run was interrupted"


def _names(record: Record) -> str:
    return ", ".join(record["fill"]["texts"].values()) or "nothing to fill"
