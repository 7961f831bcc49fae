"""The rules, by name; one literal, so that the same rules run on every machine."""

from __future__ import annotations

from collections.abc import Mapping

from metrics.scorer import Scorer
from metrics.scorers.complexity import Complexity

SCORERS: Mapping[str, Scorer] = {
    "complexity": Complexity(),
}

TOOL_RULES = frozenset({"lint", "types"})
"""Rules that run another program: measured only where asked for."""
