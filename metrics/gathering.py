"""The facts of a tree's files: from memory, from the cache, or from their texts, each reading by itself.

What one reading cannot make of a text keeps no other rule from judging it.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from metrics.cache import Cache, digest
from metrics.facts import Facts, Module, Reading, Readings, UnparsableError, gather, parse
from metrics.scorer import Scorer, ScorerError
from metrics.source import SourceTree, Unparsed

_REMEMBERED = 100_000
Key = tuple[str, str]
"""A path and the name of a reading."""


class Memory:
    """The most recently used values by key, at most `limit` of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any | None:
        """The value under the key, or None."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: str, value: Any) -> None:
        """Remember a value, and forget the one used longest ago if there are too many."""
        self._values[key] = value
        if len(self._values) > self._limit:
            self._values.popitem(last=False)


_readings = Memory(_REMEMBERED)


def gathered(
    tree: SourceTree, scorers: Iterable[Scorer], cache: Cache | None, paths: Collection[str] | None = None
) -> tuple[dict[str, Facts], tuple[Unparsed, ...]]:
    """What these scorers need of the files at `paths` (by default, of all), and which of them cannot be read."""
    readers = {scorer.reading: scorer for scorer in scorers}
    chosen = tree.prints.keys() if paths is None else paths
    found = _read(tree, readers, cache, chosen)
    files: dict[str, Facts] = {}
    unparsed: list[Unparsed] = []
    for path in chosen:
        read = {name: found[path, name] for name in readers}
        problems = [one for one in read.values() if one.problem]
        if problems:
            unparsed.append(Unparsed(path, problems[0].lines, problems[0].problem))
        if len(problems) < len(read) or not read:
            lines = max((one.lines for one in read.values() if not one.problem), default=0)
            files[path] = Facts(lines, Readings({name: one for name, one in read.items() if not one.problem}))
    return files, tuple(sorted(unparsed))


class Gathered(Mapping[str, Facts]):
    """What these scorers need of a tree's files, gathered when asked for; of all of them, when they are listed."""

    def __init__(self, tree: SourceTree, scorers: Iterable[Scorer], cache: Cache | None) -> None:
        self._tree = tree
        self._scorers = [*scorers]
        self._cache = cache
        self._files: dict[str, Facts | None] = {}

    def fetch(self, paths: Collection[str]) -> list[str]:
        """Gather the facts of these files; the answer is which of them can be read."""
        missing = [path for path in paths if path not in self._files and path in self._tree.prints]
        found = gathered(self._tree, self._scorers, self._cache, missing)[0] if missing else {}
        self._files |= {path: found.get(path) for path in missing}
        return [path for path in paths if self._files.get(path)]

    def __getitem__(self, path: str) -> Facts:
        if self.fetch([path]) and (facts := self._files[path]):
            return facts
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self.fetch([*self._tree.prints]))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _read(
    tree: SourceTree, readers: Mapping[str, Scorer], cache: Cache | None, paths: Collection[str]
) -> dict[Key, Reading]:
    ends = {name: digest(program(), name, str(reader.version))[:16] for name, reader in readers.items()}
    prints = tree.prints
    keys = {(path, name): prints[path] + end for path in paths for name, end in ends.items()}
    known = {key: found for key in keys.values() if (found := _readings.get(key)) is not None}
    if cache is not None:
        stored = cache.load_all(sorted({*keys.values()}.difference(known)))
        known |= {key: Reading.unpacked(plain) for key, plain in stored.items()}
    missing: dict[str, list[str]] = {}
    for (path, name), key in keys.items():
        if key not in known:
            missing.setdefault(path, []).append(name)
    made = _made(tree, {path: {name: readers[name] for name in names} for path, names in missing.items()})
    known |= {keys[key]: reading for key, reading in made.items()}
    if cache is not None and made:
        with plain_only():
            cache.store_all({keys[key]: reading.plain() for key, reading in made.items()})
    for key, reading in known.items():
        _readings.put(key, reading)
    return {place: known[key] for place, key in keys.items()}


def _made(tree: SourceTree, wanted: Mapping[str, Mapping[str, Scorer]]) -> dict[Key, Reading]:
    """What these readers make of the texts at these paths; equal texts are read once."""
    texts = tree.read(wanted.keys())
    first: dict[str, str] = {}
    made: dict[Key, Reading] = {}
    for path, readers in wanted.items():
        same = first.setdefault(tree.prints[path], path)
        if same != path:
            made |= {(path, name): made[same, name] for name in readers}
            continue
        try:
            module = parse(texts[path])
        except UnparsableError as error:
            made |= {(path, name): Reading(error.line, problem=str(error)) for name in readers}
            continue
        made |= {(path, name): _reading(module, name, reader) for name, reader in readers.items()}
    return made


def _reading(module: Module, name: str, reader: Scorer) -> Reading:
    try:
        facts = gather(module, {name: reader})
    except UnparsableError as error:
        return Reading(error.line, problem=str(error))
    return Reading(facts.lines, facts.readings[name])


@contextmanager
def plain_only() -> Iterator[None]:
    """Say what a value that the cache cannot keep means."""
    try:
        yield
    except ValueError as error:
        raise ScorerError("facts and evidence must be plain values (tuples, lists, dicts, numbers, text)") from error


@lru_cache
def program() -> str:
    """What tells this program's code from another state of it, so that no answer outlives the code that gave it."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sources = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".py")]
    states = [(os.path.relpath(path, folder), os.stat(path)) for path in sorted(sources)]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return digest(version, *(f"{path} {state.st_size} {state.st_mtime_ns}" for path, state in states))
