"""How costs went over a repository's history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """What one revision cost."""

    revision: str
    date: str
    """The day of the commit, as YYYY-MM-DD."""
    lines: int
    gated: int
    """The cost of the findings that can fail a check."""
    costs: Mapping[str, int]
