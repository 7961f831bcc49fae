"""What the modules of a tree are called, what importing one executes, and where code that several share can live."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from guardloop.sketches.importing import Code, Imported, outline, top_level_imports
from guardloop.sketches.roots import Roots
from guardloop.sketches.standard import EVERYWHERE
from metrics.source import SourceTree


@dataclass(frozen=True)
class Home:
    """A module that can hold what several modules share."""

    path: str
    is_new: bool = False


def is_package(path: str) -> bool:
    """Whether the file is the `__init__.py` of a package."""
    return posixpath.basename(path) == "__init__.py"


class Modules:
    """The modules of one tree and the graph of what their import executes."""

    def __init__(self, tree: SourceTree) -> None:
        self._texts = {path: text for path, text in tree.texts.items() if path.endswith(".py")}
        self._roots = Roots(self._texts)
        self._edges: dict[str, frozenset[str]] = {}
        self._closures: dict[str, frozenset[str]] = {}

    def text(self, path: str) -> str:
        """The text of a file; empty for one that is not there."""
        return self._texts.get(path, "")

    def beside(self, path: str) -> list[str]:
        """The files with the same root, sorted."""
        return sorted(other for other in self._texts if self.root(other) == self.root(path))

    def root(self, path: str) -> str:
        """The directory that is on `sys.path` where the file is imported by its full name."""
        return self._roots.usual(path)

    def name(self, path: str) -> str:
        """The dotted name under which the file is imported."""
        return self._roots.name(path)

    def known_as(self, path: str, importer: str) -> str:
        """The dotted name by which `importer` imports the file: a bare one if that is how it imports its neighbours."""
        return self._roots.name(path, self._roots.common(importer, path))

    def path(self, dotted: str, importer: str) -> str | None:
        """The file that `import dotted` in `importer` means, if it is one of the tree's."""
        return self._roots.path(dotted, importer)

    def absolute(self, importer: str, level: int, module: str) -> str:
        """The dotted name that a `from` import of `importer` means: dots resolved."""
        if not level:
            return module
        package = self.name(importer).split(".")
        depth = len(package) - level + (1 if is_package(importer) else 0)
        return ".".join([*package[: max(0, depth)], *([module] if module else [])])

    def imports(self, path: str) -> frozenset[str]:
        """Files of the tree that importing `path` executes directly, packages on the way included.

        A package that contains `path` is being imported already, so it is an edge only when a name is taken from it.
        """
        if path not in self._edges:
            self._edges[path] = frozenset(self.targets(path, top_level_imports(self.text(path)) or ())) - {path}
        return self._edges[path]

    def targets(self, path: str, imports: Sequence[Imported]) -> Iterator[str]:
        """The files of the tree that these import statements of a file execute directly."""
        for statement in imports:
            dotted = self.absolute(path, statement.level, statement.module)
            yield from self._on_the_way(dotted, path)
            found = self.path(dotted, path)
            members = [f"{dotted}.{name}".lstrip(".") for name in statement.names]
            submodules = [target for member in members if (target := self.path(member, path))]
            yield from submodules
            if found and (not self._contains(found, path) or len(submodules) < len(statement.names)):
                yield found

    def _on_the_way(self, dotted: str, importer: str) -> Iterator[str]:
        parts = dotted.split(".")
        for depth in range(1, len(parts)):
            package = self.path(".".join(parts[:depth]), importer)
            if package and not self._contains(package, importer):
                yield package

    def _contains(self, package: str, path: str) -> bool:
        return is_package(package) and path.startswith(posixpath.dirname(package) + "/")

    def closure(self, path: str) -> frozenset[str]:
        """Every file whose code may run when `path` is imported, itself included.

        A function imports what it does only when it is called: by name alone, that is when code that runs reads a name
        which a function of one of the files bears.
        """
        if path not in self._closures:
            self._closures[path] = _Import(self).closure(path)
        return self._closures[path]

    def would_cycle(self, importer: str, imported: str) -> bool:
        """Whether a new top-level import of `imported` in `importer` closes a circle of imports."""
        return importer in self._run(self._entered(importer, imported))

    def _entered(self, importer: str, imported: str) -> list[str]:
        """The file and the packages on the way to it, those left out that are being imported already."""
        return [imported, *self._on_the_way(self.name(imported), importer)]

    def _run(self, paths: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*map(self.closure, paths))

    def can_import(self, importer: str, imported: str) -> bool:
        """Whether the import closes no circle and brings in nothing that `importer` did without.

        That is a package or module that may be missing, or a file that does more at its import than define something.

        Files below different roots never import each other, nor does one import anything that may run below one or the
        other; and a `__main__` is never imported.
        """
        if importer == imported:
            return True
        if self._roots.common(importer, imported) is None or posixpath.basename(imported) == "__main__.py":
            return False
        if top_level_imports(self.text(imported)) is None or not self.name(imported):
            return False
        if self.would_cycle(importer, imported) or not self._foreign(imported) <= self._foreign(importer):
            return False
        return not any(self._acts(path) for path in self._new(importer, imported))

    def _new(self, importer: str, imported: str) -> frozenset[str]:
        """The files that run with the import and did not run without it."""
        packages = (str(folder / "__init__.py") for folder in PurePosixPath(importer).parents)
        around = [path for path in packages if path in self._texts]
        return self._run(self._entered(importer, imported)) - self._run([importer, *around])

    def _acts(self, path: str) -> bool:
        code = outline(self.text(path))
        return code is not None and code.at_import.acts

    def _foreign(self, path: str) -> frozenset[str]:
        """Third-party packages, and modules that only some Pythons have, without which importing `path` fails."""
        needed = set()
        for file in self.closure(path):
            for statement in top_level_imports(self.text(file)) or ():
                package = statement.module.split(".")[0]
                own = statement.level or statement.is_guarded or package in EVERYWHERE
                if not own and self.path(package, file) is None and self.path(statement.module, file) is None:
                    needed.add(package)
        return frozenset(needed)

    def homes(self, users: Sequence[str], stem: str = "") -> Iterator[Home]:
        """Modules that can hold what all of `users` need, best first.

        First the users in their order, then modules that all users import already, and last, if a `stem` is given,
        a new module of that name beside the users: what is put there must import none of them.
        """
        wanted = list(dict.fromkeys(users))
        found = [path for path in wanted if all(self.can_import(user, path) for user in wanted)]
        shared = frozenset.intersection(*(self.imports(user) for user in wanted)) if wanted else frozenset()
        lower = sorted(shared - set(wanted), key=lambda path: (len(self.closure(path)), path))
        found += [path for path in lower if all(self.can_import(user, path) for user in wanted)]
        yield from (Home(path) for path in found)
        if stem and (path := self._beside(wanted, stem)):
            yield Home(path, is_new=True)

    def _beside(self, users: Sequence[str], stem: str) -> str | None:
        """A free path in the deepest folder that holds all users, where that is a package or their root."""
        if len({self.root(user) for user in users}) != 1:
            return None
        folders = [posixpath.dirname(user) for user in users]
        folder = posixpath.commonpath(folders) if all(folders) else ""
        root = self.root(users[0])
        if folder != root and f"{folder}/__init__.py" not in self._texts:
            return None
        path = posixpath.join(folder, f"{stem}.py")
        return None if path in self._texts or posixpath.join(folder, stem, "__init__.py") in self._texts else path


class _Import:
    """One import, followed through all that it may run."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._entered: set[str] = set()
        self._called: set[str] = set()
        self._functions: dict[str, list[tuple[str, Code]]] = defaultdict(list)
        self._ahead: list[tuple[str, Code]] = []

    def closure(self, path: str) -> frozenset[str]:
        self._enter(path)
        while self._ahead:
            importer, code = self._ahead.pop()
            for target in self._modules.targets(importer, code.imports):
                self._enter(target)
            for name in code.names - self._called:
                self._called.add(name)
                self._ahead += self._functions[name]
        return frozenset(self._entered)

    def _enter(self, path: str) -> None:
        found = outline(self._modules.text(path)) if path not in self._entered else None
        self._entered.add(path)
        if found is None:
            return
        self._ahead.append((path, found.at_import))
        for name, codes in found.functions.items():
            rows = [(path, code) for code in codes]
            self._functions[name] += rows
            self._ahead += rows if name in self._called else []
