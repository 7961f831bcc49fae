"""Immutable snapshots of source text, and places in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, order=True)
class Span:
    """Lines of one file, 1-based and inclusive; `path` is relative to the tree's root and `/`-separated."""

    path: str
    line: int
    end_line: int


_FEW = 8
"""Texts that are read one by one before the rest is."""


def print_of(text: str) -> str:
    """What tells a text from every other."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class StoredTexts(Mapping[str, str]):
    """Texts that lie elsewhere and are known by their prints: read when asked for, all at once when many are.

    `holding` tells of some words, for each the paths whose texts hold it.
    """

    def __init__(
        self,
        prints: Mapping[str, str],
        read: Callable[[Collection[str]], Mapping[str, str]],
        holding: Mapping[str, frozenset[str]],
    ) -> None:
        self.prints = prints
        self.holding = holding
        self._read = read
        self._texts: dict[str, str] = {}
        self._single = 0

    def fetch(self, paths: Collection[str]) -> None:
        """Read these, unless they are read already."""
        missing = sorted(path for path in paths if path not in self._texts)
        if missing:
            self._texts |= self._read(missing)

    def __getitem__(self, path: str) -> str:
        if path not in self._texts:
            if path not in self.prints:
                raise KeyError(path)
            self._single += 1
            self.fetch([path] if self._single <= _FEW else self.prints.keys())
        return self._texts[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.prints)

    def __len__(self) -> int:
        return len(self.prints)

    def __contains__(self, path: object) -> bool:
        return path in self.prints


@dataclass(frozen=True)
class SourceTree:
    """Path → text of every product file. Texts keep their own line endings; a tree never changes."""

    texts: Mapping[str, str]
    root: Path | None = field(default=None, compare=False, repr=False)
    """The folder that it was read from, where tools find their configuration; no part of what the tree is."""

    def __post_init__(self) -> None:
        if not isinstance(self.texts, StoredTexts):
            object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))

    @cached_property
    def prints(self) -> Mapping[str, str]:
        """The print of each text: what the tree is, without the texts."""
        if isinstance(self.texts, StoredTexts):
            return self.texts.prints
        return {path: print_of(text) for path, text in self.texts.items()}

    @cached_property
    def digest(self) -> str:
        """A blake2b digest of all paths and texts."""
        digest = hashlib.blake2b(digest_size=16)
        for path in sorted(self.prints):
            data = path.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data + self.prints[path].encode())
        return digest.hexdigest()

    def read(self, paths: Collection[str]) -> dict[str, str]:
        """These texts."""
        if isinstance(self.texts, StoredTexts):
            self.texts.fetch(paths)
        return {path: self.texts[path] for path in paths}

    def holding(self, word: str) -> list[str]:
        """The paths whose texts hold a word, in order."""
        if isinstance(self.texts, StoredTexts) and word in self.texts.holding:
            return sorted(self.texts.holding[word])
        return sorted(path for path, text in self.texts.items() if word in text)

    def unlike(self, other: SourceTree) -> list[str]:
        """The paths that the trees do not share with their texts, in order."""
        is_stored = isinstance(self.texts, StoredTexts) or isinstance(other.texts, StoredTexts)
        own, others = (self.prints, other.prints) if is_stored else (self.texts, other.texts)
        return sorted(path for path in {*own, *others} if own.get(path) != others.get(path))

    def replacing(self, texts: Mapping[str, str | None]) -> SourceTree:
        """The tree with these texts instead; `None` removes a file."""
        merged = {**self.texts, **texts}
        tree = SourceTree({path: text for path, text in merged.items() if text is not None}, self.root)
        if "prints" in self.__dict__:
            # What did not change keeps its print: many trees are tried that differ in one file.
            come = {path: print_of(text) for path, text in texts.items() if text is not None}
            tree.__dict__["prints"] = {path: come.get(path) or self.prints[path] for path in tree.texts}
        return tree


@dataclass(frozen=True, order=True)
class Unparsed:
    """A file that could not be read as Python: never skipped, so that breaking a file cannot improve a score."""

    path: str
    line: int
    message: str
