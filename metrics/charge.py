"""What a change adds to the costs: each finding is charged for the share of its places that are new.

Of a finding that a comment accepts, the places that a change adds are charged unless they have a comment of their own.
The plain difference of two totals would bill a change for making two copies more alike, and for code that it did not
touch; the charge at the margin bills the places that the change itself adds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from metrics.difference import Difference, Lines
from metrics.measure import Measurement
from metrics.scorer import CHARGED_WHEN_ADDED, Finding, Site
from metrics.scorers import SCORERS


@dataclass(frozen=True)
class Charge:
    """One finding's part; `new_sites` are positions in its sites."""

    finding: Finding
    charge: int
    new_sites: tuple[int, ...]


@dataclass(frozen=True)
class Charged:
    """What a change costs: by rule, credit for what it removes subtracted; and by finding, without credit.

    A rule's charge is below 0 where the change removes more than it adds.
    """

    charges: Mapping[str, int]
    findings: tuple[Charge, ...]
    credits: Mapping[str, int]


def charge(before: Measurement, after: Measurement, change: Difference, rules: Collection[str]) -> Charged:
    """Charge a change for each of these rules; credit never pays for another rule."""
    charged = [one for rule in rules for one in _charges(after, rule, change.added)]
    credited = [one for rule in rules for one in _charges(before, rule, change.removed)]
    credits = {rule: _sum(credited, rule) for rule in rules}
    charges = {rule: _sum(charged, rule) - credits[rule] for rule in rules}
    worst = sorted(charged, key=lambda one: (-one.charge, one.finding.id))
    return Charged(charges, tuple(worst), credits)


def is_charged(finding: Finding) -> bool:
    """Whether a finding counts when a change adds it; all those of a rule for information do, once it has a budget."""
    return finding.gated or bool(finding.evidence.get(CHARGED_WHEN_ADDED)) or not SCORERS[finding.rule].gated


def share(cost: int, new_sites: int, sites: int) -> int:
    """The charge for some of a finding's sites: the first one is free; rounded half up."""
    paid = max(1, sites - 1)
    return cost if new_sites >= paid else (2 * cost * new_sites + paid) // (2 * paid)


def _charges(measured: Measurement, rule: str, own: Mapping[str, Lines]) -> Iterator[Charge]:
    accepted = (finding for finding in measured.suppression.findings if finding.rule == rule)
    for finding in chain(measured.scores[rule].findings, accepted):
        if is_charged(finding):
            new = tuple(n for n, site in enumerate(finding.sites) if _is_own(site, rule, measured, own))
            amount = share(finding.cost, len(new), len(finding.sites))
            if new and amount:
                yield Charge(finding, amount, new)


def _is_own(site: Site, rule: str, measured: Measurement, own: Mapping[str, Lines]) -> bool:
    lines = own.get(site.path)
    if lines is None or not lines.hold_most_of(site.line, site.end_line):
        return False
    return not measured.suppression.allows(rule, site)


def _sum(charges: list[Charge], rule: str) -> int:
    return sum(one.charge for one in charges if one.finding.rule == rule)
