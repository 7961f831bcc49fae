"""Putting a candidate through the gates, cheapest first, and what the loop needs of whoever holds them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from guardloop.gates import GATES
from guardloop.judgement import Candidate, Gate, GateResult, Outcome
from metrics.source import SourceTree

GATE_NAMES = tuple(dict.fromkeys((*GATES, "equivalence")))
"""Every gate that is meant to judge, in order; those that a run lacks are named as not in force."""

_DEAR = ("types", "tests")


class Guards(Protocol):
    """The gates of one run, which know the tree that candidates start from."""

    gates: Sequence[Gate]
    """In order, cheapest first."""
    protection: Sequence[str]
    """What confines the judged code, one line each, gaps included."""

    def accept(self, tree: SourceTree) -> None:
        """Go on from this tree."""


def until_refused(candidate: Candidate, gates: Sequence[Gate], jobs: int = 1) -> list[GateResult]:
    """Ask gates in order and stop at the first that does not pass.

    With two jobs or more the dear gates run beside each other once the cheap ones passed; the answers, and their
    order, are the same.
    """
    results: list[GateResult] = []
    together = [gate for gate in gates if gate.name in _DEAR] if jobs > 1 else []
    for gate in gates:
        if gate not in together:
            results.append(_asked(gate, candidate))
        elif gate is together[0]:
            with ThreadPoolExecutor(len(together)) as pool:
                results += _until_refused(list(pool.map(lambda gate: _asked(gate, candidate), together)))
        if results[-1].outcome is not Outcome.PASSED:
            break
    return results


def every(candidate: Candidate, gates: Iterable[Gate]) -> Iterator[GateResult]:
    """Ask every gate, so that each one's own answer can be read; only a file that is no Python ends it early."""
    parses = True
    for gate in gates:
        if parses:
            result = _asked(gate, candidate)
            parses = gate.name != "parses" or result.outcome is Outcome.PASSED
            yield result
        else:
            yield GateResult(gate.name, Outcome.ERRORED, "not asked: the change leaves a file unparsable")


def missing(in_force: Sequence[str]) -> str:
    """The gates that do not judge here, as a remark; empty when all do."""
    absent = [gate for gate in GATE_NAMES if gate not in in_force]
    return f"not in force: {', '.join(absent)}" if absent and in_force else ""


def _asked(gate: Gate, candidate: Candidate) -> GateResult:
    began = time.monotonic()
    result = gate.check(candidate)
    return result if result.seconds else replace(result, seconds=round(time.monotonic() - began, 3))


def _until_refused(results: Sequence[GateResult]) -> list[GateResult]:
    passed = next((n for n, result in enumerate(results) if result.outcome is not Outcome.PASSED), len(results))
    return list(results[: passed + 1])
