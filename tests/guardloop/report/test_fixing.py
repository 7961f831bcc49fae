from __future__ import annotations

import json

from guardloop.report.fixing import Finished, as_json, as_text
from guardloop.summary import Accepted, Summary, Tally


def finished(*lost: str) -> Finished:
    patch = Accepted("i", "f", "duplication", "method", "m", 9, 0, ("a.py",), "", {"name": "_total"}, 1, 0.1, lost)
    return Finished(Summary((patch,), (), Tally(), {}, {}), "nano", 0, 1.0, 1.0, None)


def test_comments_that_went_with_the_code_are_named_under_their_patch():
    lines = as_text(finished("# by law", "# see 12 b")).splitlines()
    assert lines[1:5] == [
        "  duplication  9 → 0  _total  (method; a.py; 0.1 s)",
        "    lost comment: # by law",
        "    lost comment: # see 12 b",
        "remaining 0",
    ]
    assert json.loads(as_json(finished("# by law")))["accepted"][0]["lost_comments"] == ["# by law"]


def test_a_comment_does_what_no_comment_should_do_to_a_terminal_as_an_escape():
    assert "lost comment: # \\x1b[2J" in as_text(finished("# \x1b[2J"))


def test_where_nothing_is_lost_nothing_is_said():
    assert "lost" not in as_text(finished())
    assert json.loads(as_json(finished()))["accepted"][0]["lost_comments"] == []
