"""What the slots of a file may have in common with those of others: the names that they are found by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def keys_of(facts: Any) -> Iterator[int]:
    """All names of a file, by what they stand for."""
    yield from ()
