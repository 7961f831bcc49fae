"""A treemap's geometry: rectangles of areas in proportion to weights, as square as can be.

The rows are built as in M. Bruls, K. Huizing and J. J. van Wijk, Squarified Treemaps, 2000.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardloop.report.html.folders import Folder, Leaf

HEADER = 18.0
"""Height of the line with a folder's name, where there is room for one."""
_ROOM = 54.0
_GAP = 2.0


@dataclass(frozen=True)
class Rectangle:
    """A place in a drawing; both sides are positive."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Width times height."""
        return self.width * self.height

    def shrunk(self, top: float, others: float) -> Rectangle:
        """What is left inside of a margin, which is narrower where there is little room."""
        side = min(others, self.width / 4, self.height / 4)
        above = max(side, top if self.height > _ROOM and self.width > _ROOM else 0.0)
        return Rectangle(self.x + side, self.y + above, self.width - 2 * side, self.height - above - side)


@dataclass(frozen=True)
class Tile:
    """A folder or a file, and where it is drawn; `titled` is whether a folder has room for its name."""

    node: Folder | Leaf
    place: Rectangle
    titled: bool = False


def tiles(root: Folder, width: float, height: float) -> Iterator[Tile]:
    """The tiles of everything below the root, folders before what they hold."""
    if root.children:
        yield from _inside(root, Rectangle(0.0, 0.0, width, height))


def _inside(folder: Folder, place: Rectangle) -> Iterator[Tile]:
    places = squarified([child.weight for child in folder.children], place)
    for child, rectangle in zip(folder.children, places, strict=True):
        if isinstance(child, Leaf):
            yield Tile(child, rectangle.shrunk(0.0, _GAP / 2))
            continue
        inner = rectangle.shrunk(HEADER, _GAP)
        yield Tile(child, rectangle.shrunk(0.0, _GAP / 2), titled=inner.y - rectangle.y >= HEADER)
        yield from _inside(child, inner)


def squarified(weights: Sequence[float], place: Rectangle) -> list[Rectangle]:
    """A rectangle for each weight, in their order; weights are positive, and best given in falling order."""
    scale = place.area / sum(weights) if weights else 0.0
    areas = [weight * scale for weight in weights]
    found: list[Rectangle] = []
    while areas:
        side = min(place.width, place.height)
        count = 1
        while count < len(areas) and _worst(areas[: count + 1], side) <= _worst(areas[:count], side):
            count += 1
        row, areas = areas[:count], areas[count:]
        depth = place.height if not areas and place.width <= place.height else sum(row) / side
        if not areas and place.width > place.height:
            depth = place.width
        found.extend(_row(row, place, depth))
        place = _rest(place, depth)
    return found


def _worst(row: Sequence[float], side: float) -> float:
    """The highest ratio of the sides of the row's rectangles, if the row lies along this side."""
    total = sum(row)
    return max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row)))


def _row(row: Sequence[float], place: Rectangle, depth: float) -> Iterator[Rectangle]:
    total, at = sum(row), 0.0
    for area in row:
        share = area / total
        if place.width > place.height:
            yield Rectangle(place.x, place.y + at, depth, place.height * share)
            at += place.height * share
        else:
            yield Rectangle(place.x + at, place.y, place.width * share, depth)
            at += place.width * share


def _rest(place: Rectangle, depth: float) -> Rectangle:
    if place.width > place.height:
        return Rectangle(place.x + depth, place.y, place.width - depth, place.height)
    return Rectangle(place.x, place.y + depth, place.width, place.height - depth)
