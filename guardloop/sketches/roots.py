"""Which directories are on `sys.path` when a file runs: below them, modules have their names."""

from __future__ import annotations

import posixpath
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping

from guardloop.sketches.importing import Imported, outline

SOURCE_ROOTS = ("", "src", "lib")


class Roots:
    """The roots of the files of one tree, by what the files import and what imports them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._paths: dict[str, list[str]] = defaultdict(list)
        self._folders: dict[str, list[str]] = defaultdict(list)
        for path in sorted(texts):
            self._paths[self.name(path)].append(path)
            self._folders[posixpath.dirname(path)].append(path)
        self._possible: dict[str, frozenset[str]] = {}
        self._bare: dict[str, frozenset[str]] = {}

    def usual(self, path: str) -> str:
        """The first directory upwards without an `__init__.py`: the root of what is imported by its full name.

        Folders without an `__init__.py` below a known package or `src` are namespace packages.
        """
        folder = posixpath.dirname(path)
        parts = folder.split("/") if folder else []
        for depth in range(len(parts)):
            above = "/".join(parts[:depth])
            if f"{'/'.join(parts[: depth + 1])}/__init__.py" in self._texts or (above in ("src", "lib") and depth):
                return above
        return folder

    def possible(self, path: str) -> frozenset[str]:
        """Every directory that may be the root when the file runs.

        A program that never names the package around it may be started as a file, which makes its folder the root.
        So it is for what imports its neighbours by bare names, and for what is imported so.
        """
        if path not in self._possible:
            self._possible[path] = frozenset(self._found(path))
        return self._possible[path]

    def common(self, importer: str, imported: str) -> str | None:
        """The root below which one file can import another however it runs; `None` if there is none."""
        roots = self.possible(importer)
        return next(iter(roots)) if len(roots) == 1 and roots <= self.possible(imported) else None

    def name(self, path: str, root: str | None = None) -> str:
        """The dotted name of a file below its usual root, or another one."""
        above = self.usual(path) if root is None else root
        stem = path[len(above) + 1 if above else 0 : -len(".py")]
        return stem.removesuffix("/__init__").replace("/", ".") if stem != "__init__" else ""

    def path(self, dotted: str, importer: str) -> str | None:
        """The file that `import dotted` in `importer` means, if it is one of the tree's."""
        if found := self._below_usual(dotted, importer):
            return found
        neighbour = self._neighbour(dotted, importer)
        return neighbour if neighbour in self._neighbours(importer) else None

    def _below_usual(self, dotted: str, importer: str) -> str | None:
        found = self._paths.get(dotted, [])
        near = [path for path in found if self.usual(path) == self.usual(importer)]
        roots = [path for path in found if self.usual(path) in SOURCE_ROOTS]
        return next(iter(near or roots or (found if len(found) == 1 else [])), None)

    def _found(self, path: str) -> Iterator[str]:
        code, usual, folder = outline(self._texts.get(path, "")), self.usual(path), posixpath.dirname(path)
        named = [one for one in code.imports if self._names_package(path, one)] if code else []
        neighbours = self._neighbours(path)
        if named or not neighbours:
            yield usual
        if any(not one.is_guarded for one in named):
            return
        if neighbours or (code and code.as_program):
            yield folder
        while folder != usual:
            if any(path in self._neighbours(other) for other in self._folders[folder]):
                yield folder
            folder = posixpath.dirname(folder)

    def _names_package(self, path: str, statement: Imported) -> bool:
        """Whether an import of the file names the package that holds it."""
        return bool(statement.level) or statement.module.split(".")[0] == self.name(path).split(".")[0]

    def _neighbours(self, path: str) -> frozenset[str]:
        """The files that the file imports as if its own folder, a part of a package, were the root."""
        if path not in self._bare:
            code = outline(self._texts.get(path, "")) if posixpath.dirname(path) != self.usual(path) else None
            imports = list(code.imports) if code else []
            is_named = any(self._names_package(path, one) and not one.is_guarded for one in imports)
            unknown = [i.module for i in imports if not i.level and not self._below_usual(i.module, path)]
            found = [other for module in unknown if (other := self._neighbour(module, path))]
            self._bare[path] = frozenset() if is_named else frozenset(found)
        return self._bare[path]

    def _neighbour(self, dotted: str, importer: str) -> str | None:
        """The file that the name would mean if the folder of `importer` were the root."""
        if dotted.split(".")[0] in sys.stdlib_module_names:
            return None
        stem = posixpath.join(posixpath.dirname(importer), *dotted.split("."))
        paths = (path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in self._texts and path != importer)
        return next(paths, None)
