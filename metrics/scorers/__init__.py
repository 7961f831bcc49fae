"""The rules, by name; one literal, so that the same rules run on every machine."""

from __future__ import annotations

from collections.abc import Mapping

from metrics.scorer import Scorer
from metrics.scorers.complexity import Complexity
from metrics.scorers.decision_pressure import DecisionPressure
from metrics.scorers.dispatch import Dispatch
from metrics.scorers.duplication import Duplication
from metrics.scorers.lint import Lint
from metrics.scorers.nil_pressure import NilPressure
from metrics.scorers.reification_miss import ReificationMiss
from metrics.scorers.state import State
from metrics.scorers.state_drift import StateDrift
from metrics.scorers.type_pressure import TypePressure
from metrics.scorers.types import Types
from metrics.scorers.value_pressure import ValuePressure

SCORERS: Mapping[str, Scorer] = {
    "duplication": Duplication(),
    "reification-miss": ReificationMiss(),
    "nil-pressure": NilPressure(),
    "state-drift": StateDrift(),
    "type-pressure": TypePressure(),
    "value-pressure": ValuePressure(),
    "state": State(),
    "complexity": Complexity(),
    "decision-pressure": DecisionPressure(),
    "dispatch": Dispatch(),
    "lint": Lint(),
    "types": Types(),
}

TOOL_RULES = frozenset({"lint", "types"})
"""Rules that run another program: measured only where asked for."""
