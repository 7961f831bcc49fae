"""Facts and scores kept between runs, by content: a wrong, torn or foreign entry is a miss, never an error.

Entries hold plain values only (`marshal`, guarded by a digest), so that reading one can run nothing. They lie in one
SQLite file: a folder of small files costs as much to write as the facts cost to compute.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import platformdirs

_DIGEST = 16
_FILE = "facts-2.sqlite"
_MARK = f"guardloop 2 {sys.implementation.cache_tag} ".encode()
_PAGE = 16_384
_MOST_ASKED = 500
"""Keys in one question: SQLite bounds the parameters of a statement."""
_PATIENCE = 2.0
"""Seconds to wait for another process that is writing."""
_SCHEMA = "CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB)"
_DROP = "DELETE FROM entries WHERE id <= (SELECT (3 * min(id) + max(id)) / 4 FROM entries)"
"""The quarter written longest ago."""


_PASSING = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
    | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT}
)
"""What says nothing against the file."""


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
        return self.load_all([key]).get(key)

    def load_all(self, keys: Iterable[str]) -> dict[str, Any]:
        """What was stored under these keys, as far as there is something."""
        found: dict[str, Any] = {}
        asked = list(keys)

        def read(connection: sqlite3.Connection) -> None:
            for start in range(0, len(asked), _MOST_ASKED):
                some = asked[start : start + _MOST_ASKED]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT key, value FROM entries WHERE key IN ({marks})", some)
                found.update((key, value) for key, data in rows if (value := _value(key, data)) is not None)

        if os.path.exists(self._path):
            # Another process may be about to create the table.
            self._open(read, _PASSING | {sqlite3.SQLITE_ERROR})
        return found

    def store(self, key: str, value: Any) -> None:
        """Keep one plain value, as `store_all` does."""
        self.store_all({key: value})

    def store_all(self, values: Mapping[str, Any]) -> None:
        """Keep plain values; a folder that cannot be written is no error. Raises `ValueError` for other values.

        The entries written longest ago are dropped until what stays fits into the limit.
        """
        rows = [(key, _entry(key, marshal.dumps(value))) for key, value in values.items()]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(f"PRAGMA page_size = {_PAGE}")
            connection.execute(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)", rows)
            while _size(connection) > self.limit and connection.execute(_DROP).rowcount:
                pass
            connection.execute("COMMIT")

        with suppress(OSError):
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._open(write, _PASSING)

    @property
    def _path(self) -> str:
        return os.path.join(self.folder, _FILE)

    def _open(self, use: Callable[[sqlite3.Connection], None], passing: Set[int]) -> None:
        """Use a connection; whatever goes wrong ends the use, and what does not pass removes the file."""
        try:
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)) as connection:
                # What a power failure loses or tears is a miss.
                connection.execute("PRAGMA synchronous = OFF")
                use(connection)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # Of a torn file, what SQLite reads or says may be no text, and then has no code.
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in passing:
                with suppress(OSError):
                    os.unlink(self._path)


def user_cache() -> Cache:
    """The cache of this user: `GUARDLOOP_CACHE`, else the platform's folder for caches."""
    named = os.environ.get("GUARDLOOP_CACHE")
    return Cache(Path(named) if named else Path(platformdirs.user_cache_dir("guardloop", appauthor=False)))


def _size(connection: sqlite3.Connection) -> int:
    """Bytes of the pages in use; those of dropped entries are used again before the file grows."""
    names = ("page_size", "page_count", "freelist_count")
    size, pages, free = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return size * (pages - free)


def _entry(key: str, payload: bytes) -> bytes:
    return _MARK + _checksum(key, payload) + payload


def _value(key: str, data: Any) -> Any | None:
    """The value of an entry, or None for one that is not whole, not ours, or of another key."""
    if not isinstance(data, bytes) or not data.startswith(_MARK):
        return None
    start = len(_MARK) + _DIGEST
    payload = data[start:]
    if data[len(_MARK) : start] != _checksum(key, payload):
        return None
    try:
        return marshal.loads(payload)
    except (EOFError, ValueError, TypeError, MemoryError):
        return None


def _checksum(key: str, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_DIGEST, key=key.encode()).digest()
