"""A change as it was judged: what it adds to each rule's cost, against what it may add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from metrics.scorer import Finding, Site
from metrics.source import Unparsed


class Verdict(StrEnum):
    """What a check answers. `UNKNOWN` is never a pass: a file that the change broke could not be measured."""

    WITHIN = "within"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Charged:
    """A finding of the tree after the change, and the share of its cost that the change answers for."""

    finding: Finding
    charge: int
    new_sites: tuple[int, ...] = ()
    """Positions in `finding.sites` of the sites that the change added."""

    @property
    def place(self) -> Site | None:
        """Where to show it: at the first added site, else at the first one."""
        sites = self.finding.sites
        return sites[min(self.new_sites, default=0)] if sites else None


@dataclass(frozen=True)
class Checked:
    """The judgement of a change."""

    verdict: Verdict
    against: str
    """The revision or file that the tree was compared with."""
    added_lines: int
    charges: Mapping[str, int]
    budgets: Mapping[str, int]
    findings: Sequence[Charged]
    """Those that charge something: highest charge first, then by id."""
    unparsed: Sequence[Unparsed] = ()
    notes: Sequence[str] = ()
    """What else the reader must know: allowances that the change adds, stale ones, stale entries of a baseline."""

    risen: Mapping[str, int] = field(default_factory=dict)
    """By how much the cost of a rule in the whole tree is over its recorded total, where a ratchet holds it."""

    @property
    def excess(self) -> dict[str, int]:
        """By how much each rule over its budget is over it."""
        over = {rule: charge - self.budgets[rule] for rule, charge in self.charges.items() if rule in self.budgets}
        return {rule: nodes for rule, nodes in over.items() if nodes > 0}

    @property
    def failing(self) -> frozenset[str]:
        """The rules that fail the check: over the change's budget, or over the recorded total."""
        return frozenset((*self.excess, *self.risen))
