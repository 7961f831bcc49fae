"""The user's tree: read once, guarded by a lock, and changed only by whole patches that git can undo."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from guardloop.audit import written
from guardloop.errors import TreeChangedError, WorkspaceError
from guardloop.git import git
from guardloop.journal import (
    APPLY,
    LOCK,
    check_whole,
    digest,
    digest_of,
    is_inside,
    recover,
    replace_files,
)
from guardloop.journal import STATE as STATE
from guardloop.measuring import measured
from guardloop.patch import diff
from guardloop.project import Repository, repository_at
from guardloop.target import Target
from metrics.discovery import Discovery, discover
from metrics.encoding import UndecodableError, encode
from metrics.source import SourceTree, Unparsed

_NAMED = 5


class Workspace:
    """One run's hold on a tree. `tree` is what is on disk, patches applied so far included."""

    def __init__(self, root: Path, repository: Repository, sources: Mapping[str, bytes], tree: SourceTree) -> None:
        self.root = root
        self.repository = repository
        self.tree = tree
        self._opened_tree = tree
        self.unparsed: tuple[Unparsed, ...] = ()
        self._opened = dict(sources)
        self._bytes = dict(sources)

    @property
    def originals(self) -> Mapping[str, bytes]:
        """The bytes of every file of the tree, as they are on disk."""
        return MappingProxyType(self._bytes)

    @property
    def prefix(self) -> str:
        """The root relative to the repository: empty, or a path that ends with a slash."""
        return _prefix(self.root, self.repository)

    def changed_since_commit(self) -> dict[str, str]:
        """The texts of judged files that were not as in the commit when the tree was opened."""
        paths = (path.removeprefix(self.prefix) for path in self.repository.dirty)
        return {path: self._opened_tree.texts[path] for path in paths if path in self._opened_tree.texts}

    def dirty_beside(self) -> list[str]:
        """Changes outside of the judged tree that are in no commit."""
        judged = {self.prefix + path for path in self._opened_tree.texts}
        return [path for path in self.repository.dirty if path not in judged]

    def encoded(self, before: SourceTree, after: SourceTree) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """The bytes of what differs, before and after.

        Raises `WorkspaceError` for a file that cannot be changed, or whose bytes could not be kept as they are.
        """
        changed = [path for path in after.texts if before.texts.get(path) != after.texts[path]]
        removed = sorted(before.texts.keys() - after.texts.keys())
        if removed:
            raise WorkspaceError(f"{removed[0]}: a patch may not remove files")
        old = {path: self._bytes[path] for path in changed if path in before.texts}
        new = {path: self._encoded(path, after.texts[path], before.texts.get(path)) for path in changed}
        return old, new

    def diff(self, before: SourceTree, after: SourceTree) -> str:
        """The patch between two trees, as `git apply` takes it at the top of the repository."""
        old, new = self.encoded(before, after)
        return diff(old, new, self.prefix)

    def diff_since_opened(self) -> str:
        """All that was applied or taken so far, as one patch."""
        return diff(self._opened, self._bytes, self.prefix)

    def take(self, after: SourceTree) -> None:
        """Go on from `after` without writing anything."""
        _, new = self.encoded(self.tree, after)
        self._bytes |= new
        self.tree = after

    def apply(self, after: SourceTree) -> None:
        """Write what differs from the tree, all files or none.

        Raises `WorkspaceError`, with nothing changed, for a full disk or a file that may not be written, and
        `TreeChangedError` when any file of the tree is no longer what the patch was judged on.
        """
        old, new = self.encoded(self.tree, after)
        self._check_unchanged()
        obstacle = self.obstacle(new)
        if obstacle:
            raise WorkspaceError(f"{obstacle}; nothing was changed")
        replace_files(self.root, self.root / STATE / APPLY, old, new)
        self._bytes |= new
        self.tree = after

    def obstacle(self, paths: Iterable[str]) -> str:
        """Why one of these files cannot be written; empty when all can."""
        for path in paths:
            try:
                self._check_writable(path)
                if path in self.tree.texts:
                    self._encoded(path, self.tree.texts[path], self.tree.texts[path])
            except WorkspaceError as error:
                return str(error)
        return ""

    def _encoded(self, path: str, text: str, before: str | None) -> bytes:
        original = self._bytes.get(path, b"")
        try:
            if before is not None and encode(before, original) != original:
                raise WorkspaceError(f"{path}: its encoding cannot be written back byte for byte")
            return encode(text, original)
        except UndecodableError as error:
            raise WorkspaceError(f"{path}: {error}") from error

    def _check_writable(self, path: str) -> None:
        full = self.root / path
        if not is_inside(self.root, path):
            raise WorkspaceError(f"{path}: reached through a symbolic link")
        if path in self._bytes and not (os.access(full, os.W_OK) and full.stat().st_mode & 0o222):
            raise WorkspaceError(f"{path}: read-only")
        if path not in self._bytes and os.path.lexists(full):
            raise WorkspaceError(f"{path}: exists already")

    def _check_unchanged(self) -> None:
        for path, data in self._bytes.items():
            if digest_of(self.root / path) != digest(data):
                raise TreeChangedError(f"{path}: changed by someone else during the run; nothing was changed")


@contextmanager
def opened(target: Target, *, write: bool = True) -> Iterator[Workspace]:
    """Take hold of a target's tree for one run; nothing is created in it unless `write`.

    Raises `WorkspaceError` when there is no repository or no commit to go back to, when the tree has changes that are
    not in git (unless the settings allow them), or when another run is at work.
    """
    root = target.root.resolve()
    repository = repository_at(root)
    if repository is None:
        raise WorkspaceError(
            f"{root}: expected a git repository, found none; run `git init` and commit, so that patches can be undone"
        )
    if repository.head is None:
        raise WorkspaceError(f"{repository.top}: expected a commit to go back to, found none; commit first")
    if not write:
        check_whole(root, root / STATE / APPLY)
        yield _read(root, repository, target)
        return
    with _locked(root):
        if recover(root, root / STATE / APPLY):
            repository = repository_at(root) or repository
        yield _read(root, repository, target)


def _read(root: Path, repository: Repository, target: Target) -> Workspace:
    if not target.settings.allow_dirty:
        _check_clean(root, repository)
    found = read_tree(root, target.settings.exclude)
    workspace = Workspace(root, repository, found.originals, found.tree)
    workspace.unparsed = found.unparsed
    return workspace


def read_tree(root: Path, exclude: Sequence[str] = ()) -> Discovery:
    """The judged files of a repository: those that are Python, and that git tracks or would track.

    What git ignores, or what belongs to a submodule, could not be restored. A file that cannot be parsed is left alone
    and listed: it must not keep mypy from judging the others.
    """
    found = discover(root, (), exclude)
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard") or ""
    known = frozenset(listed.split("\0"))
    originals = {path: data for path, data in found.originals.items() if path in known}
    tree = SourceTree({path: found.tree.texts[path] for path in originals})
    broken = {file.path: file for file in measured(tree).unparsed}
    originals = {path: data for path, data in originals.items() if path not in broken}
    tree = tree.replacing(dict.fromkeys(broken))
    unparsed = (*broken.values(), *(file for file in found.unparsed if file.path in known))
    return replace(found, tree=tree, originals=originals, unparsed=tuple(sorted(unparsed)))


def _prefix(root: Path, repository: Repository) -> str:
    relative = root.relative_to(repository.top).as_posix()
    return "" if relative == "." else f"{relative}/"


def _check_clean(root: Path, repository: Repository) -> None:
    ours = written(root / STATE / "runs")
    prefix = _prefix(root, repository)
    # Changes beside the project do not hinder anyone from undoing a patch in it.
    within = [path for path in repository.dirty if path.startswith(prefix)]
    dirty = [path for path in within if (path.removeprefix(prefix), digest_of(repository.top / path)) not in ours]
    if dirty:
        shown = ", ".join(dirty[:_NAMED]) + (f" and {len(dirty) - _NAMED} more" if len(dirty) > _NAMED else "")
        raise WorkspaceError(
            f"{repository.top}: expected a clean tree, found changes in {shown}; "
            "commit or stash them, or pass --allow-dirty"
        )


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    state = root / STATE
    if state.is_symlink():
        raise WorkspaceError(f"{state}: expected a folder of guardloop's own, found a symbolic link")
    try:
        state.mkdir(exist_ok=True)
        _ignore(state)
        lock = (state / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise WorkspaceError(f"{error.filename or state}: {error.strerror}; guardloop keeps its logs there") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise WorkspaceError(f"{root}: another run (process {lock.read() or 'unknown'}) is at work here") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _ignore(state: Path) -> None:
    """Hide the folder from git by a file in it, so that neither the user's `.gitignore` nor `.git` is changed."""
    marker = state / ".gitignore"
    if marker.exists() and marker.stat().st_size:
        return
    try:
        marker.write_text("*\n", encoding="ascii")
    except OSError:
        # On a full disk an empty file is left, which hides nothing.
        marker.unlink(missing_ok=True)
        raise
