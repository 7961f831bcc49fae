"""Kept copies of the tree for the tools, which are fast only where they find their caches again."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guardloop.copies import Copies
from guardloop.errors import GuardloopError
from guardloop.project import Project
from guardloop.sandbox import Limits, Place, Sandbox
from metrics.scorer import ScorerError

_LIMITS = Limits(seconds=300, processes=64)


@dataclass(frozen=True)
class Bench:
    """One copy. A tool sees it at the project's own place, where the kernel allows, and its paths are the same then."""

    folder: Path
    root: Path
    """The project's root as a tool in the sandbox sees it."""
    cache: Path
    answer: Path
    _place: Place
    _sandbox: Sandbox

    def execute(self, argv: Sequence[str], folder: Path) -> tuple[int, str]:
        """Run a tool confined: a plugin that the project's configuration names is the project's code."""
        try:
            run = self._sandbox.run(argv, self._place, _LIMITS)
        except GuardloopError as error:
            raise ScorerError(str(error)) from error
        if run.code is None:
            raise ScorerError(f"{Path(argv[0]).name}: reached the bound on {run.bound}")
        return run.code, run.output


class Benches:
    """A pool: as many benches as there are gates at work at once. A new one begins with the caches of the first."""

    def __init__(self, project: Project, sandbox: Sandbox, copies: Copies) -> None:
        self._project, self._sandbox, self._copies = project, sandbox, copies
        self.prefix = project.prefix
        self._idle: list[Bench] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._seed = copies.folder / "cache"

    @contextmanager
    def bench(self, changes: Mapping[str, str | None]) -> Iterator[Bench]:
        """A bench whose tree is the accepted state with these texts; the texts are taken back afterwards."""
        try:
            with self._lock:
                bench = self._idle.pop() if self._idle else self._new()
            tree = bench.folder / "tree"
            self._copies.write(tree, changes)
        except (GuardloopError, OSError) as error:
            # A bench in an unknown state is not taken again.
            raise ScorerError(str(error)) from error
        try:
            yield bench
        finally:
            self._give_back(bench, changes)

    def remember(self, bench: Bench) -> None:
        """Let benches that are made from now on begin with the caches of this one, whose tools rest."""
        with self._lock:
            shutil.copytree(bench.cache, self._seed, dirs_exist_ok=True)

    def accept(self, changes: Mapping[str, str | None]) -> None:
        """Let idle benches follow the accepted state; no bench is at work then."""
        with self._lock:
            for bench in self._idle:
                self._copies.write(bench.folder / "tree", changes)

    def _give_back(self, bench: Bench, changes: Mapping[str, str | None]) -> None:
        try:
            self._copies.restore(bench.folder / "tree", changes)
        except OSError:
            return
        with self._lock:
            self._idle.append(bench)

    def _new(self) -> Bench:
        folder = self._copies.lay(self._copies.folder / f"bench-{next(self._numbers)}", {})
        cache = folder / "cache"
        if self._seed.is_dir():
            shutil.copytree(self._seed, cache)
        cache.mkdir(exist_ok=True)
        top = self._project.top if self._sandbox.binds else folder / "tree"
        root = top / self._project.prefix
        place = Place(folder, root, {folder / "tree": self._project.top}, self._project.python.visible)
        return Bench(folder, root, cache, folder / "answer.json", place, self._sandbox)
