"""What a command is pointed at: the root of a project, the paths named in it, and its settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from guardloop.config import Settings, check_rules, load
from guardloop.errors import TargetError
from guardloop.journal import APPLY, STATE, check_whole
from metrics.discovery import Discovery, discover

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


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
        full = self.root / path
        return any(full.is_relative_to(start) for start in self.paths)


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
        if any((above / mark).exists() for mark in _MARKS):
            return above
    return folder
