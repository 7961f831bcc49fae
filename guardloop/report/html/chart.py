"""How costs went over the revisions of a repository, as drawings."""

from __future__ import annotations

from collections.abc import Sequence

from guardloop.report.html.markup import Attributes, Markup, element, joined, number
from guardloop.trend import Point

_SHEETS = (("wide", 1120, 150), ("narrow", 460, 170))
"""For wide and for narrow windows; the style shows one."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 64, 16, 30
_SPARK = (132, 22)


def spark(values: Sequence[int]) -> Markup:
    """A line without axes, from 0 to the highest value; for the eye only, as the chart says the same."""
    width, height = _SPARK
    points = _points(values, 1, 2, width - 2, height - 4)
    drawing = element("polyline", {"points": _path(points)})
    return element("svg", {"class": "spark", "viewBox": f"0 0 {width} {height}", "aria-hidden": "true"}, drawing)


def chart(rule: str, points: Sequence[Point], values: Sequence[int]) -> Markup:
    """A rule's cost at each of the revisions, which are evenly spaced, with the revision named at each point."""
    return joined(_drawing(rule, points, values, *sheet) for sheet in _SHEETS)


def _drawing(rule: str, points: Sequence[Point], values: Sequence[int], name: str, width: int, height: int) -> Markup:
    at = _points(values, _LEFT, _TOP, width - _LEFT - _RIGHT, height - _TOP - _BOTTOM)
    base, end = height - _BOTTOM, width - _RIGHT
    last_x, last_y = at[-1]
    axis: Attributes = {"class": "axis", "x1": _LEFT, "x2": end, "y1": base, "y2": base}
    shapes = [
        element("line", axis),
        element("polyline", {"points": _path(at)}),
        *(_mark(place, point, value) for place, point, value in zip(at, points, values, strict=True)),
        element("text", {"x": last_x + 10, "y": last_y + 4}, f"{values[-1]:,}"),
        element("text", {"x": _LEFT, "y": base + 20}, points[0].date),
        element("text", {"x": end, "y": base + 20, "text-anchor": "end"}, points[-1].date),
    ]
    label = f"{rule}: from {values[0]} to {values[-1]} over {len(points)} revisions"
    box = f"0 0 {width} {height}"
    return element("svg", {"class": f"chart {name}", "viewBox": box, "role": "img", "aria-label": label}, *shapes)


def _points(values: Sequence[int], x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    highest, last = max(max(values), 1), max(len(values) - 1, 1)
    return [(x + width * n / last, y + height * (1 - value / highest)) for n, value in enumerate(values)]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _mark(place: tuple[float, float], point: Point, value: int) -> Markup:
    x, y = place
    title = element("title", None, f"{point.date} {point.revision[:9]}: {value:,}")
    # The point itself is too small to be hit with a pointer.
    hit = element("circle", {"class": "hit", "cx": x, "cy": y, "r": 12})
    return element("g", None, joined((title, hit, element("circle", {"cx": x, "cy": y, "r": 2.5}))))
