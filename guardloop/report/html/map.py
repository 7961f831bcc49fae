"""The treemap as a drawing: area is cost, shade is cost for the length of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guardloop.report.html.folders import Folder, Leaf
from guardloop.report.html.markup import Markup, element, joined, number
from guardloop.report.html.treemap import Rectangle, Tile, tiles

SHADES: Final = (2, 5, 10, 20)
"""Cost for 100 lines, up to which a tile has each of the lighter shades; the darkest has no end."""

_LABEL_HEIGHT = 17


@dataclass(frozen=True)
class Sheet:
    """The size of a drawing; `letter` is the width of a letter of a label."""

    name: str
    width: int
    height: int
    letter: float

    @property
    def box(self) -> str:
        """The area that is drawn on."""
        return f"0 0 {self.width} {self.height}"


_WIDE = Sheet("wide", 1120, 460, 6.7)
_NARROW = Sheet("narrow", 460, 560, 7.9)

Target = Callable[[str], str | None]
"""The finding that stands for a file, as the target of a link."""


def drawn(root: Folder, label: str, target: Target) -> Markup:
    """The map twice, for wide and for narrow windows, of which the style shows one."""
    return joined(_drawing(root, label, target, sheet) for sheet in (_WIDE, _NARROW))


def shade(leaf: Leaf) -> int:
    """The position of its shade, from 0 for the lightest."""
    density = 100 * leaf.weight / max(leaf.lines, 1)
    return sum(density > limit for limit in SHADES)


def _drawing(root: Folder, label: str, target: Target, sheet: Sheet) -> Markup:
    shapes = joined(_shape(tile, target, sheet) for tile in tiles(root, float(sheet.width), float(sheet.height)))
    attributes = {"class": f"map {sheet.name}", "viewBox": sheet.box, "role": "group", "aria-label": label}
    return element("svg", attributes, shapes)


def _shape(tile: Tile, target: Target, sheet: Sheet) -> Markup:
    node = tile.node
    if isinstance(node, Folder):
        return joined((_rectangle(tile.place, "folder"), *_title(tile, sheet)))
    lines = f"{node.lines:,} line{'' if node.lines == 1 else 's'}"
    tip = element("title", None, f"{node.path}: cost {round(node.weight)} in {lines}")
    shapes = joined((tip, _rectangle(tile.place, f"q{shade(node)}"), *_label(tile, f"on{shade(node)}", sheet)))
    goal = target(node.path)
    # Out of the order of tabs: the list of files below says the same, one stop for each.
    link = {"href": goal, "data-path": node.path, "tabindex": "-1"} if goal else None
    return element("a", link, shapes) if link else element("g", None, shapes)


def _rectangle(place: Rectangle, kind: str) -> Markup:
    at = {"x": place.x, "y": place.y, "width": max(place.width, 0.01), "height": max(place.height, 0.01)}
    return element("rect", {"class": kind, **at})


def _title(tile: Tile, sheet: Sheet) -> Iterator[Markup]:
    if tile.titled:
        yield from _text(tile.place, f"{tile.node.name}/", "folder-name", 13, sheet)


def _label(tile: Tile, kind: str, sheet: Sheet) -> Iterator[Markup]:
    if tile.place.height >= _LABEL_HEIGHT:
        yield from _text(tile.place, tile.node.name, kind, 14, sheet)
    if tile.place.height >= 2 * _LABEL_HEIGHT and tile.place.width >= 8 * sheet.letter:
        yield from _text(tile.place, number(round(tile.node.weight)), f"{kind} figure", 28, sheet)


def _text(place: Rectangle, content: str, kind: str, down: int, sheet: Sheet) -> Iterator[Markup]:
    room = int((place.width - 10) / sheet.letter)
    if room >= 4:
        content = content if len(content) <= room else f"{content[: room - 1]}…"
        yield element("text", {"class": kind, "x": place.x + 5, "y": place.y + down}, content)
