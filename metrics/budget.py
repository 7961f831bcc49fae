"""What a change may add to a rule's cost before it is too much."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """A fixed allowance in removable AST nodes, and one for each added line of code."""

    base: int
    per_line: float = 0.0

    def allowance(self, added_lines: int) -> int:
        """What a change of this many added lines may add; fractions of a node are not granted."""
        return self.base + int(self.per_line * max(added_lines, 0))
