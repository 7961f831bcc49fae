"""Several files changed as one: after a crash at any moment, recovery leaves them all old or all new.

Both contents of every file are staged beside a journal on the same file system; once the journal is on disk, each new
file is moved over the old one. A file is thus never torn, and only a crash between two moves leaves some new and some
old, until `recover`, which every run begins with, moves the rest. What someone has edited since is never overwritten.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from guardloop.errors import TreeChangedError, WorkspaceError

STATE, APPLY, LOCK = ".guardloop", "apply", "lock"
"""The folder of guardloop's own in a target, and in it where a change is staged, and the file that a run locks."""
_JOURNAL = "journal.json"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Move:
    """One file of a change; the digests are of its contents, `before` is None for a file that is new."""

    path: str
    number: int
    before: str | None
    after: str


def replace_files(root: Path, staging: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """Write `after` over `before`, all files or none.

    `staging` is a folder that does not exist yet, on the file system of `root`. Raises `WorkspaceError`, with every
    file as it was, when the disk is full or a file cannot be replaced.
    """
    moves = [
        Move(path, number, digest(before[path]) if path in before else None, digest(after[path]))
        for number, path in enumerate(_new_files_first(before, after))
    ]
    try:
        _stage(root, staging, moves, before, after)
    except BaseException as error:
        shutil.rmtree(staging, ignore_errors=True)
        if isinstance(error, OSError):
            raise WorkspaceError(f"{staging}: {error.strerror}; nothing was changed") from error
        raise
    with uninterrupted():
        _commit(root, staging, moves)


def recover(root: Path, staging: Path) -> list[str]:
    """Finish or undo what an interrupted `replace_files` left in `staging`; the paths that were moved just now.

    Raises `WorkspaceError` when a file was edited since, in which case nothing is touched.
    """
    moves = _read(root, staging)
    state = {move: digest_of(root / move.path) for move in moves}
    started = any(state[move] == move.after for move in moves)
    pending = [move for move in moves if started and state[move] != move.after]
    foreign = [move.path for move in pending if state[move] != move.before or not _staged(staging, move).exists()]
    if foreign:
        raise WorkspaceError(
            f"{', '.join(foreign)}: changed since guardloop was interrupted while writing {len(moves)} files; "
            f"see `git diff`, then remove {staging} to go on"
        )
    with uninterrupted():
        for move in pending:
            _move(_staged(staging, move), root / move.path)
        (staging / _JOURNAL).unlink(missing_ok=True)
        shutil.rmtree(staging, ignore_errors=True)
    return [move.path for move in pending]


def check_whole(root: Path, staging: Path) -> None:
    """Raise `WorkspaceError` if a change was cut short between two files; nothing is touched, and a run is waited for.

    Whoever only reads a tree asks this, because what is half old and half new is no tree that anyone wrote.
    """
    if not (staging / _JOURNAL).exists() or _is_locked(staging.parent / LOCK):
        return
    moves = _read(root, staging)
    state = {move: digest_of(root / move.path) for move in moves}
    old = [move.path for move in moves if state[move] == move.before and _staged(staging, move).exists()]
    if old and any(state[move] == move.after for move in moves):
        raise WorkspaceError(
            f"{root}: expected a whole tree, found one of which `guardloop fix` had written {len(moves) - len(old)} of "
            f"{len(moves)} files when it was ended; run `guardloop fix` to have {', '.join(old)} written too"
        )


def _is_locked(lock: Path) -> bool:
    """Whether a run is at work, which will see to the rest itself."""
    try:
        with lock.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def digest(data: bytes) -> str:
    """A content digest."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def digest_of(path: Path) -> str | None:
    """The digest of a file, or None when there is none."""
    try:
        return digest(path.read_bytes())
    except FileNotFoundError:
        return None


def _new_files_first(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """So that no file is in place before the new module that it imports."""
    return sorted(after, key=lambda path: (path in before, path))


def _stage(
    root: Path, staging: Path, moves: list[Move], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> None:
    staging.mkdir(parents=True)
    for move in moves:
        target = root / move.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(_staged(staging, move), after[move.path], target)
        if move.path in before:
            _write(staging / f"{move.number}.before", before[move.path], target)
    journal = json.dumps([asdict(move) for move in moves]).encode()
    _write(staging / f"{_JOURNAL}.part", journal, None)
    os.replace(staging / f"{_JOURNAL}.part", staging / _JOURNAL)
    _sync(staging)


def _write(path: Path, data: bytes, like: Path | None) -> None:
    """Write a file to the disk itself, with the permissions and the owner of the one that it stands for."""
    with open(path, "xb") as stream:
        stream.write(data)
        stream.flush()
        if like is not None and like.exists():
            status = like.stat()
            os.fchmod(stream.fileno(), stat.S_IMODE(status.st_mode))
            with suppress(PermissionError):
                os.fchown(stream.fileno(), status.st_uid, status.st_gid)
        os.fsync(stream.fileno())


def _commit(root: Path, staging: Path, moves: list[Move]) -> None:
    done: list[Move] = []
    try:
        for move in moves:
            # Looked at as late as can be: an editor may have saved the file a moment ago.
            if digest_of(root / move.path) != move.before:
                raise TreeChangedError(f"{move.path}: changed by someone else while it was judged; nothing was changed")
            _move(_staged(staging, move), root / move.path)
            done.append(move)
    except OSError as error:
        _undo(root, staging, done)
        raise WorkspaceError(f"{moves[len(done)].path}: {error.strerror}; nothing was changed") from error
    except WorkspaceError:
        _undo(root, staging, done)
        raise
    (staging / _JOURNAL).unlink()
    shutil.rmtree(staging, ignore_errors=True)


def _undo(root: Path, staging: Path, done: list[Move]) -> None:
    for move in reversed(done):
        if move.before is None:
            (root / move.path).unlink()
        else:
            _move(staging / f"{move.number}.before", root / move.path)
    shutil.rmtree(staging, ignore_errors=True)


def _staged(staging: Path, move: Move) -> Path:
    return staging / f"{move.number}.after"


def _move(staged: Path, target: Path) -> None:
    os.replace(staged, target)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(root: Path, staging: Path) -> list[Move]:
    """The moves of a journal; none when it had not been written yet, so that no file was moved."""
    journal = staging / _JOURNAL
    try:
        moves = [Move(**move) for move in json.loads(journal.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError) as error:
        raise WorkspaceError(f"{journal}: not a journal of guardloop ({error}); remove {staging} to go on") from error
    for move in moves:
        # A repository can hold a forged journal.
        if not is_inside(root, move.path) or not isinstance(move.number, int):
            raise WorkspaceError(f"{journal}: names {move.path}, outside of {root}; remove {staging} to go on")
    return moves


def is_inside(root: Path, path: str) -> bool:
    """Whether a relative path stays below the root, and reaches its file through no symbolic link."""
    real = os.path.realpath(root)
    full = os.path.join(real, path)
    return full.startswith(real.rstrip(os.sep) + os.sep) and os.path.realpath(full) == full == os.path.normpath(full)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM until the end of the block; only the main thread gets them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    former = {number: signal.signal(number, lambda number, frame: waiting.append(number)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    for held_back in waiting[:1]:
        signal.raise_signal(held_back)
