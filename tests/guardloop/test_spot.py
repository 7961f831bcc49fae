import json
import os
import subprocess
import sys

import pytest

CODE = "def load(rows, limit):\n    if len(rows) <= limit:\n        return rows[0]\n    return limit - 1\n"


def run(*arguments, cwd):
    environment = {**os.environ, "GUARDLOOP_CACHE": str(cwd / ".cache")}
    command = [sys.executable, "-m", "guardloop", "spot", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "broken.py").write_text("x = 1\ndef (:\n")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    return tmp_path


def test_statements_are_ranked_alike_by_equal_seeds_and_broken_files_are_named(shop):
    pytest.importorskip("torch")
    asked = ["--format", "json", "--seed", "3", "--limit", "2"]
    first, second = (json.loads(run(*asked, cwd=shop).stdout) for _ in range(2))
    assert first["spots"] == second["spots"]
    assert (first["functions"], first["statements"], len(first["spots"])) == (1, 3, 2)
    assert {spot["path"] for spot in first["spots"]} == {"a.py"}
    scores = [spot["score"] for spot in first["spots"]]
    assert scores == sorted(scores, reverse=True)
    assert [(one["path"], one["line"]) for one in first["unparsed"]] == [("broken.py", 2), ("latin.py", 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "enumerate"], "spot: expected nano or nano:FOLDER"),
        (["--engine", "nano:nowhere"], "expected a folder with a checkpoint"),
        (["nowhere.py"], "nowhere.py: no such file or folder"),
    ],
)
def test_what_keeps_it_from_reading_is_said_in_one_line(shop, arguments, message):
    done = run(*arguments, cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_it_says_what_to_install_and_still_gives_help(shop):
    program = (
        "import importlib.util, sys\n"
        "found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'torch' else found(name, *more)\n"
        "sys.modules['torch'] = None\n"
        "sys.argv = ['guardloop', 'spot', *sys.argv[1:]]\n"
        "from guardloop.__main__ import main\n"
        "sys.exit(main())\n"
    )
    for arguments, code in (([], 2), (["--help"], 0)):
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        if code:
            assert "needs torch: pip install" in done.stderr
        else:
            assert "HumanEvalFix" in done.stdout
