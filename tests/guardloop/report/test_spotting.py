import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.spot.functions import functions_of
from engine.spot.ranking import suspects
from guardloop.report.spotting import Spot, Spotted, as_json, as_text
from metrics.source import Unparsed

CODE = "def load(rows, limit):\n    if rows < limit:\n        return rows[0]\n    return None\n"


@dataclass(frozen=True)
class Said:
    left: float = 1.0
    both: float | None = None


class Reader:
    """Finds everything equally likely."""

    def odds(self, function, edits):
        return [Said(both=0.5 if edit.sort == "operator" else None) for edit in edits]


@pytest.fixture
def spotted(hostile):
    (function,) = functions_of(CODE)
    spots = [Spot(hostile, one) for one in suspects(function, Reader())]
    return Spotted(Path("/shop"), "nano", 0, 1, 300, 2.0, spots, [Unparsed(hostile, 3, "invalid\nsyntax")])


def test_text_says_place_statement_edit_and_pace(spotted):
    said = as_text(spotted, 1).splitlines()
    assert said[0].endswith("  load")
    assert ":2 " in said[0]
    assert said[1].strip() == "if rows < limit:"
    assert "given the left" in said[2]
    assert said[-3] == "and 1 more statements, which are less suspect (--limit shows more)"
    assert said[-2] == "for information: 2 statements of 1 functions ranked; 300 tokens in 2.0 s, 150 tokens/s"
    assert "--help" in said[-1]


def test_foreign_names_are_made_safe_in_text(spotted):
    assert "\x1b" not in as_text(spotted, 9)
    assert sum(line.startswith("not read: ") for line in as_text(spotted, 9).splitlines()) == 1


def test_json_has_what_text_says_and_is_bounded_by_the_limit(spotted):
    document = json.loads(as_json(spotted, 1))
    assert document["gated"] is False
    assert (document["statements"], len(document["spots"])) == (2, 1)
    (first,) = document["spots"]
    assert {"path", "line", "end_line", "symbol", "text", "score", "edit"} == set(first)
    assert first["edit"]["line"] == 2
    assert document["tokens_per_second"] == 150
    assert document["unparsed"][0]["line"] == 3
