"""The audit log: one JSON object a line, on disk before the run goes on, so that every judgement can be replayed.

Records, in order: one `run`; then `sketch` (once each) and `text` (once each, by digest) before the `attempt`s that
name them; `accepting` with the digests of the new files before they are written, `accepted` after; at last `end`. A
log without `end` was interrupted; a torn last line is what a crash leaves, and is dropped.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.protocol import Edit, Fill, Hole, HoleKind, Sketch
from guardloop.errors import AuditError
from guardloop.journal import digest
from guardloop.judgement import GateResult, Outcome, Verdict

SCHEMA = 1
_REMEMBERED_RUNS = 5
Record = dict[str, Any]


class Audit:
    """Writes one run's log; without a path it remembers nothing."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._known: set[str] = set()
        self._handle = -1
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
                _drop_torn_line(self._handle)
            except OSError as error:
                raise AuditError(f"{path}: {error.strerror}; name another file by --audit") from error

    @classmethod
    def in_folder(cls, runs: Path) -> Audit:
        """A new log, named after the time and this process."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return cls(runs / f"{stamp}-{os.getpid()}.jsonl")

    def begin(self, header: Mapping[str, Any], changed: Mapping[str, str] = MappingProxyType({})) -> None:
        """Say what the run is; `changed` are texts of the judged tree that differ from the commit."""
        keys = {path: digest(text.encode("utf-8", "surrogatepass")) for path, text in changed.items()}
        self._write({"record": "run", "schema": SCHEMA, **header, "changed": keys})
        for text in changed.values():
            self._text(text)

    def attempt(self, sketch: Sketch, fill: Fill, tree: str, results: Sequence[GateResult], verdict: Verdict) -> None:
        """Keep one judged candidate, and the sketch and the texts that it was made from."""
        self._sketch(sketch, tree)
        told = [{**asdict(result), "outcome": str(result.outcome)} for result in results]
        proposed = {**asdict(fill), "texts": dict(fill.texts)}
        line = {"record": "attempt", "sketch": sketch.id, "tree": tree, "fill": proposed, "results": told}
        self._write({**line, "verdict": str(verdict)})

    def accepting(self, tree: str, files: Mapping[str, bytes]) -> None:
        """Announce the writing of these files, so that a later run knows them for guardloop's own."""
        self._write({"record": "accepting", "tree": tree, "files": {p: digest(data) for p, data in files.items()}})

    def accepted(self, patch: Mapping[str, Any], tree: str) -> None:
        """Keep an accepted patch; `tree` is the digest after it."""
        self._write({"record": "accepted", "tree": tree, **patch})

    def end(self, outcome: Mapping[str, Any]) -> None:
        """Close the log."""
        self._write({"record": "end", **outcome})
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _sketch(self, sketch: Sketch, tree: str) -> None:
        key = f"{sketch.id} {tree} {sketch.feedback}"
        if key in self._known:
            return
        self._known.add(key)
        sources = {path: self._text(text) for path, text in sketch.sources.items()}
        edits = [{**asdict(edit), "parts": [_part(part) for part in edit.parts]} for edit in sketch.edits]
        fields = ("rule", "finding", "variant", "instruction", "predicted", "feedback", "context")
        told = {name: getattr(sketch, name) for name in fields}
        self._write({"record": "sketch", "id": sketch.id, **told, "sources": sources, "edits": edits})

    def _text(self, text: str) -> str:
        key = digest(text.encode("utf-8", "surrogatepass"))
        if key not in self._known:
            self._known.add(key)
            self._write({"record": "text", "digest": key, "content": text})
        return key

    def _write(self, record: Record) -> None:
        if self._handle < 0:
            return
        data = json.dumps(record, default=str).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError as error:
            raise AuditError(f"{self.path}: {error.strerror}; what was accepted before stays") from error


def _drop_torn_line(handle: int) -> None:
    """End a log at its last whole line, so that what is appended stays readable."""
    if stat.S_ISREG(os.fstat(handle).st_mode):
        with open(handle, "rb", closefd=False) as stream:
            data = stream.read()
        os.ftruncate(handle, data.rfind(b"\n") + 1)


def read(path: Path) -> list[Record]:
    """The records of a log; raises `AuditError` for a file that is none."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{path}: expected an audit log, got: {getattr(error, 'strerror', error)}") from error
    records = list(_records(path, lines))
    if not records or records[0].get("record") != "run":
        raise AuditError(f"{path}: expected an audit log of guardloop, found no run in it")
    if records[0].get("schema") != SCHEMA:
        raise AuditError(f"{path}: expected schema {SCHEMA}, got {records[0].get('schema')!r}")
    return records


def sketches(records: Sequence[Record]) -> dict[str, Sketch]:
    """The sketches of a log by id, built again from its texts; raises `AuditError` when one cannot be."""
    try:
        texts = {record["digest"]: record["content"] for record in records if record["record"] == "text"}
        found = [_sketch_from(record, texts) for record in records if record["record"] == "sketch"]
    except (KeyError, TypeError, ValueError) as error:
        raise AuditError(f"the log's sketches cannot be built again: {error!r}") from error
    return {sketch.id: sketch for sketch in found}


def fill_from(record: Record) -> Fill:
    """The fill of an `attempt`."""
    return Fill(**record["fill"])


def results_from(record: Record) -> list[GateResult]:
    """What the gates said of an `attempt`."""
    return [GateResult(**{**told, "outcome": Outcome(told["outcome"])}) for told in record["results"]]


def written(runs: Path) -> frozenset[tuple[str, str | None]]:
    """Path and digest of every file that runs logged in this folder have written, or were about to write."""
    found: set[tuple[str, str | None]] = set()
    for log in _logs(sorted(runs.glob("*.jsonl"))):
        for record in log:
            if record["record"] == "accepting":
                found.update(record["files"].items())
    return frozenset(found)


def rejected_before(runs: Path, context: str, log: Path | None = None) -> dict[tuple[str, str, str], list[GateResult]]:
    """What the latest runs in a folder, and those in `log`, rejected in the same context, by `memory_key`.

    `context` says what the judgement depends on beside the candidate: a run with another one is of no use.
    """
    known: dict[tuple[str, str, str], list[GateResult]] = {}
    paths = [*sorted(runs.glob("*.jsonl"))[-_REMEMBERED_RUNS:], *([log] if log else [])]
    for records in _logs(paths):
        same = False
        for record in records:
            if record["record"] == "run":
                same = record.get("context") == context
            elif same and record["record"] == "attempt" and record["verdict"] == Verdict.REJECTED:
                known[memory_key(record["sketch"], fill_from(record), record["tree"])] = results_from(record)
    return known


def memory_key(sketch: str, fill: Fill, tree: str) -> tuple[str, str, str]:
    """What makes two attempts the same."""
    return sketch, json.dumps(dict(fill.texts), sort_keys=True), tree


def _logs(paths: Iterable[Path]) -> Iterator[list[Record]]:
    """The readable ones of these logs; another program's file is none of ours to complain about."""
    for path in paths:
        try:
            yield read(path)
        except AuditError:
            continue


def _records(path: Path, lines: Sequence[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                return
            raise AuditError(f"{path}:{number}: expected one JSON object a line, got {line[:40]!r}") from error
        if not isinstance(record, dict) or "record" not in record:
            raise AuditError(f"{path}:{number}: expected a record, got {line[:40]!r}")
        yield record


def _part(part: str | Hole) -> Any:
    return part if isinstance(part, str) else {**asdict(part), "taken": sorted(part.taken), "kind": str(part.kind)}


def _sketch_from(record: Record, texts: Mapping[str, str]) -> Sketch:
    names = ("rule", "finding", "variant", "instruction", "predicted")
    return Sketch(
        **{name: record[name] for name in names},
        feedback=tuple(record["feedback"]),
        context=tuple(record["context"]),
        sources={path: texts[key] for path, key in record["sources"].items()},
        edits=tuple(_edit_from(edit) for edit in record["edits"]),
    )


def _edit_from(record: Record) -> Edit:
    return Edit(**{**record, "parts": tuple(p if isinstance(p, str) else _hole_from(p) for p in record["parts"])})


def _hole_from(record: Record) -> Hole:
    lists = {name: tuple(record[name]) for name in ("choices", "hints")}
    return Hole(**{**record, **lists, "kind": HoleKind(record["kind"]), "taken": frozenset(record["taken"])})
