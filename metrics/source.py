"""Immutable snapshots of source text, and places in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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


@dataclass(frozen=True)
class SourceTree:
    """Path → text of every product file. Texts keep their own line endings; a tree never changes."""

    texts: Mapping[str, str]
    root: Path | None = field(default=None, compare=False, repr=False)
    """The folder that it was read from, where tools find their configuration; no part of what the tree is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", MappingProxyType(dict(self.texts)))

    @cached_property
    def digest(self) -> str:
        """A blake2b digest of all paths and texts."""
        digest = hashlib.blake2b(digest_size=16)
        for path in sorted(self.texts):
            for part in (path, self.texts[path]):
                data = part.encode("utf-8", "surrogatepass")
                digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def replacing(self, texts: Mapping[str, str | None]) -> SourceTree:
        """The tree with these texts instead; `None` removes a file."""
        merged = {**self.texts, **texts}
        return SourceTree({path: text for path, text in merged.items() if text is not None}, self.root)


@dataclass(frozen=True, order=True)
class Unparsed:
    """A file that could not be read as Python: never skipped, so that breaking a file cannot improve a score."""

    path: str
    line: int
    message: str
