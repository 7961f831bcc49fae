import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^(?:\.venv/bin/)?(guardloop .+?)(?:\s+#.*)?$", README, re.M)))


def program(command: str) -> list[str]:
    words = shlex.split(command)
    return [str(Path(sys.executable).with_name(words[0])), *words[1:]]


@pytest.fixture
def checkout(tmp_path):
    shop = tmp_path / "examples" / "shop"
    shutil.copytree(ROOT / "examples" / "shop", shop, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    git = ["git", "-c", "user.name=reader", "-c", "user.email=reader@example.invalid"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def test_start_holds_two_fenced_commands():
    start = README.split("\n## Start\n", 1)[1].split("\n## ", 1)[0]
    assert len(re.findall(r"^```sh$", start, re.M)) == 2


def test_every_option_shown_exists():
    for command in COMMANDS:
        words = shlex.split(command)
        shown = {word.split("=")[0] for word in words[2:] if word.startswith("--")}
        answer = subprocess.run(program(f"guardloop {words[1]} --help"), capture_output=True, text=True, check=True)
        assert shown <= set(re.findall(r"--[a-z-]+", answer.stdout)), command


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if " fix " not in c and " log " not in c and " verify " not in c]
)
def test_every_command_shown_answers(command, checkout):
    answer = subprocess.run(program(command), cwd=checkout, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout


def test_the_start_command_accepts_patches_with_the_embedded_engine(checkout):
    start = next(c for c in COMMANDS if c.startswith("guardloop fix examples/shop"))
    command = [*program(start), "--target-python", sys.executable]
    answer = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert answer.returncode in (0, 1), answer.stderr
    accepted = re.search(r"^accepted (\d+)$", answer.stdout + answer.stderr, re.M)
    assert accepted is not None, answer.stdout
    assert int(accepted.group(1)) >= 2
    assert not subprocess.run(["git", "status", "--porcelain"], cwd=checkout, capture_output=True, text=True).stdout
