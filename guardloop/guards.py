"""The gates of one run with what they share: confinement, private copies, the clean run, the tools' caches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from guardloop.benches import Benches
from guardloop.copies import Copies
from guardloop.errors import GuardloopError
from guardloop.gates import GATES
from guardloop.gates.interface import Interface
from guardloop.gates.lint import Lint
from guardloop.gates.parses import PROGRAM, Parses, Reader, request
from guardloop.gates.ratchet import Ratchet
from guardloop.gates.scope import Scope
from guardloop.gates.tests import Tests
from guardloop.gates.types import Types
from guardloop.judgement import Gate
from guardloop.preflight import Clean, Progress, preflight
from guardloop.project import Project
from guardloop.protection import strongest
from guardloop.sandbox import Limits, Place, Sandbox
from guardloop.test_run import Runner
from metrics.measure import Measurement, measure
from metrics.source import SourceTree


class ProjectGuards:
    """Prepared gates. Judging is safe from several threads at once; `accept` is not, and needs them idle.

    Close it, or use it in a `with` statement: it holds a folder of private copies.
    """

    gates: Sequence[Gate]
    protection: Sequence[str]
    """What confines the judged code, one line each, gaps included."""
    notes: Sequence[str]
    """What the user should know of this run's guards: flaky tests, a missing coverage map, tools without their
    configuration."""
    clean: Clean | None
    """How the tests behave on the untouched tree; None where they are withheld."""

    def __init__(
        self,
        project: Project,
        tree: SourceTree,
        *,
        measured: Callable[[SourceTree], Measurement] = measure,
        exclude: Sequence[str] = (),
        stray: Sequence[str] = (),
        tests: bool = True,
        seconds: float = 600.0,
        deadline: float = math.inf,
        allow_failing: bool = False,
        progress: Progress = lambda line: None,
    ) -> None:
        """Run the preflight and prepare the tools.

        `tree` is the judged tree, with paths relative to `project.root`; `stray` are paths beside it that a given
        change touches; `tests` False withholds the tests; whatever runs is ended at `deadline`, a time of
        `time.monotonic()`. Raises `GuardloopError` for what keeps the guards from being
        trusted: tests that fail, hang, are not found or do not notice a planted break; a tool that cannot run.
        """
        self._tree = tree
        sandbox, self.protection = strongest()
        sandbox = Sandbox(sandbox.layers, deadline)
        self.copies = Copies(project)
        try:
            benches = Benches(project, sandbox, self.copies)
            self._benches = benches
            runner = Runner(project, sandbox, self.copies.folder) if tests else None
            lint, types = Lint(benches), Types(benches, project.python.path)
            self.clean = None
            # The tools warm up beside the tests, which seldom keep every core busy.
            with ThreadPoolExecutor(1) as pool:
                warming = pool.submit(_warm, (lint, types), tree)
                if runner is not None:
                    self.clean = preflight(
                        project,
                        tree,
                        self.copies,
                        runner,
                        seconds=seconds,
                        allow_failing=allow_failing,
                        progress=progress,
                    )
                progress("running ruff and mypy on the untouched tree")
                warming.result()
        except BaseException:
            self.copies.close()
            raise
        built: dict[str, Gate] = {
            "parses": Parses(None if project.python.is_ours else self._elsewhere(project, sandbox)),
            "scope": Scope(stray, exclude, project.python.installed()),
            "interface": Interface(),
            "ratchet": Ratchet(measured),
            "lint": lint,
            "types": types,
        }
        if runner is not None:
            built["tests"] = Tests(runner, self._clean_now, self.copies.slot, deadline)
        self.gates = tuple(built[name] for name in GATES if name in built)
        left_out = self.copies.left_out
        links = (f"{len(left_out)} files are not in the private copy, first {left_out[0]}",) if left_out else ()
        self.notes = (*links, *lint.notes, *types.notes, *(self.clean.notes if self.clean else ()))

    def accept(self, tree: SourceTree) -> None:
        """Go on from this tree: copies, tools and the map of affected tests follow."""
        paths = {*self._tree.texts, *tree.texts}
        changes = {path: tree.texts.get(path) for path in paths if self._tree.texts.get(path) != tree.texts.get(path)}
        self.copies.accept(changes)
        self._benches.accept(changes)
        if self.clean is not None and self.clean.map is not None:
            self.clean = replace(self.clean, map=self.clean.map.after(tuple(changes)))
        self._tree = tree

    def close(self) -> None:
        """Remove the private copies."""
        self.copies.close()

    def __enter__(self) -> ProjectGuards:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _clean_now(self) -> Clean:
        if self.clean is None:
            raise ValueError("the tests are withheld")
        return self.clean

    def _elsewhere(self, project: Project, sandbox: Sandbox) -> Reader:
        """Compiling in the target's interpreter, confined like all that runs there."""

        def read(texts: dict[str, str]) -> str:
            with self.copies.empty() as folder:
                asked = Path(folder, "texts.json")
                asked.write_text(request(texts), encoding="utf-8", errors="surrogatepass")
                argv = [str(project.python.path), "-I", "-c", PROGRAM, str(asked)]
                run = sandbox.run(argv, Place(folder, folder, visible=project.python.visible), Limits(seconds=30))
            if run.code is None:
                raise GuardloopError(f"{project.python.path}: reached the bound on {run.bound} while compiling")
            return "" if run.code == 0 else (run.output.strip().splitlines() or [f"ended with {run.code}"])[-1]

        return lambda texts: read(dict(texts))


def _warm(tools: tuple[Lint, Types], tree: SourceTree) -> None:
    for tool in tools:
        tool.prepare(tree)
