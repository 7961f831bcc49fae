"""Which costs the loop holds a change to."""

from __future__ import annotations

from metrics.cache import user_cache
from metrics.measure import Measurement, measure
from metrics.source import SourceTree


def measured(tree: SourceTree) -> Measurement:
    """Every rule that runs no other program; `lint` and `types` are compared by their own gates."""
    return measure(tree, None, user_cache())


def tried(tree: SourceTree) -> Measurement:
    """The same of a candidate's tree, which nobody will ask for in another run: it is kept in memory only."""
    return measure(tree)
