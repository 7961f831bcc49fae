from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from guardloop.checked import Checked, Verdict
from guardloop.report.checking import as_json, as_text, verdict_line
from guardloop.report.colour import Paint, paint_for
from guardloop.report.formats import CHECK_FORMATS, rendered_check
from metrics.scorer import Finding, Site
from metrics.source import Unparsed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_document_is_the_documented_one(judged: Callable[..., Checked], found: Callable[..., Finding]) -> None:
    document = json.loads(as_json(judged([found()], unparsed=[Unparsed("b.py", 2, "invalid syntax")])))
    wanted = ["schema", "verdict", "against", "added_lines", "charges", "budgets", "findings", "unparsed"]
    assert list(document)[: len(wanted)] == wanted
    assert (document["verdict"], document["charges"], document["budgets"]) == (
        "over",
        {"duplication": 41},
        {"duplication": 30},
    )
    (finding,) = document["findings"]
    assert (finding["charge"], finding["new_sites"], finding["path"]) == (41, [1], "pkg/load0.py")
    assert document["unparsed"] == [{"path": "b.py", "line": 2, "message": "invalid syntax"}]


def test_the_text_says_what_where_how_far_over_and_what_would_remove_it(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    lines = as_text(judged([found()])).splitlines()
    assert lines[0] == "over budget: duplication adds 41 where 30 is allowed (11 over)"
    assert lines[2] == "   +41  duplication  2 copies of `load`"
    assert lines[3] == "   new  pkg/load1.py:11-19  pkg.load1:load"
    assert lines[4] == "        pkg/load0.py:1-9  pkg.load0:load"
    assert lines[5].startswith("        remedy: ")
    assert lines[-1].startswith("100 added lines against abc123")


def test_findings_of_rules_over_budget_come_first(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    text = as_text(judged([found("nil-pressure", 29, name="read"), *(found(cost=20, number=n) for n in range(2))]))
    assert text.index("duplication  2") < text.index("nil-pressure  2")


def test_long_lists_are_cut_and_verbose_shows_all(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    checked = judged([found(number=n, sites=30) for n in range(25)])
    short, long = as_text(checked), as_text(checked, verbose=True)
    assert "and 5 more, which add less" in short
    assert short.count("remedy:") == 20
    assert "and 22 more places" in short
    assert long.count("remedy:") == 25
    assert "more places" not in long


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "within budget: nothing is added"),
        ({"charges": {"duplication": 4}, "budgets": {"duplication": 9}}, "within budget: duplication 4 of 9"),
        (
            {"charges": {"duplication": -4, "nil-pressure": 2}, "budgets": {"duplication": 9, "nil-pressure": 3}},
            "within budget: nil-pressure 2 of 3; duplication falls by 4",
        ),
        ({"verdict": Verdict.UNKNOWN}, "could not tell: the change could not be measured"),
        (
            {"verdict": Verdict.UNKNOWN, "unparsed": [Unparsed("a.py", 3, "x"), Unparsed("b.py", 1, "y")]},
            "could not tell: a.py:3: x, and 1 more",
        ),
    ],
)
def test_the_verdict_is_one_line(judged: Callable[..., Checked], given: dict[str, object], line: str) -> None:
    assert verdict_line(judged(**given)) == line


def test_hostile_names_cannot_forge_lines_or_colours(
    judged: Callable[..., Checked], found: Callable[..., Finding], hostile: str
) -> None:
    plain, bad = judged([found(sites=1)]), replace(found(), message=hostile, sites=(Site(hostile, 1, 2, hostile),))
    text = as_text(judged([bad], notes=[hostile]))
    assert len(text.splitlines()) == len(as_text(plain).splitlines()) + 1
    assert "\x1b" not in text


def test_colour_is_for_terminals_that_want_it() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    assert paint_for(terminal, {"TERM": "xterm"}).on
    assert not paint_for(pipe, {}).on
    assert not paint_for(terminal, {"NO_COLOR": "1"}).on
    assert not paint_for(terminal, {"TERM": "dumb"}).on


def test_colour_changes_nothing_but_colour(judged: Callable[..., Checked], found: Callable[..., Finding]) -> None:
    checked = judged([found(), found("nil-pressure", 3)])
    coloured = as_text(checked, paint=Paint(on=True))
    assert "\x1b[1;31mover budget\x1b[0m" in coloured
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[32m"):
        coloured = coloured.replace(code, "")
    assert coloured == as_text(checked)


@pytest.mark.parametrize("format", CHECK_FORMATS)
def test_every_format_renders(format: str, judged: Callable[..., Checked], found: Callable[..., Finding]) -> None:
    assert "duplication" in rendered_check(judged([found()]), format)
