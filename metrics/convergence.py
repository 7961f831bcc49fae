"""Places that several rules name: one thing to mend, not several.

A finding joins one of another rule that matters more, if most of its sites, and two at least, lie where that one's do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from metrics.scorer import Finding, Site

_LEAST = 2


def converging(findings: Sequence[Finding]) -> list[tuple[Finding, ...]]:
    """The findings, given in the order in which they matter, in groups; the first of each is the one to mend.

    Groups of several come before single ones, and both in the order given.
    """
    places = _Places(findings)
    groups: dict[int, list[Finding]] = {}
    for number, finding in enumerate(findings):
        before = (n for n in places.around(finding) if n < number and n in groups)
        lead = next((n for n in before if _joins(finding, findings[n])), number)
        groups.setdefault(lead, []).append(finding)
    return sorted(map(tuple, groups.values()), key=lambda group: len(group) == 1)


def _joins(finding: Finding, lead: Finding) -> bool:
    if finding.rule == lead.rule:
        return False
    inside = sum(any(_overlap(site, other) for other in lead.sites) for site in finding.sites)
    return inside >= max(_LEAST, (len(finding.sites) + 1) // 2)


def _overlap(site: Site, other: Site) -> bool:
    return site.path == other.path and site.line <= other.end_line and other.line <= site.end_line


class _Places:
    """Which findings have a site near a place, by number."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        by_path: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for number, finding in enumerate(findings):
            for site in finding.sites:
                by_path[site.path].append((site.line, site.end_line, number))
        self._sites = {path: sorted(sites) for path, sites in by_path.items()}
        self._starts = {path: [line for line, _, _ in sites] for path, sites in self._sites.items()}
        self._furthest = {
            path: list(accumulate((end for _, end, _ in sites), max)) for path, sites in self._sites.items()
        }

    def around(self, finding: Finding) -> list[int]:
        """The numbers of findings that share lines with this one, in order."""
        return sorted({number for site in finding.sites for number in self._at(site)})

    def _at(self, site: Site) -> Iterator[int]:
        sites, furthest = self._sites[site.path], self._furthest[site.path]
        n = bisect_right(self._starts[site.path], site.end_line) - 1
        # Sites before this one end before it begins once even the furthest of them does.
        while n >= 0 and furthest[n] >= site.line:
            _, end_line, number = sites[n]
            if end_line >= site.line:
                yield number
            n -= 1
