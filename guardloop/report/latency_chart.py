"""The latency shape as a drawing: for each number of candidates, seconds against the length of the hole.

SVG is written here and needs nothing. PNG is drawn by matplotlib, which the extra `plot` installs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from guardloop.errors import TargetError
from guardloop.report.html.markup import Attributes, Markup, element, joined

_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's, which people with colour-blindness can tell apart; the autoregressive line is black."""
_BLACK = "#000000"
_WIDTH, _HEIGHT = 360, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 40, 44
_FONT = "font-family:system-ui,sans-serif;font-size:12px"
_AUTOREGRESSIVE = ", autoregressive"


@dataclass(frozen=True)
class Line:
    """One way to decode: seconds at each length, in order of length."""

    label: str
    colour: str
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Panel:
    """All ways at one number of candidates."""

    title: str
    lines: tuple[Line, ...]


Draw = Callable[[Sequence[Panel]], None]


def drawer(file: Path) -> Draw:
    """What draws into this file; raises `TargetError` before anything is measured if nothing can."""
    if not file.absolute().parent.is_dir():
        raise TargetError(f"--plot {file}: expected a folder to write to, found none at {file.absolute().parent}")
    if file.suffix == ".svg":
        return lambda panels: _write(file, svg(panels))
    if file.suffix != ".png":
        raise TargetError(f"--plot {file}: expected a name that ends in .svg or .png")
    if find_spec("matplotlib") is None:
        raise TargetError(f"--plot {file}: needs matplotlib: pip install 'guardloop-cli[plot]'; .svg needs nothing")
    return lambda panels: _png(file, panels)


def panels(rows: Iterable[Mapping[str, Any]]) -> list[Panel]:
    """Panels by engine and number of candidates, lines by steps with the autoregressive one last."""
    grouped: dict[tuple[str, int], dict[str, list[tuple[int, float]]]] = {}
    for row in rows:
        name, is_slow = row["engine"].removesuffix(_AUTOREGRESSIVE), row["engine"].endswith(_AUTOREGRESSIVE)
        label = "left to right" if is_slow else f"{row['steps']} steps"
        lines = grouped.setdefault((name, row["candidates"]), {})
        lines.setdefault(label, []).append((row["length"], row["wall_seconds"]))
    found = []
    for (name, candidates), lines in sorted(grouped.items()):
        colours = dict(zip((label for label in lines if label != "left to right"), _COLOURS, strict=False))
        title = f"{name}: {candidates} candidate{'s' if candidates > 1 else ''}"
        drawn = (Line(label, colours.get(label, _BLACK), tuple(sorted(points))) for label, points in lines.items())
        found.append(Panel(title, tuple(drawn)))
    return found


def svg(panels: Sequence[Panel]) -> str:
    """Panels side by side, both axes logarithmic, the same seconds at the same height."""
    if not panels:
        return ""
    scale = _Scale.of(panels)
    width = _WIDTH * len(panels)
    drawn = (
        element("g", {"transform": f"translate({_WIDTH * at},0)"}, *_panel(panel, scale))
        for at, panel in enumerate(panels)
    )
    attributes: Attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {_HEIGHT}",
        "width": width,
        "height": _HEIGHT,
        "style": _FONT,
        "role": "img",
        "aria-label": "Seconds against hole length: " + ", ".join(panel.title for panel in panels),
    }
    paper = element("rect", {"width": width, "height": _HEIGHT, "fill": "#ffffff"})
    return element("svg", attributes, paper, *drawn) + "\n"


@dataclass(frozen=True)
class _Scale:
    """Where lengths and seconds lie in a panel."""

    lengths: tuple[int, ...]
    low: int
    """The power of ten at the bottom."""
    high: int

    @classmethod
    def of(cls, panels: Iterable[Panel]) -> _Scale:
        points = [point for panel in panels for line in panel.lines for point in line.points]
        seconds = [max(second, 1e-6) for _, second in points]
        low = math.floor(math.log10(min(seconds)))
        high = max(low + 1, math.ceil(math.log10(max(seconds))))
        return cls(tuple(sorted({length for length, _ in points})), low, high)

    def x(self, length: int) -> float:
        first, last = (math.log2(self.lengths[at]) for at in (0, -1))
        share = (math.log2(length) - first) / (last - first) if last > first else 0.5
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, seconds: float) -> float:
        share = (math.log10(max(seconds, 1e-6)) - self.low) / (self.high - self.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _panel(panel: Panel, scale: _Scale) -> list[Markup]:
    return [
        element("text", {"x": _LEFT, "y": 18, "style": "font-weight:600"}, panel.title),
        *_grid(scale),
        *(_line(line, scale) for line in panel.lines),
        *(_key(line, at) for at, line in enumerate(panel.lines)),
    ]


def _grid(scale: _Scale) -> list[Markup]:
    found = []
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10.0**power)
        rule: Attributes = {"x1": _LEFT, "x2": _WIDTH - _RIGHT, "y1": y, "y2": y, "stroke": "#d8d8d8"}
        label = element("text", {"x": _LEFT - 6, "y": y + 4, "text-anchor": "end"}, f"{10.0**power:g} s")
        found += [element("line", rule), label]
    for length in scale.lengths:
        place: Attributes = {"x": scale.x(length), "y": _HEIGHT - _BOTTOM + 16, "text-anchor": "middle"}
        found.append(element("text", place, str(length)))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    found.append(element("text", {"x": middle, "y": _HEIGHT - 10, "text-anchor": "middle"}, "tokens of the hole"))
    return found


def _line(line: Line, scale: _Scale) -> Markup:
    at = [(scale.x(length), scale.y(seconds)) for length, seconds in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    drawn = element("polyline", {"points": path, "fill": "none", "stroke": line.colour, "stroke-width": 2})
    marks = (
        element(
            "circle",
            {"cx": x, "cy": y, "r": 3, "fill": line.colour},
            element("title", None, f"{line.label}, {length} tokens: {seconds:g} s"),
        )
        for (x, y), (length, seconds) in zip(at, line.points, strict=True)
    )
    return element("g", None, joined((drawn, *marks)))


def _key(line: Line, at: int) -> Markup:
    y = _TOP + 14 * at
    stroke: Attributes = {"x1": _LEFT + 8, "x2": _LEFT + 26, "y1": y, "y2": y, "stroke": line.colour, "stroke-width": 2}
    label = element("text", {"x": _LEFT + 32, "y": y + 4}, line.label)
    return element("g", None, element("line", stroke), label)


def _write(file: Path, drawn: str) -> None:
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise TargetError(f"--plot {file}: {error.strerror}") from error


def _png(file: Path, panels: Sequence[Panel]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * max(len(panels), 1), 3.6), layout="constrained")
    axes = figure.subplots(1, max(len(panels), 1), sharey=True, squeeze=False)[0]
    for axis, panel in zip(axes, panels, strict=False):
        for line in panel.lines:
            lengths, seconds = zip(*line.points, strict=True)
            axis.plot(lengths, seconds, marker="o", color=line.colour, label=line.label)
        axis.set(title=panel.title, xlabel="tokens of the hole", ylabel="seconds", yscale="log")
        axis.set_xscale("log", base=2)
        axis.set_xticks(lengths, [str(length) for length in lengths])
        axis.grid(True, axis="y", alpha=0.4)
        axis.legend()
    try:
        figure.savefig(file, dpi=150)
    except OSError as error:
        raise TargetError(f"--plot {file}: {error.strerror}") from error
