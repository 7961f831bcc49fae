"""The loop: plan, sketch, fill, judge, write what passed, and plan again from the tree that this makes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from engine.protocol import Engine, EngineError, Fill, Learner, Sketch
from guardloop.audit import Audit, memory_key
from guardloop.config import Settings
from guardloop.errors import AuditError, WorkspaceError
from guardloop.feedback import ROUNDS, Rejection, asked_for, explained, fed_back, shape_at_fault
from guardloop.judgement import Candidate, GateResult, Outcome, Verdict, decide
from guardloop.judging import Guards, until_refused
from guardloop.plan import Plan
from guardloop.report.progress import Progress, Silent
from guardloop.sketches.formatting import written
from guardloop.sketches.protocol import Refusal
from guardloop.summary import Accepted, Remaining, Summary, Tally
from guardloop.widening import widened
from guardloop.workspace import Workspace
from metrics.measure import Measurement
from metrics.scorer import Finding
from metrics.source import SourceTree

Measure = Callable[[SourceTree], Measurement]
Known = Mapping[tuple[str, str, str], list[GateResult]]


class _StoppedError(Exception):
    """The run ends before its plan does; the reason is its message."""


@dataclass
class Loop:
    """One run of `fix`. It owns no files and starts no process: workspace, guards, engine and audit do."""

    workspace: Workspace
    plan: Plan
    engine: Engine
    guards: Guards
    audit: Audit
    settings: Settings
    measure: Measure
    deadline: float
    """`time.monotonic()` at which the run has to end."""
    known: Known = field(default_factory=dict)
    """What an earlier run rejected on the same trees, by `memory_key`."""
    told: Progress = field(default_factory=Silent)
    tally: Tally = field(default_factory=Tally)
    accepted: list[Accepted] = field(default_factory=list)

    def run(self) -> Summary:
        """Work until nothing is left to try, or until a bound of the settings is reached."""
        before = self.measure(self.workspace.tree)
        stopped = ""
        try:
            while self._accepts_one():
                pass
        except _StoppedError as reason:
            stopped = str(reason)
        after = self.measure(self.workspace.tree)
        return Summary(
            tuple(self.accepted), tuple(self._remaining(after, stopped)), self.tally, before.costs, after.costs, stopped
        )

    def _accepts_one(self) -> bool:
        """Try one finding after the other until a patch is accepted; False when the plan is exhausted."""
        tree = self.workspace.tree
        measured = self.measure(tree)
        for finding in self.plan.untried(measured, tree):
            self._check_bounds()
            self.told.doing(f"{finding.rule} {finding.cost}: {_place(finding)}")
            if self._work_on(finding, measured):
                return True
        return False

    def _work_on(self, finding: Finding, measured: Measurement) -> bool:
        tree, began, judged = self.workspace.tree, time.monotonic(), self.tally.candidates
        rejections: list[Rejection] = []
        refusals: list[Refusal] = []
        for shape in self.plan.shapes(finding, tree):
            if isinstance(shape, Refusal):
                refusals.append(shape)
                continue
            obstacle = self.workspace.obstacle(shape.sources)
            if obstacle:
                refusals.append(Refusal(shape.variant, obstacle))
                continue
            passed = self._passing(shape, rejections)
            if passed is not None:
                tried = self.tally.candidates - judged
                self._accept(finding, *passed, measured, tried, time.monotonic() - began)
                return True
            if self.tally.candidates - judged >= self.settings.candidates:
                break
        self.plan.give_up(finding, tree, explained(rejections, refusals))
        return False

    def _passing(self, sketch: Sketch, rejections: list[Rejection]) -> tuple[Sketch, Fill] | None:
        """The first fill of a sketch that passes every gate; adds those that do not to `rejections`."""
        for attempt in range(ROUNDS + 1):
            here: list[Rejection] = []
            for fill in self._fills(sketch, attempt, len(rejections)):
                refused = self._judge(sketch, fill)
                if refused is None:
                    return sketch, fill
                here.append(Rejection(fill, refused))
                rejections.append(here[-1])
                self._check_bounds()
                if shape_at_fault(sketch, here):
                    return None
            if not here or not sketch.holes:
                return None
            sketch = fed_back(sketch, here)
            if attempt == ROUNDS - 1:
                sketch = widened(sketch)
        return None

    def _fills(self, sketch: Sketch, attempt: int, used: int) -> Iterator[Fill]:
        """As many fills as the finding has left for this round; an engine that fails after a success ends the run."""
        left = asked_for(self.settings.candidates - used, attempt if sketch.holes else ROUNDS)
        if left <= 0:
            return
        self.told.doing(f"{self.engine.name} proposes: {sketch.variant}")
        try:
            yield from self.engine.fill(sketch, candidates=left, seed=self.settings.seed + attempt)
        except EngineError as error:
            # An engine that was cut short by the end of the run has not failed.
            self._check_time()
            if not self.accepted:
                raise
            raise _StoppedError(f"the engine failed: {error}") from error

    def _judge(self, sketch: Sketch, fill: Fill) -> GateResult | None:
        """None when every gate passed, else the answer that refused."""
        tree = self.workspace.tree
        earlier = self.known.get(memory_key(sketch.id, fill, tree.digest))
        if earlier is not None:
            self.tally.reused += 1
            return earlier[-1]
        candidate = Candidate(tree, tree.replacing(written(sketch, fill)), sketch, fill)
        self.told.doing(f"judging {', '.join(fill.texts.values()) or sketch.variant}")
        results = until_refused(candidate, self.guards.gates, self.settings.jobs)
        verdict = decide(results)
        if verdict is not Verdict.ACCEPTED:
            # What the end of the time cut short is no answer, and must not be remembered as one.
            self._check_time()
        self.tally.candidates += 1
        self._record(lambda: self.audit.attempt(sketch, fill, tree.digest, results, verdict))
        if isinstance(self.engine, Learner):
            self.engine.learn(fill, accepted=verdict is Verdict.ACCEPTED)
        if verdict is Verdict.ACCEPTED:
            return None
        last = results[-1] if results else GateResult("none", Outcome.ERRORED, "no gate is in force")
        (self.tally.rejected_by if last.outcome is Outcome.FAILED else self.tally.unanswered_by)[last.gate] += 1
        return last

    def _accept(
        self, finding: Finding, sketch: Sketch, fill: Fill, measured: Measurement, tried: int, seconds: float
    ) -> None:
        before, after = self.workspace.tree, self.workspace.tree.replacing(written(sketch, fill))
        diff = self.workspace.diff(before, after)
        self._write(after)
        self.guards.accept(after)
        fall = measured.costs[finding.rule] - self.measure(after).costs[finding.rule]
        patch = Accepted(
            id=hashlib.blake2b(f"{finding.id}\n{diff}".encode("utf-8", "surrogateescape"), digest_size=8).hexdigest(),
            finding=finding.id,
            rule=finding.rule,
            variant=sketch.variant,
            message=finding.message,
            cost_before=finding.cost,
            cost_after=max(0, finding.cost - fall),
            files=Candidate(before, after).changed,
            diff=diff,
            names=dict(fill.texts),
            candidates_tried=tried,
            seconds=round(seconds, 2),
            lost_comments=sketch.context,
        )
        self.accepted.append(patch)
        self._record(lambda: self.audit.accepted({**asdict(patch), "sketch": sketch.id}, after.digest))
        self.told.note(
            f"accepted {', '.join(patch.names.values())}: {finding.rule} {patch.cost_before} → {patch.cost_after}"
        )

    def _write(self, after: SourceTree) -> None:
        if self.settings.diff:
            self.workspace.take(after)
            return
        _, new = self.workspace.encoded(self.workspace.tree, after)
        self._record(lambda: self.audit.accepting(after.digest, new))
        try:
            self.workspace.apply(after)
        except WorkspaceError as error:
            raise _StoppedError(str(error)) from error

    def _record(self, write: Callable[[], None]) -> None:
        try:
            write()
        except AuditError as error:
            raise _StoppedError(str(error)) from error

    def _check_time(self) -> None:
        if time.monotonic() >= self.deadline:
            raise _StoppedError(f"the {self.settings.seconds:g} seconds are over")

    def _check_bounds(self) -> None:
        self._check_time()
        if self.settings.max_accepted is not None and len(self.accepted) >= self.settings.max_accepted:
            raise _StoppedError(f"{self.settings.max_accepted} patches are accepted, as many as were asked for")

    def _remaining(self, measured: Measurement, stopped: str) -> Iterator[Remaining]:
        for finding in self.plan.findings(measured):
            why = self.plan.why(finding, self.workspace.tree) or f"not tried: {stopped or 'nothing'}"
            yield Remaining(finding.id, finding.cost, finding.message, _place(finding), why)


def _place(finding: Finding) -> str:
    site = finding.sites[0]
    return f"{site.path}:{site.line} {site.symbol}"
