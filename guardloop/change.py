"""A change that was given as two folders: what of it is the judged code, and what lies beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from guardloop.errors import TargetError
from metrics.discovery import discover
from metrics.encoding import UndecodableError, decode
from metrics.source import SourceTree

# What tools leave behind; no copy that is judged holds any of it.
_NEVER_COMPARED = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".guardloop", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
)


@dataclass(frozen=True)
class Change:
    """Both trees of judged files, and in `stray` the changed paths that are none: tests, configuration, data."""

    before: SourceTree
    after: SourceTree
    stray: tuple[str, ...]

    @classmethod
    def between(cls, before: Path, after: Path, exclude: Sequence[str] = ()) -> Change:
        """Read two folders. `before` decides what is judged; only wholly new files are looked up in `after`.

        A file of `after` that is no text becomes one with surrogates, which no gate lets pass.
        """
        for name, folder in (("--before", before), ("--after", after)):
            if not folder.is_dir():
                raise TargetError(f"{name}: {folder}: expected a folder")
        was, now = discover(before, (), exclude), discover(after, (), exclude)
        old = dict(_entries(before))
        new = dict(_entries(after, old))
        added = {path for path in now.tree.texts if path not in old}
        judged = was.tree.texts.keys() | added
        texts = {path: _text(new[path]) for path in judged if path in new and not new[path].is_symlink()}
        removed = was.tree.texts.keys() - new.keys()
        beside = {*old, *new} - texts.keys() - removed
        stray = sorted(path for path in beside if _content(old.get(path)) != _content(new.get(path)))
        return cls(was.tree, SourceTree(texts), tuple(stray))


def _entries(root: Path, known: Iterable[str] = ()) -> Iterator[tuple[str, Path]]:
    """Every file and link below a folder; environments with an interpreter of their own are left out.

    A folder of `known` files is no environment, whatever lies in it: a mark in it must not hide them.
    """
    folders_known = {parent.as_posix() for path in known for parent in PurePosixPath(path).parents}
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NEVER_COMPARED
            and name not in links
            and (
                Path(folder, name).relative_to(root).as_posix() in folders_known
                or not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
            )
        )
        for name in sorted((*names, *links)):
            full = Path(folder, name)
            yield full.relative_to(root).as_posix(), full


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return decode(data)
    except UndecodableError:
        return data.decode("utf-8", "surrogateescape")


def _content(path: Path | None) -> bytes | str | None:
    """What tells two entries apart; a link is its target, anything but a file or a link its kind."""
    if path is None:
        return None
    if path.is_symlink():
        return os.readlink(path)
    return path.read_bytes() if path.is_file() else "no file"
