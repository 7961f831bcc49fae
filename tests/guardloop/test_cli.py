from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from twins import twins

from guardloop import __version__

HEAVY = ("torch", "transformers", "libcst", "mypy", "rich", "hypothesis")
TWINS = twins("first", "second")


def run(*arguments: str, cwd: Path, module: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "guardloop", *arguments]
    environment = {**os.environ, "GUARDLOOP_CACHE": str(cwd / ".cache")}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)


def loaded_after(code: str, cwd: Path) -> set[str]:
    program = f"import sys\n{code}\nprint('LOADED', *sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=cwd, capture_output=True, text=True, check=False)
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED"))
    return {name for name in HEAVY if name in line.split()}


def test_the_version_is_that_of_the_distribution(tmp_path: Path) -> None:
    from importlib.metadata import version

    assert run("--version", cwd=tmp_path).stdout == f"guardloop {__version__}\n"
    assert version("guardloop-cli") == __version__


@pytest.mark.parametrize("arguments", [["--help"], ["score", "."], ["engines", "--help"], ["fix", "--help"]])
def test_what_has_to_start_in_a_blink_loads_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.py").write_text(TWINS)
    code = (
        f"sys.argv = ['guardloop', *{arguments!r}]\nfrom guardloop.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert loaded_after(code, tmp_path) == set()


def test_the_targets_own_packages_are_never_imported(tmp_path: Path) -> None:
    for name in ("metrics", "engine", "typer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('imported {name} of the target')\n")
    done = run("score", ".", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == 3


def test_score_answers_with_the_documented_document(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.py").write_text(TWINS)
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    done = run("score", ".", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert list(document) == ["schema", "version", "root", "files", "lines", "costs", "findings", "unparsed"]
    assert document["root"] == str(tmp_path)
    assert document["files"] == 3
    assert [unparsed["path"] for unparsed in document["unparsed"]] == ["broken.py", "latin.py"]
    finding = next(finding for finding in document["findings"] if finding["rule"] == "duplication")
    keys = ["id", "rule", "cost", "gated", "message", "path", "line", "end_line", "symbol", "sites"]
    assert list(finding) == keys
    assert {site["path"] for site in finding["sites"]} == {"pkg/a.py"}
    costs = [(-finding["cost"], finding["id"]) for finding in document["findings"]]
    assert costs == sorted(costs)
    for rule, cost in document["costs"].items():
        assert cost == sum(finding["cost"] for finding in document["findings"] if finding["rule"] == rule)


def test_score_names_the_worst_sources_first_in_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(TWINS)
    (tmp_path / "broken.py").write_text("def (:\n")
    done = run("score", cwd=tmp_path)
    assert done.returncode == 0
    assert "duplication" in done.stdout.splitlines()[0]
    assert "not judged: broken.py:1:" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("duplication ")
    assert len(run("score", "--verbose", cwd=tmp_path).stdout) >= len(done.stdout)


def test_paths_are_relative_to_the_project_that_holds_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "examples/shop").mkdir(parents=True)
    (tmp_path / "examples/shop/pyproject.toml").write_text("")
    (tmp_path / "examples/shop/a.py").write_text(TWINS)
    document = json.loads(run("score", "examples/shop", "--format", "json", cwd=tmp_path).stdout)
    assert document["root"] == str(tmp_path / "examples/shop")
    assert {finding["path"] for finding in document["findings"]} == {"a.py"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "nowhere"], "nowhere: no such file or folder"),
        (["score", "notes.txt"], "notes.txt: expected a folder or a Python file"),
        (["score", "pipe.py"], "pipe.py: expected a folder or a Python file"),
        (["score", "--rule", "duplicaton"], "did you mean 'duplication'?"),
        (["score", "--format", "xml"], "Invalid value for '--format'"),
        (["explain", "duplicatio"], "did you mean 'duplication'?"),
        (["fix", "--rule", "complexity"], "no sketches are built for it"),
        (["fix", "--candidates", "0"], "Invalid value for '--candidates'"),
        (["fix", "."], "expected a git repository, found none"),
        (["log", "nowhere.jsonl"], "expected an audit log, got: No such file or directory"),
        (["verify", "--before", ".", "--after", "nowhere"], "expected a folder"),
        (["verify", "--before", ".", "--after", ".", "--tests", "x", "--no-tests"], "exclude each other"),
        (["score", "--config", "none.toml"], "none.toml: expected a readable file"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "notes.txt").write_text("")
    os.mkfifo(tmp_path / "pipe.py")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_configuration_that_cannot_be_read_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.guardloop]\nseeed = 1\n")
    done = run("score", cwd=tmp_path)
    assert done.returncode == 2
    assert "pyproject.toml: tool.guardloop: expected one of" in done.stderr
    assert "did you mean 'seed'?" in done.stderr


def test_every_rule_is_explained(tmp_path: Path) -> None:
    from metrics.scorers import SCORERS

    for rule in SCORERS:
        done = run("explain", rule, cwd=tmp_path)
        assert done.returncode == 0
        assert "## Why it matters" in done.stdout


def test_engines_are_listed(tmp_path: Path) -> None:
    done = run("engines", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["engines"]}
    assert rows["enumerate"]["available"]
    assert "nano" in rows
    assert rows["consortium"]["usage"] == "consortium:A,B"
    said = run("engines", cwd=tmp_path).stdout
    assert all(row["summary"] in said and row["needs"] in said and row["why"] in said for row in rows.values())


def test_a_bug_is_reported_with_its_traceback_and_its_own_code(tmp_path: Path) -> None:
    code = (
        "import sys, guardloop.commands.score as score\nfrom guardloop.__main__ import main\n"
        "def broken(target): raise ZeroDivisionError('planted')\n"
        "score.score = broken\nsys.argv = ['guardloop', 'score']\nsys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "ZeroDivisionError: planted" in done.stderr
    assert "this is a bug in guardloop, not in your project; please report it" in done.stderr


def test_an_interrupt_has_its_own_code(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, guardloop.commands.score as score\nfrom guardloop.__main__ import main\n"
        "def interrupted(target): os.kill(os.getpid(), signal.{0})\n"
        "score.score = interrupted\nsys.argv = ['guardloop', 'score']\nsys.exit(main())"
    )
    for name in ("SIGINT", "SIGTERM"):
        command = [sys.executable, "-c", code.format(name)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 130, done.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, repository: Callable[..., Path]) -> None:
    (tmp_path / "a.py").write_text(TWINS)
    command = f"{sys.executable} -m guardloop score --format json | true"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
