from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.protocol import Edit, EngineError, Fill, Hole, HoleKind, Sketch
from engine.scripted import Scripted
from guardloop.audit import Audit, read, rejected_before
from guardloop.gates.interface import Interface
from guardloop.gates.parses import Parses
from guardloop.gates.scope import Scope
from guardloop.judgement import Candidate, Gate, GateResult, Outcome
from guardloop.loop import Loop
from guardloop.plan import Plan
from guardloop.sketches.protocol import Refusal
from guardloop.sketches.style import Style
from guardloop.target import Target
from guardloop.workspace import Workspace, opened
from metrics.measure import Measurement
from metrics.scorer import Finding, Score, Site
from metrics.source import SourceTree

FILES = {"a.py": "_TODO = 1\n", "b.py": "_TODO = 2\n"}


def measured(tree: SourceTree) -> Measurement:
    """A rule that asks for a better name for every `_TODO`; the second file's costs more."""
    findings = [
        Finding(f"todo:{path}", "todo", 2 if path == "b.py" else 1, "a name is missing", (Site(path, 1, 1, path[:-3]),))
        for path, text in tree.texts.items()
        if "_TODO" in text
    ]
    ranked = tuple(sorted(findings, key=lambda finding: -finding.cost))
    return Measurement({"todo": Score("todo", ranked)}, (), len(tree.texts), 0)


@dataclass(frozen=True)
class Renaming:
    """Sketches the name of a constant; `variants` are tried in order, `refused` comes first."""

    rule: str = "todo"
    variants: Sequence[str] = ("name",)
    refused: str = ""
    kind: HoleKind = HoleKind.IDENTIFIER
    context: tuple[str, ...] = ()

    def sketches(self, finding: Finding, tree: SourceTree, style: Style) -> Iterator[Sketch | Refusal]:
        if self.refused:
            yield Refusal("other", self.refused)
        path = finding.sites[0].path
        for variant in self.variants:
            edit = Edit(path, 0, 5, (Hole("name", self.kind),))
            texts = {path: tree.texts[path]}
            yield Sketch("todo", finding.id, variant, "", texts, (edit,), predicted=1, context=self.context)


@dataclass
class Refusing:
    """A gate that fails fills by name, and remembers what it was asked."""

    name: str
    names: Sequence[str]
    outcome: Outcome = Outcome.FAILED
    asked: list[str] | None = None

    def check(self, candidate: Candidate) -> GateResult:
        assert candidate.fill is not None
        text = candidate.fill.texts["name"]
        if self.asked is not None:
            self.asked.append(text)
        bad = text in self.names or "*" in self.names
        return GateResult(self.name, self.outcome if bad else Outcome.PASSED, f"{text} is bad" if bad else "")


@dataclass
class Static:
    """Guards whose gates run no program."""

    gates: Sequence[Gate]
    protection: Sequence[str] = ()

    def accept(self, tree: SourceTree) -> None:
        self.tree = tree


Opened = Callable[..., AbstractContextManager[Workspace]]


@pytest.fixture
def workspace(repository: Callable[..., Path]) -> Iterator[Workspace]:
    target = Target.locate([repository(FILES)])
    with opened(target) as found:
        yield found


def loop(workspace: Workspace, script: dict[str, list[str]], *gates: Gate, **given: object) -> Loop:
    options = {name: given.pop(name) for name in list(given) if name in ("candidates", "max_accepted", "diff", "seed")}
    settings = replace(Target.locate([workspace.root]).settings, **options)  # type: ignore[arg-type]
    sketcher = given.pop("sketcher", Renaming())
    made = Loop(
        workspace=workspace,
        plan=Plan({"todo": sketcher}, Style()),  # type: ignore[dict-item]
        engine=Scripted(script),
        guards=Static([Parses(), Scope(), Interface(), *gates]) if not given.pop("bare", False) else Static(gates),
        audit=Audit(None),
        settings=settings,
        measure=measured,
        deadline=time.monotonic() + 60,
    )
    for name, value in given.items():
        setattr(made, name, value)
    return made


def texts(workspace: Workspace) -> dict[str, str]:
    return {path: (workspace.root / path).read_text() for path in FILES}


def test_the_dearest_finding_goes_first_and_each_acceptance_is_planned_anew(workspace: Workspace) -> None:
    summary = loop(workspace, {"name": ["_limit"]}).run()
    assert [patch.finding for patch in summary.accepted] == ["todo:b.py", "todo:a.py"]
    assert summary.verdict == "done"
    assert summary.costs_before == {"todo": 3}
    assert summary.costs_after == {"todo": 0}
    assert texts(workspace) == {"a.py": "_limit = 1\n", "b.py": "_limit = 2\n"}


def test_what_the_sketch_leaves_out_is_told_of_the_patch(workspace: Workspace) -> None:
    losing = Renaming(context=("# by law",))
    summary = loop(workspace, {"name": ["_limit"]}, sketcher=losing).run()
    assert [patch.lost_comments for patch in summary.accepted] == [("# by law",)] * 2


def test_a_rejected_name_is_followed_by_the_next_candidate(workspace: Workspace) -> None:
    summary = loop(workspace, {"name": ["_bad", "_good"]}, Refusing("lint", ["_bad"])).run()
    assert texts(workspace)["a.py"] == "_good = 1\n"
    assert summary.tally.rejected_by["lint"] == 2
    assert summary.tally.candidates == 4


def test_a_failure_of_the_shape_is_not_paid_for_again_with_other_names(workspace: Workspace) -> None:
    gate = Refusing("tests", ["*"], asked=[])
    summary = loop(workspace, {"name": ["_a", "_b", "_c"]}, gate, sketcher=Renaming(variants=("one", "two"))).run()
    assert gate.asked == ["_a", "_a"] * 2
    assert summary.verdict == "partial"
    assert [remaining.why for remaining in summary.remaining] == ["no candidate passed: tests 2"] * 2
    assert texts(workspace) == FILES


def test_after_a_total_rejection_the_reasons_go_back_with_the_names_taken(workspace: Workspace) -> None:
    class Listening(Scripted):
        heard: tuple[tuple[str, ...], frozenset[str]] = ((), frozenset())

        def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
            Listening.heard = (sketch.feedback, sketch.holes[0].taken)
            return super().fill(sketch, candidates=1, seed=seed)

    made = loop(workspace, {}, Refusing("lint", ["_a"]), max_accepted=1)
    made.engine = Listening({"name": ["_a", "_b"]})
    assert [patch.names for patch in made.run().accepted] == [{"name": "_b"}]
    assert Listening.heard == (("lint: _a is bad (of name = _a)",), frozenset({"_a"}))


def test_an_engine_that_the_end_of_the_run_cut_short_has_not_failed(workspace: Workspace) -> None:
    class Slow(Scripted):
        def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
            made.deadline = time.monotonic() - 1
            raise EngineError("the time of the run is over")
            yield

    made = loop(workspace, {})
    made.engine = Slow({})
    assert made.run().stopped == "the 600 seconds are over"


def test_half_of_the_candidates_are_kept_for_what_the_first_ones_teach(workspace: Workspace) -> None:
    asked: list[tuple[int, int, int]] = []

    class Counting(Scripted):
        def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
            asked.append((candidates, seed, len(sketch.rejected)))
            return super().fill(sketch, candidates=candidates, seed=seed)

    gate = Refusing("interface", ["*"], asked=[])
    made = loop(workspace, {}, gate, candidates=8, seed=3, max_accepted=1)
    made.engine = Counting({"name": [f"_{letter}" for letter in "abcdefghijkl"]})
    made.run()
    assert asked[:3] == [(4, 3, 0), (2, 4, 4), (2, 5, 6)]
    assert gate.asked is not None
    assert gate.asked[:8] == [f"_{letter}" for letter in "abcdefgh"]


@dataclass(frozen=True)
class Repairing:
    """Opens the second of three lines."""

    rule: str = "todo"

    def sketches(self, finding: Finding, tree: SourceTree, style: Style) -> Iterator[Sketch | Refusal]:
        path = finding.sites[0].path
        text = tree.texts[path]
        start = text.index("_TODO = ")
        hole = Hole("name", HoleKind.REVISION, before="_TODO = 2")
        yield Sketch("todo", finding.id, "line", "", {path: text}, (Edit(path, start, start + 9, (hole,)),))


def test_where_no_text_for_a_line_passes_the_lines_beside_it_are_opened_too(workspace: Workspace) -> None:
    workspace.apply(workspace.tree.replacing({"b.py": "a = 1\n_TODO = 2\nc = 3\n", "a.py": "x = 1\n"}))
    seen: list[tuple[str, str, int]] = []

    class Wide(Scripted):
        def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
            (hole,) = sketch.holes
            seen.append((hole.kind, hole.before, len(sketch.feedback)))
            script = ["good = 1"] if hole.kind is HoleKind.LINES else ["bad = 1", "bad = 2", "bad = 3"]
            return Scripted({"name": script}).fill(sketch, candidates=1, seed=seed)

    gate = Refusing("tests", ["bad = 1", "bad = 2"])
    made = loop(workspace, {}, gate, bare=True, sketcher=Repairing())
    made.engine = Wide({})
    assert [patch.names for patch in made.run().accepted] == [{"name": "good = 1"}]
    assert (workspace.root / "b.py").read_text() == "good = 1\n"
    assert seen == [
        ("revision", "_TODO = 2", 0),
        ("revision", "_TODO = 2", 1),
        ("lines", "a = 1\n_TODO = 2\nc = 3", 2),
    ]


def test_reasons_go_back_at_most_twice(workspace: Workspace) -> None:
    gate = Refusing("lint", ["*"], asked=[])
    made = loop(workspace, {"name": ["_a", "_b", "_c", "_d", "_e"]}, gate, candidates=99)
    made.engine.fill = lambda sketch, **_: Scripted({"name": ["_a", "_b", "_c", "_d", "_e"]}).fill(  # type: ignore[method-assign]
        sketch, candidates=1, seed=0
    )
    made.run()
    assert gate.asked == ["_a", "_b", "_c"] * 2


def test_no_finding_gets_more_candidates_than_asked_for(workspace: Workspace) -> None:
    gate = Refusing("lint", ["*"], asked=[])
    names = [f"_{letter}" for letter in "abcdefghij"]
    sketcher = Renaming(variants=("one", "two"))
    summary = loop(workspace, {"name": names}, gate, candidates=3, sketcher=sketcher).run()
    assert gate.asked == ["_a", "_b", "_c"] * 2
    assert summary.tally.candidates == 6


def test_refusals_are_told_as_the_reason(workspace: Workspace) -> None:
    summary = loop(workspace, {}, sketcher=Renaming(variants=(), refused="reads locals()")).run()
    assert summary.remaining[0].why == "refused: other: reads locals()"


def test_a_gate_that_could_not_tell_is_no_pass(workspace: Workspace) -> None:
    summary = loop(workspace, {"name": ["_a"]}, Refusing("types", ["_a"], Outcome.ERRORED)).run()
    assert not summary.accepted
    assert summary.tally.unanswered_by["types"] == 2
    assert summary.tally.rejected_by["types"] == 0


def test_no_gates_are_no_pass(workspace: Workspace) -> None:
    summary = loop(workspace, {"name": ["_a"]}, bare=True).run()
    assert not summary.accepted
    assert texts(workspace) == FILES


def test_the_number_of_patches_is_bounded(workspace: Workspace) -> None:
    summary = loop(workspace, {"name": ["_limit"]}, max_accepted=1).run()
    assert len(summary.accepted) == 1
    assert summary.stopped == "1 patches are accepted, as many as were asked for"
    assert summary.remaining[0].why.startswith("not tried: 1 patches are accepted")


def test_the_end_of_the_time_ends_the_run_and_counts_as_no_answer(workspace: Workspace) -> None:
    @dataclass
    class Slow:
        name: str = "tests"

        def check(self, candidate: Candidate) -> GateResult:
            made.deadline = 0.0
            return GateResult(self.name, Outcome.FAILED, "hangs")

    made = loop(workspace, {"name": ["_limit"]}, Slow())
    summary = made.run()
    assert summary.stopped == "the 600 seconds are over"
    assert summary.tally.rejected_by["tests"] == 0
    assert [remaining.why for remaining in summary.remaining] == ["not tried: the 600 seconds are over"] * 2


def test_nothing_is_written_where_only_a_patch_is_asked_for(workspace: Workspace) -> None:
    summary = loop(workspace, {"name": ["_limit"]}, diff=True).run()
    assert len(summary.accepted) == 2
    assert texts(workspace) == FILES
    assert workspace.diff_since_opened().count("+_limit = ") == 2


def test_a_read_only_file_is_left_alone_and_named(workspace: Workspace) -> None:
    (workspace.root / "b.py").chmod(0o444)
    summary = loop(workspace, {"name": ["_limit"]}).run()
    assert [patch.finding for patch in summary.accepted] == ["todo:a.py"]
    assert summary.remaining[0].why == "refused: name: b.py: read-only"


def test_a_file_changed_by_someone_else_ends_the_run_with_the_tree_left_alone(workspace: Workspace) -> None:
    (workspace.root / "a.py").write_text("mine = 1\n")
    summary = loop(workspace, {"name": ["_limit"]}).run()
    assert not summary.accepted
    assert summary.stopped == "a.py: changed by someone else during the run; nothing was changed"
    assert texts(workspace) == {"a.py": "mine = 1\n", "b.py": FILES["b.py"]}


def test_an_engine_that_cannot_run_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(EngineError, match="expected texts for hole 'name'"):
        loop(workspace, {"other": ["x"]}).run()


def test_what_a_run_rejected_is_not_judged_again_on_the_same_tree(workspace: Workspace, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    first = loop(workspace, {"name": ["_a"]}, Refusing("lint", ["_a"]), audit=Audit(runs / "1.jsonl"))
    first.audit.begin({"context": "same"})
    first.run()
    known = rejected_before(runs, "same")
    assert rejected_before(runs, "other") == {}
    again = loop(workspace, {"name": ["_a"]}, Refusing("lint", ["_a"], asked=[]), known=known)
    summary = again.run()
    assert (summary.tally.candidates, summary.tally.reused) == (0, 2)
    assert summary.remaining[0].why == "no candidate passed: lint 1"


def test_the_log_tells_everything_in_order(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    made = loop(workspace, {"name": ["_a", "_b"]}, Refusing("lint", ["_a"]), audit=Audit(path), max_accepted=1)
    made.audit.begin({"context": "x"})
    made.run()
    made.audit.end({"verdict": "partial"})
    kinds = [record["record"] for record in read(path)]
    assert kinds == ["run", "text", "sketch", "attempt", "attempt", "accepting", "accepted", "end"]
    assert json.loads(path.read_text().splitlines()[4])["verdict"] == "accepted"


def test_a_log_that_cannot_be_written_ends_the_run_before_the_tree_is_touched(workspace: Workspace) -> None:
    made = loop(workspace, {"name": ["_a"]}, audit=Audit(Path("/dev/full")))
    summary = made.run()
    assert "No space left on device" in summary.stopped
    assert texts(workspace) == FILES
