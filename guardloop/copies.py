"""Private copies of the user's tree: one that follows what was accepted, and a throw-away one for each command."""

from __future__ import annotations

import atexit
import fcntl
import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from guardloop.errors import GuardloopError
from guardloop.project import Project
from metrics.encoding import UndecodableError, encode

_PREFIX = "guardloop-copies-"
_LOCK = "lock"
_stamps = itertools.count(1_000_000_000)


class Copies:
    """A private folder. Nothing in it is a hard link: what a candidate's tests change stays in their own copy."""

    def __init__(self, project: Project) -> None:
        _remove_abandoned()
        with told("make a private folder"):
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
            self._lock = _locked(self.folder)
        atexit.register(self.close)
        self.pristine = self.folder / "pristine"
        self._prefix = project.prefix
        self._numbers = itertools.count()
        self.left_out: tuple[str, ...] = ()
        """Paths that were not copied: links out of the tree, what cannot be read, what is no file."""
        self._paths = self._take(project)

    def close(self) -> None:
        """Remove everything."""
        _remove(self.folder)
        self._lock.close()
        atexit.unregister(self.close)

    @contextmanager
    def slot(self, changes: Mapping[str, str | None]) -> Iterator[Path]:
        """A folder whose `tree` is the accepted state with these texts, by path in the judged tree, instead."""
        folder = self.folder / f"{next(self._numbers)}"
        try:
            yield self.lay(folder, changes)
        finally:
            _remove(folder)

    @contextmanager
    def empty(self) -> Iterator[Path]:
        """A folder without a tree."""
        folder = self.folder / f"{next(self._numbers)}"
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)

    def lay(self, folder: Path, changes: Mapping[str, str | None]) -> Path:
        """Make such a folder, to be kept."""
        tree = folder / "tree"
        with told("copy the tree"):
            tree.mkdir(parents=True)
            for path in self._paths:
                _copy(self.pristine / path, tree / path)
        self.write(tree, changes)
        return folder

    def write(self, tree: Path, changes: Mapping[str, str | None]) -> None:
        """Write texts into a copy in the encoding that each file declares; None removes one."""
        for path, text in changes.items():
            full, original = tree / (self._prefix + path), self.pristine / (self._prefix + path)
            with told(f"write {path}"):
                if text is None:
                    full.unlink(missing_ok=True)
                    continue
                full.parent.mkdir(parents=True, exist_ok=True)
                full.write_bytes(encoded(text, original.read_bytes() if original.is_file() else b""))
                # mypy takes a file of the same second and size for the one in its cache, whatever it holds.
                stamp = next(_stamps)
                os.utime(full, (stamp, stamp))

    def restore(self, tree: Path, changes: Mapping[str, str | None]) -> None:
        """Undo a `write`: the files of the accepted state, byte for byte."""
        for path in changes:
            original, full = self.pristine / (self._prefix + path), tree / (self._prefix + path)
            if original.is_file():
                full.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(original, full)
            else:
                full.unlink(missing_ok=True)

    def accept(self, changes: Mapping[str, str | None]) -> None:
        """Let the accepted state follow."""
        self.write(self.pristine, changes)
        for path, text in changes.items():
            (self._paths.pop if text is None else self._paths.setdefault)(self._prefix + path, None)

    def _take(self, project: Project) -> dict[str, None]:
        taken: dict[str, None] = {}
        left_out = []
        for path in project.files:
            try:
                with told(f"copy {path}"):
                    copied = _take_one(project.top, path, self.pristine / path)
            except (PermissionError, FileNotFoundError):
                copied = False
            if copied:
                taken[path] = None
            else:
                left_out.append(path)
        if not taken:
            raise GuardloopError(f"{project.top}: expected files, found none that can be copied")
        (self.pristine / project.prefix).mkdir(parents=True, exist_ok=True)
        self.left_out = tuple(left_out)
        return taken


def encoded(text: str, original: bytes) -> bytes:
    """A file's bytes; a text that its own declaration cannot hold is written as UTF-8, for `parses` to refuse."""
    try:
        return encode(text, original)
    except (UndecodableError, LookupError):
        return text.encode("utf-8", "surrogatepass")


def _take_one(top: Path, path: str, to: Path) -> bool:
    full = top / path
    mode = full.lstat().st_mode
    to.parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISLNK(mode):
        target = Path(os.path.realpath(full))
        if not target.is_relative_to(top):
            return False
        os.symlink(os.path.relpath(target, full.parent), to)
        return True
    if not stat.S_ISREG(mode):
        return False
    shutil.copy(full, to)
    os.chmod(to, stat.S_IMODE(mode) | stat.S_IWUSR | stat.S_IRUSR)
    return True


def _copy(full: Path, to: Path) -> None:
    try:
        if full.is_symlink():
            os.symlink(os.readlink(full), to)
        else:
            shutil.copy(full, to)
    except FileNotFoundError:
        if not os.path.lexists(full):
            raise
        to.parent.mkdir(parents=True, exist_ok=True)
        _copy(full, to)


def _remove(folder: Path) -> None:
    """Tests may leave folders without write permission, which only their owner's chmod opens again."""

    def retry(function: object, path: str, error: object) -> None:
        try:
            os.chmod(os.path.dirname(path), stat.S_IRWXU)
            os.chmod(path, stat.S_IRWXU)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        except OSError:
            return

    shutil.rmtree(folder, onerror=retry)


@contextmanager
def told(what: str) -> Iterator[None]:
    """A full disk and the like, as an error of ours; what the tree itself denies is for the caller."""
    try:
        yield
    except (PermissionError, FileNotFoundError):
        raise
    except OSError as error:
        raise GuardloopError(f"{tempfile.gettempdir()}: cannot {what}: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    """Of a whole folder that was copied, the first thing that went wrong."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        return str(error.args[0][0][-1])
    return error.strerror or str(error)


def _locked(folder: Path) -> IO[bytes]:
    """Mark a folder as in use for as long as this process lives, however it ends."""
    lock = open(folder / "locking", "wb")  # noqa: SIM115 (it stays open)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.rename(folder / "locking", folder / _LOCK)
    return lock


def _remove_abandoned() -> None:
    """Folders of runs that were killed: nobody holds their lock any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            with open(path, "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path.parent)
        except OSError:
            continue
