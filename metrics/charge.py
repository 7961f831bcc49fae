"""What a change adds to the costs: each finding is charged for the share of its places that are new.

Of a finding that a comment accepts, the places that a change adds are charged unless they have a comment of their own.
The plain difference of two totals would bill a change for making two copies more alike, and for code that it did not
touch; the charge at the margin bills the places that the change itself adds. A copy is charged at most what one
function in its place would save: the budgets were measured with that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

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
    charges: dict[str, int] = {}
    credits: dict[str, int] = {}
    found: list[Charge] = []
    for rule in rules:
        was, now = _Side(before, rule, change.removed), _Side(after, rule, change.added)
        charged, credited = now.charges_beyond(was), was.charges_beyond(now)
        credits[rule] = sum(one.charge for one in credited)
        charges[rule] = sum(one.charge for one in charged) - credits[rule]
        found += charged
    return Charged(charges, _worst_first(found), credits)


def joined(parts: Iterable[Charged]) -> Charged:
    """What a change costs by rules that were charged apart."""
    every = [*parts]
    return Charged(
        {rule: cost for part in every for rule, cost in part.charges.items()},
        _worst_first(one for part in every for one in part.findings),
        {rule: credit for part in every for rule, credit in part.credits.items()},
    )


def is_free(after: Measurement, change: Difference, rules: Collection[str]) -> bool:
    """Whether a change is charged nothing whatever was before: it removes nothing, and nothing that it adds costs."""
    return not change.removes and not any(_Side(after, rule, change.added).charges for rule in rules)


def free(rules: Collection[str]) -> Charged:
    """What `charge` answers for a change that is free."""
    return Charged(dict.fromkeys(rules, 0), (), dict.fromkeys(rules, 0))


def is_charged(finding: Finding) -> bool:
    """Whether a finding counts when a change adds it; all those of a rule for information do, once it has a budget."""
    return finding.gated or bool(finding.evidence.get(CHARGED_WHEN_ADDED)) or not SCORERS[finding.rule].gated


def worth(finding: Finding) -> int:
    """The most that a change is charged for a finding: its cost, or what its remedy would save where that is less.

    Nobody can be asked for more nodes than can be removed: of two copies that differ much, most stay as arguments.
    """
    saving = finding.evidence.get("saving")
    return min(finding.cost, saving) if isinstance(saving, int) else finding.cost


def share(cost: int, new_sites: int, sites: int) -> int:
    """The charge for some of a finding's sites: the first one is free; rounded half up."""
    paid = max(1, sites - 1)
    return cost if new_sites >= paid else (2 * cost * new_sites + paid) // (2 * paid)


def _worst_first(charged: Iterable[Charge]) -> tuple[Charge, ...]:
    return tuple(sorted(charged, key=lambda one: (-one.charge, one.finding.id)))


class _Side:
    """A rule's findings on one side of a change, those that comments accept included, and which sites only it has."""

    def __init__(self, measured: Measurement, rule: str, own: Mapping[str, Lines]) -> None:
        self._suppression = measured.suppression
        self._own = own
        self.findings = [
            *measured.scores[rule].findings,
            *(finding for finding in measured.suppression.findings if finding.rule == rule),
        ]

    def charges_beyond(self, other: _Side) -> list[Charge]:
        """What the sites cost that only this side has, less what the same functions share on the other side.

        An edit of both copies of something small may make it a finding of another kind: only the difference is new.
        """
        if not self.charges:
            return []
        known = _Known(other, {finding.id: worth(finding) for finding in self.findings})
        reduced = (replace(one, charge=one.charge - known.taken(one)) for one in self.charges)
        return [one for one in reduced if one.charge]

    def unpaid_sites(self, finding: Finding) -> list[Site]:
        """The sites that are charged to nobody: those that are on both sides, and those of findings that never are."""
        return [site for site in finding.sites if not (is_charged(finding) and self._is_own(site))]

    @cached_property
    def charges(self) -> list[Charge]:
        """What the sites cost that only this side has, worst first."""
        return [*_worst_first(self._charges())]

    def _charges(self) -> Iterator[Charge]:
        for finding in filter(is_charged, self.findings):
            new = tuple(n for n, site in enumerate(finding.sites) if self._is_charged(site, finding.rule))
            amount = share(worth(finding), len(new), len(finding.sites))
            if new and amount:
                yield Charge(finding, amount, new)

    def _is_charged(self, site: Site, rule: str) -> bool:
        return self._is_own(site) and not self._suppression.allows(rule, site)

    def _is_own(self, site: Site) -> bool:
        lines = self._own.get(site.path)
        return lines is not None and lines.hold_most_of(site.line, site.end_line)


class _Known:
    """What the other side of a change costs, by function, where it is gone on this one; taken once.

    A finding that is on both sides has its own charge and credit, and is no other's.
    """

    def __init__(self, other: _Side, costs: Mapping[str, int]) -> None:
        """`costs` are what this side's findings are worth by id."""
        self._other = other
        self._left = {finding.id: max(0, worth(finding) - costs.get(finding.id, 0)) for finding in other.findings}
        self._by_symbol: dict[str, list[Finding]] = defaultdict(list)
        for finding in other.findings:
            for symbol in {site.symbol for site in finding.sites} if self._left[finding.id] else ():
                self._by_symbol[symbol].append(finding)

    def taken(self, charged: Charge) -> int:
        """How much of a charge was there before, at functions where the charged finding has new sites."""
        sites = charged.finding.sites
        symbols, new = {site.symbol for site in sites}, {sites[n].symbol for n in charged.new_sites}
        near = {finding.id: finding for symbol in sorted(new) for finding in self._by_symbol[symbol]}
        taken = 0
        for id in sorted(near.keys() - {charged.finding.id}):
            own = {site.symbol for site in near[id].sites}
            if own == symbols or len(own & symbols) > 1:
                count = sum(site.symbol in new for site in self._other.unpaid_sites(near[id]))
                part = min(charged.charge - taken, self._left[id], share(worth(near[id]), count, len(near[id].sites)))
                self._left[id] -= part
                taken += part
        return taken
