import xml.etree.ElementTree as ElementTree
from importlib.util import find_spec

import pytest

from guardloop.errors import TargetError
from guardloop.report.latency_chart import drawer, panels, svg

SVG = "{http://www.w3.org/2000/svg}"


def row(engine, length, steps, candidates, seconds):
    return {"engine": engine, "length": length, "steps": steps, "candidates": candidates, "wall_seconds": seconds}


ROWS = [
    row("nano", 64, 4, 8, 0.2),
    row("nano", 8, 4, 8, 0.03),
    row("nano", 8, 8, 8, 0.05),
    row("nano, autoregressive", 8, 8, 8, 0.04),
    row("nano, autoregressive", 64, 64, 8, 0.4),
    row("nano", 8, 4, 1, 0.02),
]


def test_every_number_of_candidates_is_a_panel_and_every_way_a_line():
    one, eight = panels(ROWS)
    assert (one.title, eight.title) == ("nano: 1 candidate", "nano: 8 candidates")
    assert [line.label for line in eight.lines] == ["4 steps", "8 steps", "left to right"]
    assert eight.lines[0].points == ((8, 0.03), (64, 0.2))
    assert len({line.colour for line in eight.lines}) == 3


def test_slower_is_higher_and_longer_is_further_right():
    tree = ElementTree.fromstring(svg(panels(ROWS)))
    groups = tree.findall(f"{SVG}g")
    assert len(groups) == 2
    (four, _, slow) = (line.get("points").split() for line in groups[1].iter(f"{SVG}polyline"))
    points = [[tuple(map(float, point.split(","))) for point in path] for path in (four, slow)]
    (short, long), (slow_short, slow_long) = points
    assert short[0] < long[0]
    assert short[1] > long[1]
    assert slow_long[1] < long[1]
    assert slow_short[0] == short[0]
    assert {"8", "64", "left to right"} <= {text.text for text in tree.iter(f"{SVG}text")}


def test_one_point_alone_can_be_drawn(tmp_path):
    drawer(tmp_path / "one.svg")(panels(ROWS[:1]))
    assert ElementTree.parse(tmp_path / "one.svg").getroot().tag == f"{SVG}svg"


def test_an_engine_named_like_markup_is_escaped():
    assert "<b>" not in svg(panels([row("<b>", 8, 4, 1, 0.1)]))


@pytest.mark.skipif(find_spec("matplotlib") is not None, reason="needs a place without matplotlib")
def test_a_png_without_the_extra_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(TargetError, match="needs matplotlib"):
        drawer(tmp_path / "shape.png")


def test_a_png_is_drawn_by_matplotlib(tmp_path):
    pytest.importorskip("matplotlib")
    drawer(tmp_path / "shape.png")(panels(ROWS))
    assert (tmp_path / "shape.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("name", "said"), [("a.jpg", "ends in .svg or .png"), ("no/such/a.svg", "expected a folder")])
def test_other_files_are_refused(tmp_path, name, said):
    with pytest.raises(TargetError, match=said):
        drawer(tmp_path / name)
