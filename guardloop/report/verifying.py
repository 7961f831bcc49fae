"""What `verify` prints: the documented JSON, or one line for each gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guardloop.judgement import GateResult, Outcome, Verdict
from guardloop.judging import missing
from guardloop.report.plain_json import dumped


@dataclass(frozen=True)
class Verified:
    """The judgement of one change, and what it took."""

    verdict: Verdict
    results: Sequence[GateResult]
    costs_before: Mapping[str, int]
    costs_after: Mapping[str, int]
    seconds: float
    cpu_seconds: float
    protection: Sequence[str] = ()

    @property
    def note(self) -> str:
        """Which gates did not judge, because they do not exist yet or were withheld."""
        return missing([result.gate for result in self.results])


def as_json(verified: Verified) -> str:
    """The document of schema 1; `counterexample` stays null until the equivalence gate can find one."""
    document = {
        "schema": 1,
        "verdict": str(verified.verdict),
        "gates": [
            {"gate": r.gate, "verdict": str(r.outcome), "why": r.reason, "seconds": round(r.seconds, 2)}
            for r in verified.results
        ],
        "counterexample": None,
        "costs_before": dict(verified.costs_before),
        "costs_after": dict(verified.costs_after),
        "seconds": round(verified.seconds, 2),
        "cpu_seconds": round(verified.cpu_seconds, 2),
        "note": verified.note,
        "protection": list(verified.protection),
    }
    return dumped(document)


def as_text(verified: Verified) -> str:
    """One line for each gate, then the verdict."""
    lines = [f"{r.gate:12s} {r.outcome}{f': {r.reason}' if r.reason else ''}" for r in verified.results]
    changed = {rule for rule, cost in verified.costs_before.items() if verified.costs_after.get(rule) != cost}
    lines += [f"{rule}: {verified.costs_before[rule]} → {verified.costs_after[rule]}" for rule in sorted(changed)]
    unanswered = any(r.outcome is Outcome.ERRORED for r in verified.results)
    hint = " (a gate could not tell; that is never a pass)" if unanswered else ""
    return "\n".join([*lines, f"{verified.verdict}{hint}", *([verified.note] if verified.note else [])])
