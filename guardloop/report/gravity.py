"""How grave a charged finding is, for formats that mark it."""

from __future__ import annotations

from enum import Enum

from guardloop.checked import Charged, Checked


class Gravity(Enum):
    """From what fails the check to what never does."""

    FAILS = "its rule is over budget"
    COUNTS = "its rule is within budget"
    INFORMS = "its rule has no budget"


def gravity(one: Charged, checked: Checked) -> Gravity:
    """What a finding means for the verdict."""
    if one.finding.rule in checked.failing:
        return Gravity.FAILS
    return Gravity.COUNTS if one.finding.rule in checked.budgets else Gravity.INFORMS
