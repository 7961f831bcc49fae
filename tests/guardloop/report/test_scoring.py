from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guardloop.report.colour import Paint
from guardloop.report.formats import SCORE_FORMATS, rendered_score
from guardloop.report.scoring import as_json, as_text
from guardloop.scored import Scored
from guardloop.trend import Point
from metrics.discovery import Discovery
from metrics.measure import Measurement
from metrics.scorer import Finding, Score, Site
from metrics.source import SourceTree, Unparsed

TREND = (
    Point("a" * 40, "2026-01-02", 100, 7, {"duplication": 9}),
    Point("b" * 40, "2026-02-03", 120, 8, {"duplication": 9}),
)


def scored(*findings: Finding, unparsed: tuple[Unparsed, ...] = ()) -> Scored:
    root = Path("/project")
    measured = Measurement({"duplication": Score("duplication", findings)}, unparsed, 3, 90)
    return Scored(root, measured, Discovery(root, SourceTree({})))


def test_the_text_ranks_sources_and_ends_with_the_sums(found: Callable[..., Finding]) -> None:
    lines = as_text(scored(found(cost=3, name="low"), found(cost=40))).splitlines()
    assert lines[0] == "   40  duplication  2 copies of `load`"
    assert lines[1] == "       pkg/load0.py:1-9  pkg.load0:load"
    assert lines[-1] == "duplication 43  (3 files, 90 lines; in removable AST nodes, 0 is clean)"


def test_a_place_that_shows_a_finding_twice_is_named_once(found: Callable[..., Finding]) -> None:
    finding = replace(found(), sites=found().sites * 3)
    assert as_text(scored(finding)).count("pkg/load0.py") == 1


def test_long_lists_are_cut_and_verbose_shows_all(found: Callable[..., Finding]) -> None:
    answer = scored(*(found(number=n, sites=12) for n in range(23)))
    assert "and 3 more, which cost less" in as_text(answer)
    assert "and 4 more places" in as_text(answer)
    assert as_text(answer, verbose=True).count("pkg/load11.py") == 23


def test_hostile_names_cannot_forge_lines_or_colours(hostile: str) -> None:
    finding = Finding("duplication:1", "duplication", 4, hostile, (Site(hostile, 1, 2, hostile),))
    text = as_text(scored(finding, unparsed=(Unparsed(hostile, 1, hostile),)))
    assert len(text.splitlines()) == 5
    assert "\x1b" not in text
    assert text.encode("utf-8").decode("utf-8") == text


def test_colour_changes_nothing_but_colour(found: Callable[..., Finding]) -> None:
    coloured = as_text(scored(found()), paint=Paint(on=True))
    assert "\x1b[1m   41\x1b[0m" in coloured
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m"):
        coloured = coloured.replace(code, "")
    assert coloured == as_text(scored(found()))


def test_a_trend_is_an_extra_key_and_extra_lines(found: Callable[..., Finding]) -> None:
    assert "trend" not in json.loads(as_json(scored(found())))
    document = json.loads(as_json(scored(found()), TREND))
    assert document["trend"][1] == {
        "revision": "b" * 40,
        "date": "2026-02-03",
        "lines": 120,
        "gated": 8,
        "costs": {"duplication": 9},
    }
    assert as_text(scored(found()), TREND).splitlines()[:3] == [
        "2026-01-02  aaaaaaaaa       7 in 100 lines",
        "2026-02-03  bbbbbbbbb       8 in 120 lines",
        "",
    ]


@pytest.mark.parametrize("format", SCORE_FORMATS)
def test_every_format_renders(format: str, found: Callable[..., Finding]) -> None:
    text = rendered_score(scored(found()), format, trend=TREND)
    assert "duplication" in text
    assert text == rendered_score(scored(found()), format, trend=TREND)
