"""Facts and scores kept between runs, by content: a wrong, torn or foreign entry is a miss, never an error.

Entries hold plain values only (`marshal`, guarded by a digest), so that reading one can run nothing.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import platformdirs

_DIGEST = 16
_MARK = f"guardloop 1 {sys.implementation.cache_tag} ".encode()
_SUFFIX = ".facts"
_STAMP = "pruned"
_DAY = 86_400.0
_written: Counter[Path] = Counter()


def digest(*parts: str) -> str:
    """A key of these texts, in this order."""
    state = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big") + data)
    return state.hexdigest()


class Cache:
    """A folder of entries that several processes may read and write at once; `limit` bounds its size in bytes."""

    def __init__(self, folder: Path, limit: int = 256 * 2**20) -> None:
        self.folder = folder
        self.limit = limit

    def load(self, key: str) -> Any | None:
        """What was stored under the key, or None."""
        try:
            with open(self._path(key), "rb") as stream:
                data = stream.read()
        except OSError:
            return None
        mark, check, payload = data[: len(_MARK)], data[len(_MARK) :][:_DIGEST], data[len(_MARK) + _DIGEST :]
        if mark != _MARK or check != _checksum(key, payload):
            return None
        try:
            return marshal.loads(payload)
        except (EOFError, ValueError, TypeError, MemoryError):
            return None

    def store(self, key: str, value: Any) -> None:
        """Keep a plain value; a folder that cannot be written is no error. Raises `ValueError` for other values."""
        payload = marshal.dumps(value)
        try:
            _replace(self._path(key), _MARK + _checksum(key, payload) + payload)
        except OSError:
            return
        _written[self.folder] += len(payload)

    def prune(self, now: float | None = None) -> None:
        """Drop the entries written longest ago until what stays fits into the limit.

        Done once a day, and whenever this process has written a quarter of the limit.
        """
        now = time.time() if now is None else now
        stamp = os.path.join(self.folder, _STAMP)
        try:
            if now - os.stat(stamp).st_mtime < _DAY and 4 * _written[self.folder] < self.limit:
                return
        except OSError:
            pass
        _written[self.folder] = 0
        try:
            _replace(stamp, b"")
            entries = sorted(self._entries(), reverse=True)
        except OSError:
            return
        total = 0
        for _, size, path in entries:
            total += size
            if total > self.limit:
                _remove(path)

    def _entries(self) -> list[tuple[float, int, str]]:
        found = []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith(_SUFFIX):
                    path = os.path.join(folder, name)
                    status = os.stat(path)
                    found.append((status.st_mtime, status.st_size, path))
        return found

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, key[:2], key[2:] + _SUFFIX)


def user_cache() -> Cache:
    """The cache of this user: `GUARDLOOP_CACHE`, else the platform's folder for caches."""
    named = os.environ.get("GUARDLOOP_CACHE")
    return Cache(Path(named) if named else Path(platformdirs.user_cache_dir("guardloop", appauthor=False)))


def _checksum(key: str, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_DIGEST, key=key.encode()).digest()


def _replace(path: str, data: bytes) -> None:
    folder = os.path.dirname(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    except FileNotFoundError:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, path)
    except OSError:
        _remove(temporary)
        raise


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
