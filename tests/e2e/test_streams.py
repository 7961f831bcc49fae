import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("guardloop")
SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")


def redirected(arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command line of a shell, with its redirections."""
    environment = {**os.environ, "GUARDLOOP_CACHE": str(folder / ".cache")}
    command = f"{SCRIPT} {arguments}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )


@FULL
@pytest.mark.parametrize("arguments", [("score", str(SHOP)), ("score", str(SHOP), "--format", "json"), ("engines",)])
def test_an_answer_that_finds_no_room_is_no_yes_and_no_bug(arguments):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([SCRIPT, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("guardloop: [Errno 28]")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [f"score {SHOP}", f"score {SHOP} --format json", "engines", "explain lint"])
def test_an_answer_without_a_stdout_is_no_yes_and_no_bug(tmp_path, command):
    done = redirected(f"{command} >&-", tmp_path)
    assert done.returncode == 2
    assert done.stderr == "guardloop: [Errno 9] Bad file descriptor; expected an open stdout\n"


@FULL
@pytest.mark.parametrize("command", ["score nowhere", "score --nowhere", "check --against nowhere", "fix nowhere"])
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&- 2>&- <&-"])
def test_what_cannot_be_done_is_2_even_if_nobody_can_be_told(tmp_path, command, redirection):
    done = redirected(f"{command} {redirection}", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_an_answer_needs_no_stderr(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    done = redirected("score a.py 2>&-", tmp_path)
    assert done.returncode == 0
    assert "duplication 0" in done.stdout


def test_a_hook_without_an_event_could_not_tell(tmp_path):
    done = redirected("hook <&-", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("guardloop: could not tell: stdin: expected the JSON")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252:strict"])
def test_characters_that_an_encoding_lacks_are_escaped(monkeypatch, tmp_path, encoding):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    (tmp_path / "π.py").write_text("def (:\n", encoding="utf-8")
    done = redirected("score .", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u03c0.py:1:" in done.stdout
    assert redirected("explain nil-pressure", tmp_path).returncode == 0
