"""The treemap as a drawing: area is cost, shade is cost for the length of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from guardloop.report.html.folders import Folder, Leaf
from guardloop.report.html.markup import Markup, element, joined, number
from guardloop.report.html.treemap import Rectangle, Tile, tiles

SHADES: Final = (1, 2, 4, 8)
"""Cost for 100 lines, up to which a tile has each of the lighter shades; the darkest has no end."""

_WIDE = (1120, 460)
_NARROW = (460, 560)
_LETTER = 6.4
"""Width of a letter of a label, on average."""
_LABEL_HEIGHT = 17

Target = Callable[[str], str | None]
"""The finding that stands for a file, as the target of a link."""


def drawn(root: Folder, label: str, target: Target) -> Markup:
    """The map twice, for wide and for narrow windows, of which the style shows one."""
    return joined(_drawing(root, label, target, name, size) for name, size in (("wide", _WIDE), ("narrow", _NARROW)))


def shade(leaf: Leaf) -> int:
    """The position of its shade, from 0 for the lightest."""
    density = 100 * leaf.weight / max(leaf.lines, 1)
    return sum(density > limit for limit in SHADES)


def _drawing(root: Folder, label: str, target: Target, name: str, size: tuple[int, int]) -> Markup:
    width, height = size
    shapes = joined(_shape(tile, target) for tile in tiles(root, float(width), float(height)))
    attributes = {"class": f"map {name}", "viewBox": f"0 0 {width} {height}", "role": "group", "aria-label": label}
    return element("svg", attributes, shapes)


def _shape(tile: Tile, target: Target) -> Markup:
    node = tile.node
    if isinstance(node, Folder):
        return joined((_rectangle(tile.place, "folder"), *_title(tile)))
    lines = f"{node.lines:,} line{'' if node.lines == 1 else 's'}"
    tip = element("title", None, f"{node.path}: cost {round(node.weight)} in {lines}")
    shapes = joined((tip, _rectangle(tile.place, f"q{shade(node)}"), *_label(tile, f"on{shade(node)}")))
    goal = target(node.path)
    # Out of the order of tabs: the list of files below says the same, one stop for each.
    link = {"href": goal, "data-path": node.path, "tabindex": "-1"} if goal else None
    return element("a", link, shapes) if link else element("g", None, shapes)


def _rectangle(place: Rectangle, kind: str) -> Markup:
    at = {"x": place.x, "y": place.y, "width": max(place.width, 0.01), "height": max(place.height, 0.01)}
    return element("rect", {"class": kind, **at})


def _title(tile: Tile) -> Iterator[Markup]:
    if tile.titled:
        yield from _text(tile.place, f"{tile.node.name}/", "folder-name", 13)


def _label(tile: Tile, kind: str) -> Iterator[Markup]:
    if tile.place.height >= _LABEL_HEIGHT:
        yield from _text(tile.place, tile.node.name, kind, 14)
    if tile.place.height >= 2 * _LABEL_HEIGHT and tile.place.width >= 8 * _LETTER:
        yield from _text(tile.place, number(round(tile.node.weight)), f"{kind} figure", 28)


def _text(place: Rectangle, content: str, kind: str, down: int) -> Iterator[Markup]:
    room = int((place.width - 10) / _LETTER)
    if room >= 4:
        content = content if len(content) <= room else f"{content[: room - 1]}…"
        yield element("text", {"class": kind, "x": place.x + 5, "y": place.y + down}, content)
