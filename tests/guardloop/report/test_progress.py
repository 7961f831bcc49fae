import io
import re
import sys
from itertools import pairwise

import pytest
from rich.console import Console

from engine.protocol import Draft
from guardloop.report.progress import Lines, Silent, Spinner, progress

SPELT = [
    Draft("nano", {"helper": text, "limit": "n"}, step, 8)
    for step, text in enumerate(["_load", "_load_ro", "_load_rows"], 1)
]
SETTLED = Draft("nano", {"helper": "_load_rows", "limit": "n"}, 3, 8, is_settled=True)


def test_a_pipe_gets_one_line_for_a_canvas_that_is_settled(capsys):
    lines = Lines()
    for draft in (*SPELT, SETTLED):
        lines.draft(draft)
    said = capsys.readouterr()
    assert said.err == "guardloop: nano drafted helper = _load_rows, limit = n in 3 steps\n"
    assert said.out == ""


def test_a_terminal_shows_the_canvas_settle_below_what_is_done():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, highlight=False)
    with console.status("starting", refresh_per_second=1) as status:
        spinner = Spinner(console, status)
        spinner.doing("nano proposes: method [bold]")
        for draft in (*SPELT, SETTLED):
            spinner.draft(draft)
            status._live.refresh()
        spinner.doing("judging _load_rows")
        status._live.refresh()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    places = [
        shown.index(text)
        for text in ("(step 1 of 8)", "helper = _load_ro", "helper = _load_rows", "(settled)", "judging _load_rows")
    ]
    assert all(before < after for before, after in pairwise(places))
    assert "nano proposes: method [bold]" in shown


def test_what_a_model_writes_cannot_steer_the_terminal(capsys):
    Lines().draft(Draft("nano", {"e": "\x1b[2J\r\nx" + "y" * 300}, 1, 8, is_settled=True))
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert said.count("\n") == 1
    assert len(said) < 200


def test_nobody_listening_hears_nothing(capsys):
    silent = Silent()
    silent.draft(SETTLED)
    silent.note("text")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_gets_a_spinner_and_a_pipe_gets_lines(is_terminal, monkeypatch):
    class Stream(io.StringIO):
        def isatty(self):
            return is_terminal

    monkeypatch.setattr(sys, "stderr", Stream())
    with progress() as told:
        assert isinstance(told, Spinner if is_terminal else Lines)
        told.draft(SETTLED)
        told.note("done")
    assert "done" in sys.stderr.getvalue()
