"""What files hold, as far as judging a change needs to know it without reading them again.

A blob of git never changes, so that what was learnt of one holds for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from guardloop.checking.revisions import Revisions
from metrics.allowances import MARK
from metrics.cache import Cache, digest
from metrics.encoding import UndecodableError, decode
from metrics.gathering import program
from metrics.generated import is_generated
from metrics.source import print_of

_HEADER_LENGTH = 1000
_FEW = 50
"""Blobs that are read again by each run until there are more: to write down takes longer than to read."""


@dataclass(frozen=True)
class Content:
    """One file's bytes: their digest, and that of the text that they are, or where and why they are none."""

    digest: str
    print: str
    is_generated: bool
    is_marked: bool
    """Whether there may be comments that allow a rule."""
    line: int = 0
    problem: str = ""

    @classmethod
    def of(cls, data: bytes) -> Content:
        """What these bytes are."""
        header = is_generated(data[:_HEADER_LENGTH].decode("latin-1"))
        whole = hashlib.blake2b(data, digest_size=16).hexdigest()
        try:
            text = decode(data)
        except UndecodableError as error:
            return cls(whole, "", header, False, error.line, str(error))
        return cls(whole, print_of(text), header, MARK in text)


class Contents:
    """The contents of blobs and of files on disk; what is known of blobs is kept between runs, by project."""

    def __init__(self, revisions: Revisions, cache: Cache) -> None:
        self._revisions = revisions
        self._cache = cache
        self._key = digest("blobs", program(), str(revisions.root))
        self._blobs: dict[bytes, Content] = {}
        self._on_disk: dict[bytes, bytes] = {}

    def learn(self, blobs: Iterable[bytes]) -> None:
        """Read what is not known of these blobs."""
        wanted = {*blobs}
        kept: dict[bytes, Any] = self._cache.load(self._key) or {}
        self._blobs = {blob: Content(*kept[blob]) for blob in wanted & kept.keys()}
        new = wanted - kept.keys()
        self._blobs |= {blob: Content.of(data) for blob, data in self._revisions.contents(new).items()}
        if len(new) > _FEW:
            plain = {blob: tuple(vars(content).values()) for blob, content in self._blobs.items()}
            self._cache.store(self._key, plain)

    def at(self, path: bytes, blob: bytes | None) -> Content:
        """What a file is: a blob that was learnt, or what lies on disk."""
        if blob is not None:
            return self._blobs[blob]
        # Read once: the file may change under us.
        self._on_disk[path] = self._revisions.on_disk(path)
        return Content.of(self._on_disk[path])

    def texts(self, files: Mapping[bytes, bytes | None], paths: Collection[bytes]) -> dict[bytes, str]:
        """The texts of some files that are texts."""
        found = self._revisions.contents(blob for path in paths if (blob := files[path]) is not None)
        return {path: decode(self._on_disk[path] if (blob := files[path]) is None else found[blob]) for path in paths}
