"""Runs the guards before they are trusted: the untouched tree passes, twice alike, and a planted break is caught."""

from __future__ import annotations

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from guardloop.copies import Copies
from guardloop.coverage_map import CoverageMap, first_line, lines_of
from guardloop.errors import GuardloopError
from guardloop.project import Project
from guardloop.sandbox import Limits
from guardloop.test_run import NOTHING_COLLECTED, Runner, TestRun
from metrics.source import SourceTree, Span

_MEBIBYTE = 1 << 20
_CHEAP_PLANTS = 2
_PLANTED = "planted by guardloop"
# Derived from BaseException: a test or the code itself may expect, or swallow, an Exception.
_BREAK = f"raise type('PlantedBreak', (BaseException,), {{}})({_PLANTED!r})"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Clean:
    """How the untouched tree's tests behave; what a candidate's run is compared with."""

    passed: frozenset[str]
    order: tuple[str, ...]
    """All tests that are held against a candidate, in the order in which they ran."""
    flaky: tuple[str, ...]
    """Tests whose outcome differed between two runs of the same tree: they are not run again."""
    failing: tuple[str, ...]
    """Tests that failed in both runs; empty unless failing tests were allowed."""
    durations: dict[str, float]
    seconds: float
    limits: Limits
    """What a candidate's run may take: generous multiples of what the clean run took."""
    left: int = 0
    """Processes that the tests leave running even so."""
    map: CoverageMap | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def left_out(self) -> tuple[str, ...]:
        """What is not run again, because it could not tell a good candidate from a bad one."""
        return (*self.flaky, *self.failing)


def preflight(
    project: Project,
    tree: SourceTree,
    copies: Copies,
    runner: Runner,
    *,
    seconds: float = 600.0,
    allow_failing: bool = False,
    progress: Progress = lambda line: None,
) -> Clean:
    """Run the untouched suite twice (one of them recorded), then break a covered function and demand a failure.

    Raises `GuardloopError` when tests hang, fail, cannot be collected, or do not notice the break.
    """
    limits = Limits(seconds=seconds)
    progress("running the tests on the untouched tree")
    recorded = tuple(project.prefix + path for path in tree.texts)

    def run(record: tuple[str, ...]) -> TestRun:
        with copies.slot({}) as slot:
            return runner.run(slot, limits, record=record)

    with ThreadPoolExecutor(2) as pool:
        traced, plain = pool.map(run, (recorded if runner.command.is_pytest else (), ()))
    if traced.run.bound or traced.status is None:
        # A suite that does not bear a tracer is judged without a map.
        traced = run(()) if runner.command.is_pytest and not plain.run.bound else traced
    clean = _compare(project, tree, traced, plain, allow_failing)
    progress("planting a break")
    _demand_a_catch(tree, copies, runner, clean)
    return clean


def _compare(project: Project, tree: SourceTree, traced: TestRun, plain: TestRun, allow_failing: bool) -> Clean:
    for run in (plain, traced):
        _demand_an_end(project, run)
    notes = []
    both = set(plain.outcomes) & set(traced.outcomes)
    flaky = sorted(
        {test for test in both if plain.outcomes[test] != traced.outcomes[test]}
        | (set(plain.outcomes) ^ set(traced.outcomes))
    )
    failing = tuple(test for test in plain.failed if test not in flaky)
    if failing and not allow_failing:
        raise GuardloopError(
            f"tests: {len(failing)} of {len(both)} fail on the untouched tree, first {failing[0]}: "
            f"{plain.lines.get(failing[0], '')}; mend them, or leave them out in --tests"
        )
    passed = plain.passed - set(flaky)
    _demand_tests(project, plain, passed)
    if flaky:
        notes.append(f"{len(flaky)} flaky tests are left out, first {flaky[0]}")
    reached = CoverageMap.read(tree, traced.reached, project.prefix)
    if reached is None:
        notes.append("no record of which tests reach which lines: every candidate faces all tests")
    order = tuple(test for test in plain.collected if test not in flaky and test not in failing)
    seconds = max(plain.run.seconds, traced.run.seconds)
    limits = _limits(plain, traced)
    left = max(plain.run.left, traced.run.left)
    durations = dict(plain.durations)
    return Clean(passed, order, tuple(flaky), failing, durations, seconds, limits, left, reached, tuple(notes))


def _demand_an_end(project: Project, run: TestRun) -> None:
    if run.run.bound == "seconds":
        where = f", last in {run.running}" if run.running else ""
        raise GuardloopError(
            f"tests: no end within {run.run.seconds:.0f} s on the untouched tree{where}; expected the suite to finish"
        )
    if run.run.bound:
        raise GuardloopError(f"tests: the untouched tree reaches the bound on {run.run.bound}")
    if run.status is None and run.collected:
        where = f"in {run.running}" if run.running else "before the first test"
        raise GuardloopError(
            f"tests: the process ends {where} with {run.run.code} on the untouched tree; expected the suite to finish"
        )
    if run.uncollected:
        first = run.uncollected[0]
        raise GuardloopError(f"tests: {first} cannot be collected on the untouched tree: {run.lines.get(first, '')}")


def _demand_tests(project: Project, run: TestRun, passed: frozenset[str]) -> None:
    command = " ".join(project.tests.argv) if project.tests else ""
    if project.tests and not project.tests.is_pytest:
        if run.run.code != 0:
            raise GuardloopError(
                f"tests: {command!r} ends with {run.run.code} on the untouched tree: {run.tail}; expected 0"
            )
    elif run.status is None:
        hint = f"; is pytest installed for {project.python.path}?" if "pytest" in run.tail or not run.tail else ""
        raise GuardloopError(f"tests: {command!r} did not run ({run.tail or 'no output'}){hint}")
    elif not run.collected:
        raise GuardloopError(f"tests: {command!r} found no tests in {project.root}; name the command by --tests")
    elif not passed:
        raise GuardloopError(f"tests: none of {len(run.collected)} passes alike twice on the untouched tree")


def _limits(plain: TestRun, traced: TestRun) -> Limits:
    resident = max(plain.run.resident, traced.run.resident)
    processes = max(plain.run.processes, traced.run.processes)
    return replace(
        Limits(),
        seconds=3 * plain.run.seconds + 10,
        resident=max(3 * resident, resident + 512 * _MEBIBYTE),
        processes=processes + 16,
    )


def _demand_a_catch(tree: SourceTree, copies: Copies, runner: Runner, clean: Clean) -> None:
    places: list[tuple[tuple[Span, ...], frozenset[str] | None]]
    if clean.map is None:
        places = [(tuple(Span(path, 1, text.count("\n") + 1) for path, text in tree.texts.items()), None)]
    else:
        reached = [(span, tests & clean.passed) for span, tests in clean.map.functions]
        reached = [(span, tests) for span, tests in reached if tests]
        if not reached:
            raise GuardloopError("tests: no test that passes reaches any function of the judged code")
        cheap = sorted(reached, key=lambda place: sum(clean.durations.get(test, 0.0) for test in place[1]))
        # The cheap ones may be reached in a thread or a subprocess only; one that most tests reach settles it.
        chosen = [*cheap[:_CHEAP_PLANTS], max(reached, key=lambda place: len(place[1]))]
        places = [((span,), tests) for span, tests in chosen]
    for spans, tests in places:
        with copies.slot(planted(tree, spans)) as slot:
            run = runner.run(slot, clean.limits, only=tests, without=clean.left_out, stop=True)
        nothing_ran = run.status == NOTHING_COLLECTED
        if run.failed or run.run.bound or (run.run.code != 0 and not nothing_ran):
            return
    where = f"{places[0][0][0].path}:{places[0][0][0].line}" if clean.map else "every function"
    raise GuardloopError(
        f"tests: a break planted in {where} was not noticed; do the tests import an installed copy of the code?"
    )


def planted(tree: SourceTree, spans: tuple[Span, ...]) -> dict[str, str | None]:
    """Texts in which every function within the spans raises as soon as it is called."""
    broken: dict[str, str | None] = {}
    for path in sorted({span.path for span in spans}):
        lines = lines_of(tree.texts[path])
        within = [span for span in spans if span.path == path]
        for function in _functions(tree.texts[path]):
            if any(span.line <= function.lineno and (function.end_lineno or 0) <= span.end_line for span in within):
                number = first_line(function.body[0]) - 1
                line = lines[number].encode()
                at = len(line) - len(line.lstrip()) if function.lineno - 1 < number else function.body[0].col_offset
                head, rest = line[:at].decode(), line[at:].decode()
                between = f"\n{head}" if not head.strip() else "; "
                lines[number] = f"{head}{_BREAK}{between}{rest}"
        broken[path] = "".join(lines)
    return broken


def _functions(text: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    return [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
