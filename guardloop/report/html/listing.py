"""The findings of the report, ranked, each with its sites; how many have how much to show is bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from guardloop.report.html.code import sites
from guardloop.report.html.markup import Attributes, Markup, element
from guardloop.report.html.prose import inline
from guardloop.report.html.view import View
from guardloop.report.remedies import remedies
from guardloop.scored import Scored
from metrics.convergence import converging
from metrics.scorer import Finding

LISTED: Final = 150
"""Findings of one rule in the report."""
SHOWN: Final = 40
"""Findings of one rule with their source beside them; a page that holds all of a large project's opens slowly."""


class Listing:
    """The findings that the report shows, in their order."""

    def __init__(self, scored: Scored) -> None:
        self._scored = scored

    @cached_property
    def findings(self) -> list[tuple[Finding, bool]]:
        """Each listed finding, and whether its source is shown."""
        seen: Counter[str] = Counter()
        listed = []
        for finding in self._scored.findings:
            # Those that cannot fail a check must not take the room of those that can.
            kind = f"{finding.rule} {finding.gated}"
            seen[kind] += 1
            if seen[kind] <= LISTED:
                listed.append((finding, seen[kind] <= SHOWN))
        return listed

    @cached_property
    def _converging(self) -> dict[str, list[Finding]]:
        """By id: the findings of other rules on the same place."""
        groups = converging([finding for finding, _ in self.findings])
        return {one.id: [other for other in group if other is not one] for group in groups for one in group}

    def targets(self, view: View) -> dict[str, str]:
        """For each file: the link to the first finding of the view that is in it."""
        found: dict[str, str] = {}
        for finding in view.of(finding for finding, _ in self.findings):
            for site in finding.sites:
                found.setdefault(site.path, f"#{finding.id}")
        return found

    def section(self) -> Markup:
        """The list, with its search and a word on what is left out."""
        first = next((finding for finding, _ in self.findings if finding.gated), None)
        return element(
            "section",
            {"id": "findings", "tabindex": "-1"},
            element("h2", None, "Sources, most costly first"),
            self._tools(),
            *(self._article(finding, shown, finding is first) for finding, shown in self.findings),
            *self._remark(),
        )

    def _tools(self) -> Markup:
        hint = {"id": "search", "type": "search", "placeholder": "Search messages, paths and code"}
        field = element("input", {**hint, "aria-label": "Search messages, paths and code", "autocomplete": "off"})
        count = element("output", {"id": "count", "class": "quiet", "for": "search"})
        return element("div", {"id": "tools", "class": "tools", "role": "search", "hidden": True}, field, count)

    def _article(self, finding: Finding, shown: bool, opened: bool) -> Markup:
        rule: Attributes = {"data-rule": finding.rule, "data-gated": finding.gated}
        body = element(
            "div",
            {"class": "body"},
            *(element("p", {"class": "remedy quiet"}, f"Remedy: {advice}.") for advice in remedies(finding)),
            *(_also(other) for other in self._converging[finding.id]),
            sites(finding, self._scored.found.tree.texts, with_source=shown),
        )
        summary = element("summary", None, *_summary(finding))
        return element(
            "article",
            {"class": "finding", "id": finding.id, **rule},
            element("details", {"open": opened}, summary, body),
        )

    def _remark(self) -> Iterator[Markup]:
        left_out = len(self._scored.findings) - len(self.findings)
        if not self._scored.findings:
            yield element("p", None, "Nothing was found.")
        if left_out:
            kinds = f"Of each rule, the {LISTED} most costly findings are listed, {SHOWN} of them with their source"
            yield element("p", {"class": "quiet"}, f"{kinds}; {left_out:,} cost less.")


def _also(other: Finding) -> Markup:
    link = element("a", {"href": f"#{other.id}"}, f"{other.rule}, {other.cost:,}")
    return element("p", {"class": "remedy quiet"}, "The same place: ", link, ": ", inline(other.message))


def _summary(finding: Finding) -> Iterator[Markup]:
    yield element("span", {"class": "cost"}, f"{finding.cost:,}")
    remark = [] if finding.gated else [element("span", {"class": "quiet"}, " (for information)")]
    yield element(
        "span", {"class": "what"}, element("span", {"class": "rule"}, finding.rule), inline(finding.message), *remark
    )
    if finding.sites:
        first, others = finding.sites[0], len({site.path for site in finding.sites}) - 1
        more = f" and {others} more" if others else ""
        yield element("span", {"class": "where"}, element("bdi", None, f"{first.path}:{first.line}{more}"))
