"""The upper part of the report: what each rule costs, how that went, and in which files it sits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from guardloop.report.html.chart import chart, spark
from guardloop.report.html.folders import folders, shares
from guardloop.report.html.listing import Listing
from guardloop.report.html.map import SHADES, drawn
from guardloop.report.html.markup import Attributes, Markup, element, joined
from guardloop.report.html.rules import GATED, selector
from guardloop.scored import Scored
from guardloop.trend import Point
from metrics.scorer import Finding
from metrics.scorers import SCORERS

_TILES: Final = 160
_FILES: Final = 60


class Overview:
    """One view for everything that can fail a check, and one for each rule."""

    def __init__(self, scored: Scored, listing: Listing, trend: Sequence[Point]) -> None:
        self._scored = scored
        self._listing = listing
        self._trend = trend

    def rules(self) -> Markup:
        """The choice of a view, with what each of them costs."""
        highest = max((self._cost(view) for view in self._views), default=0)
        heading = element("legend", None, element("h2", None, "Cost by rule"))
        return element("fieldset", {"class": "rules"}, heading, *(self._row(view, highest) for view in self._views))

    def charts(self) -> Markup:
        """How the costs went, where it was asked for. A past finding is known by its rule only."""
        if not self._trend:
            return Markup()
        parts = [element("div", _view(rule), chart(rule, self._trend, self._values(rule))) for rule in self._charted]
        return element("section", None, element("h2", None, f"Over {len(self._trend)} revisions"), *parts)

    def maps(self) -> Markup:
        """The treemap of each view, and the same as a table."""
        parts = [element("div", _view(view), self._map(view), self._files(view)) for view in self._views]
        return element("section", None, element("h2", None, "Where it sits"), *parts)

    @cached_property
    def _views(self) -> list[str]:
        return [GATED, *self._scored.costs]

    @cached_property
    def _lines(self) -> dict[str, int]:
        return {path: text.count("\n") + 1 for path, text in self._scored.found.tree.texts.items()}

    @cached_property
    def _charted(self) -> list[str]:
        return [rule for rule in self._views if rule == GATED or all(rule in point.costs for point in self._trend)]

    def _values(self, view: str) -> list[int]:
        return [point.gated if view == GATED else point.costs[view] for point in self._trend]

    def _findings(self, view: str) -> list[Finding]:
        return [one for one in self._scored.findings if (one.gated if view == GATED else one.rule == view)]

    def _cost(self, view: str) -> int:
        return sum(finding.cost for finding in self._findings(view))

    def _row(self, view: str, highest: int) -> Markup:
        findings, cost = self._findings(view), self._cost(view)
        gated = sum(finding.cost for finding in findings if finding.gated)
        choice: Attributes = {
            "type": "radio",
            "name": "rule",
            "id": selector(view),
            "value": view,
            "data-count": len(findings),
            "checked": view == GATED,
        }
        informs = view != GATED and not SCORERS[view].gated
        label = "all that can fail a check" if view == GATED else view
        kind = element("span", {"class": "kind"}, " for information") if informs else Markup()
        return element(
            "label",
            {"class": "row trended" if self._trend else "row", "for": selector(view)},
            element("input", {**choice, "checked": view == GATED}),
            element("span", None, label, kind),
            element("span", {"class": "cost"}, f"{cost:,}"),
            element("span", {"class": "count"}, f"{len(findings):,} finding{'' if len(findings) == 1 else 's'}"),
            _bar(gated, cost, highest),
            spark(self._values(view)) if view in self._charted and self._trend else Markup(),
        )

    def _map(self, view: str) -> Markup:
        costs = shares(self._findings(view))
        if not costs:
            return element("p", {"class": "quiet"}, "Nothing costs anything.")
        root = folders(costs, self._lines, _TILES)
        targets = self._listing.targets
        label = f"Cost of {len(costs)} files; the table below says the same"
        return joined((drawn(root, label, lambda path: targets.get((view, path))), _legend()))

    def _files(self, view: str) -> Markup:
        costs = shares(self._findings(view))
        if not costs:
            return Markup()
        head = element("tr", None, *(element("th", {"scope": "col"}, name) for name in _COLUMNS))
        rows = [self._file(view, path, cost) for path, cost in list(costs.items())[:_FILES]]
        table = element("table", None, element("thead", None, head), element("tbody", None, *rows))
        summary = (
            f"Files as a table, the first {_FILES} of {len(costs):,}" if len(costs) > _FILES else "Files as a table"
        )
        content = element("div", {"class": "scroll"}, table)
        return element("details", {"class": "files"}, element("summary", None, summary), content)

    def _file(self, view: str, path: str, cost: float) -> Markup:
        goal, lines = self._listing.targets.get((view, path)), self._lines.get(path, 0)
        name = element("a", {"href": goal, "data-path": path}, path) if goal else path
        figures = (f"{round(cost):,}", f"{lines:,}", f"{100 * cost / max(lines, 1):.1f}")
        return element("tr", None, element("td", None, name), *(element("td", None, figure) for figure in figures))


_COLUMNS = ("file", "cost", "lines", "for 100 lines")


def _view(view: str) -> dict[str, str]:
    return {"class": "view", "data-view": view}


def _bar(gated: int, cost: int, highest: int) -> Markup:
    """What can fail a check, and after it what is for information."""
    shares = [100.0 * nodes / max(highest, 1) for nodes in (gated, cost)]
    track = element("rect", {"class": "zero", "x": 0, "y": 3.5, "height": 1, "width": 100})
    both = element("rect", {"class": "informs", "x": 0, "y": 0, "height": 8, "width": shares[1]})
    own = element("rect", {"x": 0, "y": 0, "height": 8, "width": shares[0]})
    attributes = {"class": "bar", "viewBox": "0 0 100 8", "preserveAspectRatio": "none", "aria-hidden": "true"}
    return element("svg", attributes, track, both, own)


def _legend() -> Markup:
    names = [*(f"up to {limit}" for limit in SHADES), "more"]
    swatches = [element("span", None, element("i", {"class": f"q{n}"}), name) for n, name in enumerate(names)]
    return element("p", {"class": "legend"}, "Area: cost. Shade: cost for 100 lines of the file:", *swatches)
