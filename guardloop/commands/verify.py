"""`guardloop verify`: judges one given change with the gates of `fix`; nothing is proposed and nothing written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from guardloop.change import Change
from guardloop.errors import GuardloopError
from guardloop.gates import GATES
from guardloop.gates.interface import Interface
from guardloop.gates.parses import Parses
from guardloop.gates.ratchet import Ratchet
from guardloop.gates.scope import Scope
from guardloop.guards import ProjectGuards
from guardloop.judgement import Candidate, Gate, GateResult, Outcome, Verdict, decide
from guardloop.judging import every
from guardloop.project import Project
from guardloop.report.progress import Progress, progress
from guardloop.report.verifying import Verified, as_json, as_text
from guardloop.spending import cpu_seconds
from guardloop.target import Target
from metrics.cache import user_cache
from metrics.measure import Measurement, measure
from metrics.source import SourceTree

EXIT = {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1, Verdict.INCONCLUSIVE: 2}


def verify(target: Target, after: Path, *, with_tests: bool) -> int:
    """Judge the change from the target to `after` and print the answer; the exit code is the verdict's."""
    began, settings = time.monotonic(), target.settings
    root = target.root.resolve()
    change = Change.between(root, after.resolve(), settings.exclude)
    python = str(settings.target_python) if settings.target_python else None
    project = Project.discover(root, tests=settings.tests, python=python)
    measured = partial(measure, rules=settings.rule or None, cache=user_cache())
    with progress() as told:
        court = _Court(target, project, change, measured, began + settings.seconds, told, with_tests)
        results = court.judge()
    verified = Verified(
        verdict=decide(results),
        results=results,
        costs_before=measured(change.before).costs,
        costs_after=measured(change.after).costs,
        seconds=time.monotonic() - began,
        cpu_seconds=cpu_seconds(),
        protection=court.protection,
    )
    print(as_json(verified) if settings.format == "json" else as_text(verified))
    return EXIT[verified.verdict]


@dataclass
class _Court:
    """The gates that can be had for a change; what could not be had answers "could not tell", with the reason."""

    target: Target
    project: Project
    change: Change
    measured: Callable[[SourceTree], Measurement]
    deadline: float
    told: Progress
    with_tests: bool
    protection: tuple[str, ...] = ()

    def judge(self) -> list[GateResult]:
        """One answer of each gate, in order."""
        candidate = Candidate(self.change.before, self.change.after)
        with ExitStack() as open_guards:
            guards, reason = self._guards(open_guards)
            gates: Iterable[Gate] = guards.gates if guards else self._static()
            self.protection = tuple(guards.protection) if guards else ()
            self.told.doing("judging the change")
            # Each answer is looked at as it comes: one given in time stays what it is.
            answers = {result.gate: self._in_time(result) for result in every(candidate, gates)}
        wanted = [name for name in GATES if name != "tests" or self.with_tests]
        return [answers.get(name) or GateResult(name, Outcome.ERRORED, reason) for name in wanted]

    def _guards(self, open_guards: ExitStack) -> tuple[ProjectGuards | None, str]:
        """All gates, else all but the tests, else none that runs a program; and what kept the others away."""
        reason = ""
        for tests in (True, False) if self.with_tests else (False,):
            try:
                guards = ProjectGuards(
                    self.project,
                    self.change.before,
                    measured=self.measured,
                    exclude=self.target.settings.exclude,
                    stray=self.change.stray,
                    tests=tests,
                    seconds=max(1.0, self.deadline - time.monotonic()),
                    deadline=self.deadline,
                    progress=self.told.doing,
                )
            except GuardloopError as error:
                reason = reason or str(error)
            else:
                return open_guards.enter_context(guards), reason
        return None, reason

    def _static(self) -> Iterator[Gate]:
        yield Parses()
        yield Scope(self.change.stray, self.target.settings.exclude, self.project.python.installed())
        yield Interface()
        yield Ratchet(self.measured)

    def _in_time(self, result: GateResult) -> GateResult:
        """What the end of the time cut short is no answer."""
        late = time.monotonic() >= self.deadline
        if late and result.outcome is Outcome.FAILED and result.gate in ("lint", "types", "tests"):
            why = f"the {self.target.settings.seconds:g} seconds are over"
            return replace(result, outcome=Outcome.ERRORED, reason=why)
        return result
