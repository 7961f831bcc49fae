"""Runs the project's tests, or some of them, on a private copy, and reads how each one ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import coverage

from guardloop.copies import told
from guardloop.errors import GuardloopError
from guardloop.project import Project
from guardloop.sandbox import Limits, Place, Run, Sandbox
from guardloop.test_command import TestCommand

_PLUGIN = "guardloop_recorder"
NOTHING_COLLECTED = 5
"""pytest's exit status for a selection that no test is in."""


@dataclass(frozen=True)
class TestRun:
    """How the tests ended. For a command other than pytest only `run.code` is known, and `outcomes` is empty."""

    __test__ = False

    run: Run
    collected: tuple[str, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """By test: `passed`, `failed`, `skipped` or `xfailed`."""
    lines: Mapping[str, str] = field(default_factory=dict)
    """By test that failed, or file that could not be collected: its error, in one line."""
    durations: Mapping[str, float] = field(default_factory=dict)
    uncollected: tuple[str, ...] = ()
    running: str = ""
    """The test that had started last."""
    status: int | None = None
    """pytest's own exit status; None when it did not get to its end."""
    reached: Mapping[str, Any] = field(default_factory=dict)
    """Tests and lines by file, as the recorder wrote them."""

    @cached_property
    def passed(self) -> frozenset[str]:
        """The tests that passed."""
        return frozenset(test for test, state in self.outcomes.items() if state == "passed")

    @cached_property
    def failed(self) -> tuple[str, ...]:
        """The tests that failed, and files that could not be collected, in the order they ran."""
        return (*self.uncollected, *(test for test, state in self.outcomes.items() if state == "failed"))

    @property
    def tail(self) -> str:
        """The last line of the output that says something."""
        lines = [line.strip() for line in self.run.output.splitlines() if line.strip()]
        return lines[-1][:200] if lines else ""


class Runner:
    """The project's test command in the sandbox; safe to use from several threads."""

    def __init__(self, project: Project, sandbox: Sandbox, folder: Path) -> None:
        if project.tests is None:
            raise GuardloopError(
                f"{project.root}: no tests found (no pytest configuration, no tests folder, no test_*.py); "
                "name the command by --tests"
            )
        self.command: TestCommand = project.tests
        self._project, self._sandbox = project, sandbox
        self._tools = folder / "tools"
        self._tracer = folder / "tracer"
        with told("copy what records the tests"):
            self._equip()

    def _equip(self) -> None:
        self._tools.mkdir(parents=True)
        self._tracer.mkdir()
        shutil.copy(Path(__file__).with_name("recorder.py"), self._tools / f"{_PLUGIN}.py")
        # In a folder of its own: nothing else of our packages may become importable for the target.
        shutil.copytree(
            Path(coverage.__file__).parent, self._tracer / "coverage", ignore=shutil.ignore_patterns("__pycache__")
        )

    def run(
        self,
        slot: Path,
        limits: Limits,
        *,
        only: Collection[str] | None = None,
        without: Collection[str] = (),
        stop: bool = False,
        record: Collection[str] = (),
    ) -> TestRun:
        """Run the tests in the tree of `slot`: `only` these, `without` those, `stop` at the first that fails.

        `record` names the files, relative to the repository, whose lines are recorded by the tests that reach them.
        """
        out = slot / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        place, shown = self._place(slot)
        request = {
            "only": None if only is None else sorted(only),
            "without": sorted(without),
            "stop": stop,
            "coverage": str(self._tracer) if record else "",
            "measured": sorted(record),
            "root": str(shown),
            "out": str(out),
        }
        (slot / "request.json").write_text(json.dumps(request), encoding="utf-8")
        argv = self.command.with_python(self._project.python.path)
        variables = dict(self.command.variables)
        if self.command.is_pytest:
            argv[self.command.arguments_at : self.command.arguments_at] = ["-p", _PLUGIN]
            variables["GUARDLOOP_REQUEST"] = str(slot / "request.json")
        variables["PYTHONPATH"] = ":".join(self._searched(slot, variables.get("PYTHONPATH", "")))
        run = self._sandbox.run(argv, place, limits, variables)
        return self._read(run, out)

    def _place(self, slot: Path) -> tuple[Place, Path]:
        """Where the command starts, and where it sees the repository: at its own path if that can be arranged."""
        project = self._project
        top = project.top if self._sandbox.binds else slot / "tree"
        visible = (*project.python.visible, self._tools, self._tracer)
        return Place(slot, top / project.prefix, {slot / "tree": project.top}, visible), top

    def _searched(self, slot: Path, asked: str) -> list[str]:
        folders = [str(self._tools), *asked.split(":")]
        if not self._sandbox.binds:
            # A package that is installed for editing would be imported from the original instead of the copy.
            tops = [folder for folder in self._project.python.visible if folder.is_relative_to(self._project.top)]
            inside = [slot / "tree" / folder.relative_to(self._project.top) for folder in tops]
            folders += [str(folder) for folder in (*inside, slot / "tree" / self._project.prefix / "src")]
        return [folder for folder in folders if folder]

    def _read(self, run: Run, out: Path) -> TestRun:
        if not self.command.is_pytest:
            return TestRun(run)
        found: dict[str, Any] = {"collected": (), "status": None, "running": ""}
        outcomes: dict[str, str] = {}
        lines: dict[str, str] = {}
        durations: dict[str, float] = {}
        uncollected = []
        for event in _events(out / "events.jsonl"):
            kind, test = event.get("event"), str(event.get("test", ""))
            if kind == "collected":
                found["collected"] = tuple(event["tests"])
            elif kind == "start":
                found["running"] = test
            elif kind == "uncollected":
                uncollected.append(test)
                lines[test] = event["line"]
            elif kind == "outcome":
                _merge(outcomes, test, event["state"])
                durations[test] = durations.get(test, 0.0) + event["seconds"]
                lines.setdefault(test, event["line"]) if event["line"] else None
            elif kind == "end":
                found["status"] = event["status"]
        # Where workers collect, only they know the order; the run that is compared with has none either.
        found["collected"] = found["collected"] or tuple(sorted(outcomes))
        reached = _reached(out)
        return TestRun(run, found["collected"], outcomes, lines, durations, tuple(uncollected), found["running"],
                       found["status"], reached)  # fmt: skip


def _merge(outcomes: dict[str, str], test: str, state: str) -> None:
    """A failed phase outweighs the others; a repeated try (`rerun`) starts again."""
    if state == "rerun":
        outcomes.pop(test, None)
    elif outcomes.get(test) != "failed":
        outcomes[test] = state


def _events(path: Path) -> list[dict[str, Any]]:
    events = []
    try:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            events.append(json.loads(line))
    except (OSError, ValueError):
        # The end of what a killed run wrote may be cut.
        pass
    return [event for event in events if isinstance(event, dict)]


def _reached(out: Path) -> dict[str, Any]:
    """Of all processes that traced, where the tests were spread over several."""
    tests: list[str] = []
    files: dict[str, dict[int, list[int]]] = {}
    written = sorted(out.glob("reached*.json"))
    for path in written:
        try:
            answer = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        offset = len(tests)
        tests += answer["tests"]
        for file, lines in answer["files"].items():
            known = files.setdefault(file, {})
            for line, numbers in lines.items():
                known.setdefault(int(line), []).extend(number + offset for number in numbers)
    return {"tests": tests, "files": files} if written else {}
