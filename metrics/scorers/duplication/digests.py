"""Digests of what statements look like, kept because trees of many files repeat the same few shapes."""

from __future__ import annotations

import re
from hashlib import blake2b

_MOST_KNOWN = 200_000
_TEXT_SHAPE = re.compile(r"J\d+")


class _Digests(dict[str, int]):
    """63-bit digests of texts, the same in every process."""

    def __missing__(self, text: str) -> int:
        if len(self) > _MOST_KNOWN:
            self.clear()
        data = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self[text] = known = int.from_bytes(data, "big") >> 1
        return known


DIGESTS = _Digests()
_KNOWN_SHAPES: dict[str, tuple[int, int]] = {}


def shape_digests(strict: str) -> tuple[int, int]:
    """The digests of the strict form, and of that which is blind for what a leaf is."""
    known = _KNOWN_SHAPES.get(strict)
    if known is None:
        if len(_KNOWN_SHAPES) > _MOST_KNOWN:
            _KNOWN_SHAPES.clear()
        # Every C becomes an N, in other tokens too, which stay as distinct as they were.
        known = DIGESTS[_TEXT_SHAPE.sub("C", strict)], DIGESTS[strict.replace("C", "N")]
        _KNOWN_SHAPES[strict] = known
    return known
