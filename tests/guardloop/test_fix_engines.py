"""`fix` with several engines on a small project: what is seen of them while it runs, and at its end."""

import json
import subprocess
import sys

import pytest

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


def test_without_being_asked_no_draft_is_shown(fix):
    done = fix("consortium:command:false,enumerate")
    assert "drafted" not in done.stderr
    assert "lost command:false: engine command: false: expected exit status 0, got 1" in done.stderr
    assert "members:" not in done.stderr
