"""The facts of all files of a tree, and the names of the modules in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from metrics.facts import Facts
from metrics.source import SourceTree


class Index:
    """Path → `Facts`; iterates in the order of paths, so that no scorer depends on the order of files."""

    def __init__(self, files: Mapping[str, Facts], tree: SourceTree, near: Collection[str] | None = None) -> None:
        """If modules are given that are `near`, only findings with a site in one are asked for; more may be found."""
        self.files = {path: files[path] for path in sorted(files)}
        self.tree = tree
        self._near = near
        self._derived: dict[str, Any] = {}
        self._modules: dict[str, str] = {}

    def facts(self, reading: str) -> Iterator[tuple[str, Any]]:
        """Each parsed file's path and what this reading kept of it."""
        for path, facts in self.files.items():
            if reading in facts.readings:
                yield path, facts.readings[reading]

    @cached_property
    def near(self) -> frozenset[str] | None:
        """The files that a finding must have a site in to be asked for; None where all findings are."""
        if self._near is None:
            return None
        return frozenset(path for path in self.files if self.module(path) in self._near)

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
