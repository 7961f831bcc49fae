"""The facts of all files of a tree, and the names of the modules in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metrics.facts import Facts
from metrics.source import SourceTree


@dataclass(frozen=True)
class Near:
    """Where findings are asked for: stretches of lines by path; and the files that may have to do with what is there.

    `tied` answers for a reading which files hold one of some keys, in order.
    """

    lines: Mapping[str, Sequence[tuple[int, int]]]
    tied: Callable[[str, Collection[int]], Sequence[str]]

    def holds(self, path: str, line: int, end_line: int) -> bool:
        """Whether lines of a file overlap with one of the stretches."""
        if path not in self._apart:
            self._apart[path] = [*zip(*_apart(self.lines.get(path, ())), strict=True)]
        firsts, lasts = self._apart[path] or ((), ())
        return bool(at := bisect_right(firsts, end_line)) and line <= lasts[at - 1]

    @cached_property
    def _apart(self) -> dict[str, list[tuple[int, ...]]]:
        """The first lines and the last lines of stretches that do not overlap, by path, as far as somebody asked."""
        return {}


def _apart(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same lines in stretches that do not overlap, in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1]:
            before = found.pop()
            first, last = before[0], max(before[1], last)
        found.append((first, last))
    return found


class Index:
    """Path → `Facts`; iterates in the order of paths, so that no scorer depends on the order of files."""

    def __init__(self, files: Mapping[str, Facts], tree: SourceTree, near: Near | None = None) -> None:
        """If findings are asked for only `near` some lines, those with a site there are found; others may be."""
        self.files = files if near else {path: files[path] for path in sorted(files)}
        self.tree = tree
        self.near = near
        self._derived: dict[str, Any] = {}
        self._modules: dict[str, str] = {}

    def facts(self, reading: str, paths: Collection[str] | None = None) -> Iterator[tuple[str, Any]]:
        """The path of each parsed file, or of each of these, in order, and what this reading kept of it."""
        for path in self._listed(paths):
            readings = self.files[path].readings
            if reading in readings:
                yield path, readings[reading]

    def _listed(self, paths: Collection[str] | None) -> list[str]:
        if paths is None:
            return sorted(self.files)
        fetch = getattr(self.files, "fetch", None)
        return sorted(fetch(paths) if fetch else self.files.keys() & paths)

    @property
    def near_lines(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """Where findings are asked for, by path, if that is not everywhere."""
        return self.near.lines if self.near else {}

    def tied(self, reading: str, keys: Collection[int]) -> Sequence[str]:
        """The files that hold one of these keys."""
        return self.near.tied(reading, keys) if self.near and keys else ()

    def is_near(self, path: str, line: int, end_line: int) -> bool:
        """Whether a finding with a site on these lines is asked for."""
        return self.near is None or self.near.holds(path, line, end_line)

    def derived(self, key: str, build: Callable[[], Any]) -> Any:
        """What several scorers make of the facts: built when first asked for, then kept under this key."""
        if key not in self._derived:
            self._derived[key] = build()
        return self._derived[key]

    def module(self, path: str) -> str:
        """The dotted name under which a file is imported, as far as its folders tell."""
        if path not in self._modules:
            self._modules[path] = self._module(path)
        return self._modules[path]

    def paths(self, modules: Collection[str]) -> list[str]:
        """The files of the tree that are imported under one of these names."""
        last = {module.rpartition(".")[2] for module in modules}
        # To look at how a path ends is faster than to work out the names of all.
        ends = tuple(end for name in last for end in (f"{name}.py", f"{name}/__init__.py", name))
        return sorted(path for path in self.tree.prints if path.endswith(ends) and self.module(path) in modules)

    def _module(self, path: str) -> str:
        *folders, name = path.removesuffix(".py").split("/")
        if self._is_package(folders):
            start = len(folders)
            while start and self._is_package(folders[:start]):
                start -= 1
            folders = folders[start:]
        elif folders[:1] == ["src"]:
            folders = folders[1:]
        parts = folders if name == "__init__" and folders else [*folders, name]
        return ".".join(parts)

    def symbol(self, path: str, qualname: str = "") -> str:
        """`package.module:Class.function`, or the module alone."""
        return f"{self.module(path)}:{qualname}" if qualname else self.module(path)

    @cached_property
    def _packages(self) -> frozenset[str]:
        mark = "/__init__.py"
        return frozenset(path.removesuffix(mark) for path in self.tree.texts if path.endswith(mark))

    def _is_package(self, folders: list[str]) -> bool:
        return "/".join(folders) in self._packages
