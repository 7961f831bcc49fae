from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardloop.report.html.folders import Folder, Leaf, folders, shares
from guardloop.report.html.treemap import Rectangle, squarified, tiles
from metrics.scorer import Finding

WEIGHTS = st.lists(st.floats(0.1, 1000), min_size=1, max_size=40)
PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join).map("{}.py".format)
TREES = st.dictionaries(PATHS, st.floats(0.1, 500), min_size=1, max_size=30)


def leaves(folder: Folder) -> list[Leaf]:
    return [leaf for child in folder.children for leaf in ([child] if isinstance(child, Leaf) else leaves(child))]


def overlap(one: Rectangle, other: Rectangle) -> float:
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(width, 0.0) * max(height, 0.0)


@given(WEIGHTS, st.floats(10, 2000), st.floats(10, 2000))
def test_areas_are_in_proportion_to_weights_and_fill_the_place(
    weights: list[float], width: float, height: float
) -> None:
    weights = sorted(weights, reverse=True)
    found = squarified(weights, Rectangle(0, 0, width, height))
    for weight, rectangle in zip(weights, found, strict=True):
        assert rectangle.area == pytest.approx(weight / sum(weights) * width * height, rel=1e-6)
    assert all(overlap(one, other) <= 1e-6 * width * height for one, other in combinations(found, 2))


def test_rectangles_are_nearly_square() -> None:
    found = squarified([6, 6, 4, 3, 2, 2, 1], Rectangle(0, 0, 6, 4))
    assert max(max(r.width / r.height, r.height / r.width) for r in found) < 3


@given(TREES)
def test_every_tile_is_inside_its_folder_and_has_an_area(costs: dict[str, float]) -> None:
    ranked = dict(sorted(costs.items(), key=lambda item: -item[1]))
    drawn = list(tiles(folders(ranked, {}, 100), 1120.0, 460.0))
    assert {tile.node.path for tile in drawn if isinstance(tile.node, Leaf)} == set(costs)
    for tile in drawn:
        assert tile.place.width > 0
        assert tile.place.height > 0
        assert -1e-6 <= tile.place.x <= tile.place.x + tile.place.width <= 1120 + 1e-6
        assert -1e-6 <= tile.place.y <= tile.place.y + tile.place.height <= 460 + 1e-6
    files = [tile.place for tile in drawn if isinstance(tile.node, Leaf)]
    assert all(overlap(one, other) <= 1e-6 for one, other in combinations(files, 2))


@given(TREES, st.integers(0, 40))
def test_merging_the_small_ones_keeps_the_total(costs: dict[str, float], most: int) -> None:
    ranked = dict(sorted(costs.items(), key=lambda item: -item[1]))
    assert folders(ranked, {}, most).weight == pytest.approx(sum(costs.values()))


def test_small_files_of_a_folder_are_one_leaf() -> None:
    root = folders({"a/x.py": 9.0, "a/y.py": 2.0, "a/z.py": 1.0, "b.py": 1.0}, {"a/y.py": 10, "a/z.py": 5}, 1)
    assert [(leaf.name, leaf.weight, leaf.lines) for leaf in leaves(root)] == [
        ("x.py", 9.0, 0),
        ("2 more files", 3.0, 15),
        ("b.py", 1.0, 0),
    ]


def test_a_folder_that_holds_only_a_folder_is_joined_with_it() -> None:
    (child,) = folders({"src/pkg/a.py": 2.0, "src/pkg/b.py": 1.0, "c.py": 0.5}, {}, 9).children[:1]
    assert isinstance(child, Folder)
    assert (child.name, child.path) == ("src/pkg", "src/pkg/")


def test_a_cost_is_shared_among_its_sites(found: Callable[..., Finding]) -> None:
    assert shares([found(cost=9, sites=2), found(cost=4, sites=1)]) == {"pkg/load0.py": 8.5, "pkg/load1.py": 4.5}
