"""`fix` with several engines on a small project: what is seen of them while it runs, and at its end."""

import json
import subprocess
import sys

import pytest

from engine.protocol import Account, Member
from guardloop.report.fixing import Finished, as_text
from guardloop.summary import Summary, Tally

pytest.importorskip("torch")
pytest.importorskip("transformers")

LOADER = """
def load_{name}(path, limit):
    rows = []
    with open(path) as handle:
        for line in handle:
            parts = line.strip().split("{mark}")
            if len(parts) > 2 and parts[0]:
                rows.append((parts[0], parts[1], int(parts[2])))
    return sorted(rows)[:limit]
"""
TESTS = """
import loaders


def test_users(tmp_path):
    file = tmp_path / "users"
    file.write_text("x,y,3\\nz,w,1\\n")
    assert loaders.load_users(file, 5) == [("x", "y", 3), ("z", "w", 1)]


def test_orders(tmp_path):
    file = tmp_path / "orders"
    file.write_text("x;y;3\\n")
    assert loaders.load_orders(file, 5) == [("x", "y", 3)]
"""


@pytest.fixture
def fix(repository):
    code = LOADER.format(name="users", mark=",") + "\n" + LOADER.format(name="orders", mark=";")
    root = repository({"loaders.py": code.lstrip(), "test_loaders.py": TESTS.lstrip()})

    def run(engine, *options):
        tests = [f"--tests={sys.executable} -m pytest -q", f"--target-python={sys.executable}"]
        command = [sys.executable, "-m", "guardloop", "fix", str(root), "--rule", "duplication", "--diff", *tests]
        return subprocess.run([*command, "--engine", engine, *options], capture_output=True, text=True, check=False)

    return run


def test_drafts_are_seen_in_a_pipe_and_lost_members_at_the_end(fix):
    done = fix("consortium:command:false,nano,enumerate", "-v", "--format=json")
    assert done.returncode == 0, done.stderr
    assert "guardloop: nano drafted name = " in done.stderr
    document = json.loads(done.stdout)
    assert len(document["accepted"]) == 1
    lost, nano, other = document["members"]
    assert lost["engine"] == "command:false"
    assert "expected exit status 0, got 1" in lost["lost"]
    assert lost["share"] == 0
    assert (nano["engine"], nano["judged"], nano["accepted"], nano["lost"]) == ("nano", 1, 1, "")
    # One of one accepted counts as 2 of 3, none of none as a half.
    assert nano["share"] == pytest.approx(4 / 7)
    assert other["share"] == pytest.approx(3 / 7)
    assert document["spent"] == {"requests": 0, "tokens": 0, "usd": 0}


def finished(*members, **spent):
    summary = Summary((), (), Tally(), {}, {})
    return Finished(summary, "consortium:a,b", 0, 1.0, 1.0, None, account=Account(members, **spent))


def test_who_was_lost_and_what_was_spent_is_always_said():
    run = finished(Member("a", 1.0, 4, 3), Member("b", 0.0, 0, 0, "no server\x1b"), requests=3, tokens=1200, usd=0.25)
    said = as_text(run).splitlines()
    assert "lost b: no server\\x1b" in said
    assert "spent: 3 requests, 1200 tokens, 0.2500 USD" in said
    assert not [line for line in said if line.startswith("members:")]


def test_how_members_fared_is_said_where_it_was_asked_for():
    run = finished(Member("a", 0.8, 4, 3), Member("b", 0.2, 2, 0))
    assert "members: a 3 of 4 accepted, share 80%, b 0 of 2 accepted, share 20%" in as_text(run, verbose=True)
    assert "spent" not in as_text(run, verbose=True)
