"""What a change may add to a rule's cost before it is too much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """A fixed allowance in removable AST nodes, and one for each added line of code."""

    base: int
    per_line: float = 0.0

    def allowance(self, added_lines: int) -> int:
        """What a change of this many added lines may add; fractions of a node are not granted."""
        return self.base + int(self.per_line * max(added_lines, 0))


DUPLICATION = Budget(20, 0.1)
OTHER = Budget(8, 0.02)
"""Of 1,380 ordinary commits of 23 maintained projects from before 2023, 99 % stay within all budgets, and 95 % of the
301 that add 20 lines of code or more; of 1,490 recent ones of 17 projects 98 %, and 93 % of 339. By their findings, the
others mostly add copies and checks. A planted pattern of four places costs 12 to 16."""


def budgets(rules: Iterable[str], gated: Iterable[str], configured: Mapping[str, Budget]) -> dict[str, Budget]:
    """The budget of every rule of `rules` that can fail a check: all gated ones, and those that are configured."""
    held = {*gated, *configured}
    return {rule: configured.get(rule) or _default(rule) for rule in rules if rule in held}


def _default(rule: str) -> Budget:
    return DUPLICATION if rule == "duplication" else OTHER
