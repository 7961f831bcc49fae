"""What is known of the user's project before anything runs: its files, its interpreter, how its tests run."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardloop.errors import GuardloopError
from guardloop.git import git
from guardloop.interpreter import Interpreter
from guardloop.test_command import TestCommand

_NEVER_COPIED = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".venv", "venv", "node_modules", ".tox", ".nox"}
    | {".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".guardloop"}
)


@dataclass(frozen=True)
class Repository:
    """The git repository around a project; paths are relative to `top` and `/`-separated."""

    top: Path
    head: str | None
    """`None` before the first commit."""
    dirty: tuple[str, ...]
    """Changed, staged or untracked paths; ignored ones are not dirt."""
    submodules: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    """A folder with code and tests. `files` are what a private copy of it holds, relative to `top`."""

    root: Path
    """Where paths of the judged tree begin, where configuration is, and where the tests are started."""
    top: Path
    """The repository's root, or `root` where there is no repository: the folder that is copied."""
    python: Interpreter
    tests: TestCommand | None
    files: tuple[str, ...]
    repository: Repository | None = None

    @property
    def prefix(self) -> str:
        """`root` relative to `top`: empty, or a path that ends with a slash."""
        relative = self.root.relative_to(self.top).as_posix()
        return "" if relative == "." else relative + "/"

    @classmethod
    def discover(cls, root: Path, *, tests: str | None = None, python: str | None = None) -> Project:
        """Look at `root`. `tests` and `python` are what options or configuration say.

        Raises `GuardloopError` for a folder, interpreter or test command that is not there.
        """
        root = root.resolve()
        if not root.is_dir():
            raise GuardloopError(f"{root}: expected a folder")
        repository = repository_at(root)
        top = repository.top if repository else root
        files = _tracked(top, repository.submodules) if repository else _walked(top, "")
        command = TestCommand.parse(tests) if tests else TestCommand.found(root)
        interpreter = Interpreter.find(root, python or (command.python if command else None))
        return cls(root, top, interpreter, command, tuple(sorted(files)), repository)


def repository_at(root: Path) -> Repository | None:
    """The repository whose work tree holds `root`; None where there is none, or no git."""
    found = git(root, "rev-parse", "--show-toplevel")
    if found is None or not found.strip():
        return None
    top = Path(found.rstrip("\n")).resolve()
    head = git(top, "rev-parse", "--verify", "-q", "HEAD")
    status = git(top, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames") or ""
    dirty = tuple(sorted(entry[3:] for entry in status.split("\0") if entry))
    listed = (git(top, "ls-files", "-z", "--stage") or "").split("\0")
    submodules = tuple(sorted(entry.split("\t", 1)[1] for entry in listed if entry.startswith("160000 ")))
    return Repository(top, head.strip() if head else None, dirty, submodules)


def _tracked(top: Path, submodules: Sequence[str]) -> list[str]:
    listed = git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard") or ""
    paths = {path for path in listed.split("\0") if path and path not in submodules}
    # An untracked repository inside this one is listed as a folder.
    paths = {path for path in paths if not path.endswith("/") and os.path.lexists(top / path)}
    for submodule in submodules:
        paths.update(_walked(top, submodule))
    return sorted(paths)


def _walked(top: Path, start: str) -> list[str]:
    found = []
    for folder, folders, names in os.walk(top / start):
        kept = []
        for name in sorted(folders):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                names.append(name)
            elif name not in _NEVER_COPIED and not os.path.exists(os.path.join(path, "pyvenv.cfg")):
                kept.append(name)
        folders[:] = kept
        relative = os.path.relpath(folder, top).replace(os.sep, "/")
        found += [name if relative == "." else f"{relative}/{name}" for name in names]
    return found


def changed_beside(before: Project, after: Project, judged: Collection[str]) -> tuple[str, ...]:
    """Paths outside the judged tree that two projects do not share byte for byte: tests, configuration, data.

    `judged` are the paths, relative to each `root`, that the gates compare themselves. Paths are relative to `top`.
    """
    own = {before.prefix + path for path in judged}
    paths = {*before.files, *after.files} - own
    return tuple(sorted(path for path in paths if not _same(before.top / path, after.top / path)))


def _same(a: Path, b: Path) -> bool:
    if a.is_symlink() or b.is_symlink():
        return a.is_symlink() and b.is_symlink() and os.readlink(a) == os.readlink(b)
    if not a.is_file() or not b.is_file():
        return os.path.lexists(a) == os.path.lexists(b) and a.is_dir() == b.is_dir()
    return (a.stat().st_mode & 0o111) == (b.stat().st_mode & 0o111) and a.read_bytes() == b.read_bytes()
