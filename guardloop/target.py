"""What a command is pointed at: the root of a project, the paths named in it, and its settings."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from guardloop.config import Settings, check_rules, load
from guardloop.errors import TargetError
from guardloop.git import shown
from guardloop.journal import APPLY, STATE, check_whole
from metrics.discovery import Discovery, discover

MARKS = ("pyproject.toml", "setup.py", "setup.cfg")
"""The files by which a folder is the root of a project, beside that of a repository."""


@dataclass(frozen=True)
class Target:
    """A project. `paths` are absolute, below the root, and never empty."""

    root: Path
    paths: tuple[Path, ...]
    settings: Settings
    given: Mapping[str, Any] = field(default_factory=dict)
    """The options of the command line, which hold over any settings."""
    config: Path | None = None
    """The file that was named to read the settings from."""

    @classmethod
    def locate(
        cls,
        paths: Sequence[Path],
        config: Path | None = None,
        *,
        root: Path | None = None,
        mends: bool = False,
        **options: Any,
    ) -> Target:
        """Find the project that the paths (default: the working directory) belong to, and read its settings.

        The root, unless given, is the nearest folder above all paths that has a `pyproject.toml`, `setup.py`,
        `setup.cfg` or `.git`; where there is none, the lowest folder that holds them all.
        Raises `TargetError` and `ConfigError`, and `WorkspaceError` for a tree that `fix` wrote a part of when it was
        ended, unless the caller `mends` that.
        """
        from metrics.scorers import SCORERS

        chosen = tuple(_checked(path) for path in paths or (Path("."),))
        root = Path(os.path.abspath(root)) if root else _root(chosen)
        if not mends:
            check_whole(root, root / STATE / APPLY)
        settings = load(root, config)
        settings = settings.overridden(**options)
        check_rules("--rule", settings.rule, tuple(SCORERS))
        return cls(root, chosen, settings, options, config)

    @classmethod
    def named_by(
        cls, paths: Sequence[str | PathLike[str]], config: str | PathLike[str] | None = None, **options: Any
    ) -> Target:
        """What `locate` finds for paths as a Python program may hold them. Raises as `locate` does."""
        if isinstance(paths, str | bytes | PathLike):
            raise TargetError(f"paths: expected a list of paths, got {paths!r}; put it into a list")
        return cls.locate([Path(path) for path in paths], Path(config) if config is not None else None, **options)

    def discover(self) -> Discovery:
        """Read the judged files of the paths."""
        return discover(self.root, self.paths, self.settings.exclude)

    def named(self, path: str) -> bool:
        """Whether a path relative to the root is one of the paths or lies below one."""
        return any(_lies_in(shown(os.fsencode(path)), start) for start in self._starts)

    def named_files(self) -> frozenset[bytes]:
        """Those of the paths that are files, relative to the root: whoever names a file means it to be judged."""
        inside = (self._inside(path) for path in self.paths if path.is_file())
        return frozenset(os.fsencode(path) for path in inside if not path.startswith("../"))

    def without(self, judged: Collection[str]) -> list[Path]:
        """The paths that none of these, which are relative to the root, is or lies below; never the root itself."""
        starts = {path: shown(os.fsencode(self._inside(path))) for path in self.paths}
        files = [shown(os.fsencode(path)) for path in judged] if {*starts.values()} - {_ROOT} else []
        return [path for path, start in starts.items() if start != _ROOT and not any(_lies_in(f, start) for f in files)]

    @cached_property
    def _starts(self) -> frozenset[str]:
        """The paths relative to the root, as they are written and as git has them."""
        places = {path.relative_to(self.root).as_posix() for path in self.paths}
        return frozenset(shown(os.fsencode(place)) for place in {*places, *map(self._inside, self.paths)})

    def _inside(self, path: Path) -> str:
        """Where a path lies below the root once symbolic links are followed, as git does not; above it, where not."""
        return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(self.root))).as_posix()


_ROOT = "."


def _lies_in(path: str, start: str) -> bool:
    return start in (_ROOT, path) or path.startswith(f"{start}/")


def _checked(path: Path) -> Path:
    full = Path(os.path.abspath(path))
    if not full.exists():
        raise TargetError(f"{path}: no such file or folder")
    if not full.is_dir() and not (full.is_file() and full.suffix == ".py"):
        raise TargetError(f"{path}: expected a folder or a Python file")
    return full


def _root(paths: tuple[Path, ...]) -> Path:
    lowest = Path(os.path.commonpath(paths))
    folder = lowest if lowest.is_dir() else lowest.parent
    for above in (folder, *folder.parents):
        if any((above / mark).exists() for mark in (*MARKS, ".git")):
            return above
    return folder
