"""The upper part of the report: what each rule costs, how that went, and in which files it sits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from guardloop.report.html.chart import chart, spark
from guardloop.report.html.folders import folders, shares
from guardloop.report.html.listing import Listing
from guardloop.report.html.map import SHADES, drawn
from guardloop.report.html.markup import Attributes, Markup, element
from guardloop.report.html.view import View
from guardloop.scored import Scored
from guardloop.trend import Point

_TILES: Final = 160
_FILES: Final = 60
_COLUMNS: Final = ("file", "cost", "lines", "for 100 lines")


class Overview:
    """The same for each view, of which the style shows the chosen one."""

    def __init__(self, scored: Scored, views: Sequence[View], listing: Listing, trend: Sequence[Point]) -> None:
        self._scored = scored
        self._views = views
        self._listing = listing
        self._trend = trend

    def rules(self) -> Markup:
        """The choice of a view, with what each of them costs."""
        heading = element("legend", None, element("h2", None, "Cost by rule"))
        return element("fieldset", {"class": "rules"}, heading, *map(self._row, self._views))

    def charts(self) -> Markup:
        """How the costs went, where it was asked for."""
        if not self._trend:
            return Markup()
        charted = [(view, view.values(self._trend)) for view in self._views]
        parts = [_shown(view, chart(view.label, self._trend, values)) for view, values in charted if values]
        return element("section", None, element("h2", None, f"Over {len(self._trend)} revisions"), *parts)

    def maps(self) -> Markup:
        """The treemap of each view, and the same as a table."""
        return element("section", None, element("h2", None, "Where it sits"), *map(self._place, self._views))

    @cached_property
    def _highest(self) -> int:
        return max(sum(finding.cost for finding in view.of(self._scored.findings)) for view in self._views)

    @cached_property
    def _lines(self) -> dict[str, int]:
        return {path: text.count("\n") + 1 for path, text in self._scored.found.tree.texts.items()}

    def _row(self, view: View) -> Markup:
        findings = view.of(self._scored.findings)
        cost = sum(finding.cost for finding in findings)
        gated = sum(finding.cost for finding in findings if finding.gated)
        choice: Attributes = {"type": "radio", "name": "rule", "id": view.selector, "value": view.name}
        values = view.values(self._trend)
        return element(
            "label",
            {"class": "row trended" if self._trend else "row", "for": view.selector},
            element("input", {**choice, "data-count": len(findings), "checked": view is self._views[0]}),
            element("span", None, f"{view.label} ", element("span", {"class": "kind"}, view.remark)),
            element("span", {"class": "cost"}, f"{cost:,}"),
            element("span", {"class": "count"}, f"{len(findings):,} finding{'' if len(findings) == 1 else 's'}"),
            _bar(gated, cost, self._highest),
            spark(values) if values else Markup(),
        )

    def _place(self, view: View) -> Markup:
        costs = shares(view.of(self._scored.findings))
        if not costs:
            return _shown(view, element("p", {"class": "quiet"}, "Nothing costs anything."))
        targets = self._listing.targets(view)
        label = f"Cost of {len(costs)} files; the table below says the same"
        drawing = drawn(folders(costs, self._lines, _TILES), label, targets.get)
        return _shown(view, drawing, _legend(), self._table(costs, targets))

    def _table(self, costs: Mapping[str, float], targets: Mapping[str, str]) -> Markup:
        head = element("tr", None, *(element("th", {"scope": "col"}, name) for name in _COLUMNS))
        rows = [self._file(path, cost, targets) for path, cost in list(costs.items())[:_FILES]]
        table = element("table", None, element("thead", None, head), element("tbody", None, *rows))
        cut = f", the first {_FILES} of {len(costs):,}" if len(costs) > _FILES else ""
        content = element("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Files"}, table)
        return element("details", {"class": "files"}, element("summary", None, f"Files as a table{cut}"), content)

    def _file(self, path: str, cost: float, targets: Mapping[str, str]) -> Markup:
        lines = self._lines.get(path, 0)
        name = element("a", {"href": targets[path], "data-path": path}, path) if path in targets else path
        figures = (f"{round(cost):,}", f"{lines:,}", f"{100 * cost / max(lines, 1):.1f}")
        return element("tr", None, element("td", None, name), *(element("td", None, figure) for figure in figures))


def _shown(view: View, *content: Markup) -> Markup:
    return element("div", {"class": "view", "data-view": view.name}, *content)


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
