"""The `tests` gate: every test that passed on the untouched tree passes; those that reach the change go first."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from guardloop.errors import GuardloopError
from guardloop.judgement import Candidate, GateResult, Outcome
from guardloop.preflight import Clean
from guardloop.sandbox import Limits
from guardloop.test_run import TestRun

_WORTH_A_RUN_OF_ITS_OWN = 0.5
_SHOWN = 160


class Running(Protocol):
    """Runs the project's tests in a private copy."""

    def run(
        self, slot: Path, limits: Limits, *, only: Collection[str] | None = None, without: Collection[str] = (),
        stop: bool = False,
    ) -> TestRun:  # fmt: skip
        """See `guardloop.test_run.Runner`."""


class Tests:
    """`clean` tells what is demanded now: it is asked anew for each candidate, as accepted patches move the map.

    `deadline` is when, on the monotonic clock, all has to be over: a test run that it cuts short says nothing.
    """

    name = "tests"
    __test__ = False

    def __init__(
        self,
        runner: Running,
        clean: Callable[[], Clean],
        slot: Callable[[dict[str, str | None]], AbstractContextManager[Path]],
        deadline: float = math.inf,
    ) -> None:
        self._runner, self._clean, self._slot, self._deadline = runner, clean, slot, deadline

    def check(self, candidate: Candidate) -> GateResult:
        """Run the affected tests up to the first failure, then all."""
        try:
            return self._run(candidate)
        except (GuardloopError, OSError) as error:
            return GateResult(self.name, Outcome.ERRORED, str(error))

    def _run(self, candidate: Candidate) -> GateResult:
        clean = self._clean()
        first = self._affected(clean, candidate)
        changes = {path: candidate.after.texts.get(path) for path in candidate.changed}
        for only in ([first] if first else []) + [None]:
            left = self._deadline - time.monotonic()
            limits = replace(clean.limits, seconds=max(0.1, min(clean.limits.seconds, left)))
            with self._slot(changes) as slot:
                run = self._runner.run(slot, limits, only=only, without=clean.left_out, stop=True)
            if run.run.bound == "seconds" and left < clean.limits.seconds:
                return GateResult(self.name, Outcome.ERRORED, "the time of the whole run is over")
            result = judged(run, clean, clean.passed if only is None else frozenset(only) & clean.passed)
            if result is not None:
                return result
        return GateResult(self.name, Outcome.PASSED, details={"affected": len(first)})

    def _affected(self, clean: Clean, candidate: Candidate) -> list[str]:
        """In the clean run's order; none where they take so long that running all at once is cheaper."""
        if clean.map is None:
            return []
        affected = clean.map.affected(candidate.before, candidate.after) & clean.passed
        ordered = [test for test in clean.order if test in affected]
        seconds = sum(clean.durations.get(test, 0.0) for test in ordered)
        whole = sum(clean.durations.values()) or 1.0
        return ordered if seconds / whole <= _WORTH_A_RUN_OF_ITS_OWN and len(ordered) < len(clean.order) else []


def judged(run: TestRun, clean: Clean, demanded: frozenset[str]) -> GateResult | None:
    """None where all that is demanded passed; reaching a bound, or not getting to the end, is a failure."""

    def failed(reason: str) -> GateResult:
        return GateResult(Tests.name, Outcome.FAILED, reason)

    if run.run.bound == "seconds":
        where = f" in {run.running}" if run.running else ""
        return failed(f"hangs{where}: no end within {clean.limits.seconds:.0f} s, {clean.seconds:.0f} s before")
    if run.run.bound:
        return failed(f"reaches the bound on {run.run.bound}, which the untouched tree does not")
    lost = sorted(test for test in run.failed if test in demanded or test in run.uncollected)
    if lost:
        return failed(f"{_short(lost[0])}: {_short(run.lines.get(lost[0], ''))}")
    if not clean.order and run.run.code != 0:
        return failed(f"the test command ends with {run.run.code}: {_short(run.tail)}")
    if clean.order and run.status is None:
        where = f" in {run.running}" if run.running else ""
        return failed(f"the test run broke off{where} with code {run.run.code}: {_short(run.tail)}")
    missing = [test for test in clean.order if test in demanded and test not in run.passed]
    if missing:
        return failed(f"{_short(missing[0])}: {run.outcomes.get(missing[0], 'not run')}, and passed before")
    if run.run.left > clean.left:
        return failed(f"leaves {run.run.left} processes running")
    return None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
