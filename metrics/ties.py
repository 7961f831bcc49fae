"""What ties files to others: by key, the files of a tree that hold it, so that nobody has to read the rest.

Keys stand for what two files may have in common: a shape, a condition, a name. Two of them may be one number; that
makes an answer larger, never smaller.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from metrics import slots
from metrics.cache import Cache, digest
from metrics.gathering import gathered, program
from metrics.scorers import SCORERS
from metrics.scorers.duplication.file import keys_of as duplicated
from metrics.scorers.reification_miss.reach import keys_of as tested
from metrics.source import SourceTree

_BITS = 32
_MASK = (1 << _BITS) - 1
_MOST_CHANGED = 40
"""Files that may differ from a table until there is a new one."""


KEYS: Mapping[str, Callable[[Any], Iterable[int]]] = {
    "duplication": duplicated,
    "reification-miss": tested,
    slots.READING: slots.keys_of,
}
"""The keys that a file holds, by reading."""


class Table:
    """Keys and the numbers of the files that hold them, sorted, in one array."""

    def __init__(self, paths: Iterable[str], packed: bytes) -> None:
        self._paths = [*paths]
        self._held = array("Q")
        self._held.frombytes(packed)

    def plain(self) -> tuple[list[str], bytes]:
        """What the cache keeps."""
        return self._paths, self._held.tobytes()

    def files(self, keys: Iterable[int]) -> set[str]:
        """The files that hold one of these keys."""
        held, last = self._held, len(self._held)
        found: set[int] = set()
        for key in {key & _MASK for key in keys}:
            at = bisect_left(held, key << _BITS)
            while at < last and held[at] >> _BITS == key:
                found.add(held[at] & _MASK)
                at += 1
        return {self._paths[number] for number in found}

    @classmethod
    def of(cls, files: Mapping[str, Collection[int]]) -> Table:
        """The table of the keys of these files."""
        paths = sorted(files)
        held = sorted((key & _MASK) << _BITS | number for number, path in enumerate(paths) for key in files[path])
        return cls(paths, array("Q", held).tobytes())


class Ties:
    """The ties of a tree: those of a table of it, or of one like it, some files put in place of others."""

    def __init__(self, tree: SourceTree, cache: Cache | None, like: Ties | None = None) -> None:
        """If a tree is `like` another, its files that are not the other's are all that is read."""
        self._tree = tree
        self._cache = cache
        self._like = like
        self._tables: dict[str, tuple[Table, Mapping[str, Collection[int]]]] = {}

    def files(self, reading: str, keys: Collection[int]) -> list[str]:
        """The files that hold one of these keys, in order."""
        table, other = self._table(reading)
        folded = {key & _MASK for key in keys}
        own = {path for path, held in other.items() if not folded.isdisjoint(held)}
        return sorted({path for path in table.files(folded) if path not in other} | own)

    def keep(self) -> None:
        """Let the next run find what this tree is like."""
        if self._cache is not None and self._like is not None:
            base, changed = self._like._base
            changed = sorted({*changed, *self._tree.unlike(self._like._tree)})
            if len(changed) <= _MOST_CHANGED:
                self._cache.store(_place("like", self._tree.digest), (base, changed))

    @cached_property
    def _base(self) -> tuple[str, list[str]]:
        """The digest of the tree that there may be tables of, and the paths that differ from it."""
        known = self._cache.load(_place("like", self._tree.digest)) if self._cache is not None else None
        return known if known is not None else (self._tree.digest, [])

    def _table(self, reading: str) -> tuple[Table, Mapping[str, Collection[int]]]:
        if reading not in self._tables:
            self._tables[reading] = self._found(reading)
        return self._tables[reading]

    def _found(self, reading: str) -> tuple[Table, Mapping[str, Collection[int]]]:
        """The table for a reading, and the keys of the files that are put in place of what it has of them."""
        if self._like is not None:
            table, other = self._like._table(reading)
            return table, {**other, **self._keys(reading, self._tree.unlike(self._like._tree))}
        for base, changed in ((self._tree.digest, []), self._base):
            plain = self._cache.load(_place(reading, base)) if self._cache is not None else None
            if plain is not None:
                return Table(*plain), self._keys(reading, changed)
        table = Table.of(self._keys(reading, self._tree.prints))
        if self._cache is not None:
            self._cache.store(_place(reading, self._tree.digest), table.plain())
        return table, {}

    def _keys(self, reading: str, paths: Collection[str]) -> dict[str, Collection[int]]:
        scorer = next(scorer for scorer in SCORERS.values() if scorer.reading == reading)
        files, _ = gathered(self._tree, [scorer], self._cache, self._tree.prints.keys() & paths)
        kept = {path: facts.readings[reading] for path, facts in files.items() if reading in facts.readings}
        return {path: {key & _MASK for key in KEYS[reading](kept[path])} if path in kept else () for path in paths}


def _place(what: str, tree: str) -> str:
    versions = {scorer.reading: scorer.version for scorer in SCORERS.values()}
    return digest("ties", program(), what, str(versions.get(what, "")), tree)
