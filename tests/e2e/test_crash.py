"""Whatever ends a run, and whenever: the tree is the one before or the one after a patch, and the next run works."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guardloop.errors import WorkspaceError
from guardloop.target import Target
from guardloop.workspace import opened

Files = dict[str, str | bytes]
Git = Callable[..., str]

TRIES = 50
PATHS = ("pkg/a.py", "pkg/b.py", "pkg/deep/c.py")
# Long files: a write that is cut short must not go unnoticed.
STATES = tuple(dict.fromkeys(PATHS, f"text = {letter * 40000!r}\n") for letter in "xy")


@pytest.fixture
def root(repository: Callable[[Files], Path]) -> Path:
    return repository(dict(STATES[0]))


def state(root: Path) -> dict[str, str]:
    return {path: (root / path).read_text() for path in PATHS}


def leftovers(root: Path) -> list[str]:
    return sorted(p.name for p in root.rglob("*") if ".git" not in p.parts and p.is_file() and p.suffix != ".py")


def writing(root: Path, ready: int, bound: int) -> int:
    """Write one state over the other without end; the exit code of what ends it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with opened(Target.locate([root])) as workspace:
            if bound:
                resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound))
            os.write(ready, b"ready")
            while True:
                for state in reversed(STATES):
                    workspace.apply(workspace.tree.replacing(state))
                    os.write(ready, b".")
    except WorkspaceError as error:
        os.write(ready, str(error).encode())
        return 2
    except KeyboardInterrupt:
        return 130


def start_writer(root: Path, bound: int = 0) -> tuple[int, int]:
    """A process of its own, forked: it begins at once; its number, and where it says why it ended."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 3
        try:
            code = writing(root, write, bound)
        finally:
            os._exit(code)
    os.close(write)
    assert os.read(read, 5) == b"ready"
    return child, read


def wait_within_a_patch(told: int, moments: random.Random) -> None:
    """Until some moment of the second or third patch, however fast this machine is just now."""
    began, patches = time.monotonic(), moments.randrange(1, 3)
    for _ in range(patches):
        assert os.read(told, 1) == b"."
    time.sleep(moments.uniform(0, (time.monotonic() - began) / patches))


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def commit(root: Path, git: Git) -> None:
    git(root, "commit", "-q", "--allow-empty", "-a", "-m", "what is there")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_a_writer_ended_at_any_moment_leaves_the_old_or_the_new_tree(
    root: Path, git: Git, number: signal.Signals
) -> None:
    moments = random.Random(int(number))
    seen = set()
    for _ in range(TRIES // 2):
        child, told = start_writer(root)
        wait_within_a_patch(told, moments)
        os.kill(child, number)
        assert ended(child) in (-signal.SIGKILL, 130)
        os.close(told)
        if number is signal.SIGINT:
            # A polite end needs no repair.
            assert state(root) in STATES
        for path, text in state(root).items():
            assert text in (STATES[0][path], STATES[1][path]), "a file is torn"
        changed = {line[3:] for line in git(root, "status", "--porcelain").splitlines()}
        assert changed <= set(PATHS)
        with opened(Target.locate([root], mends=True, allow_dirty=True)) as workspace:
            assert dict(workspace.tree.texts) in STATES
        assert leftovers(root) == [".gitignore", "lock"]
        seen.add(state(root)[PATHS[0]][-3])
        commit(root, git)
    assert seen == {"x", "y"}, "the signals always came at the same moment"


def test_every_command_says_that_a_tree_is_half_written_until_fix_has_finished_it(
    root: Path, git: Git, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = iter(range(9))
    replace = os.replace

    def dying(source: Path, target: Path) -> None:
        if ".after" in str(source) and next(moves) == 1:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patched, opened(Target.locate([root])) as workspace:
        patched.setattr(os, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            workspace.apply(workspace.tree.replacing(STATES[1]))
    assert state(root) not in STATES
    mixed = git(root, "status", "--porcelain")
    assert mixed == " M pkg/a.py\n"
    options = {"score": [], "check": [], "baseline": [], "fix": ["--diff"], "verify": ["--no-tests"]}
    for command, more in options.items():
        paths = ["--before", str(root), "--after", str(root)] if command == "verify" else [str(root)]
        said = [sys.executable, "-m", "guardloop", command, *paths, *more]
        done = subprocess.run(said, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 2, command
        assert "had written 1 of 3 files when it was ended; run `guardloop fix`" in done.stderr, command
        assert git(root, "status", "--porcelain") == mixed
    done = subprocess.run(fix_command(root), capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert state(root) == STATES[1]
    done = subprocess.run([sys.executable, "-m", "guardloop", "score", str(root)], capture_output=True, env=environment)
    assert done.returncode == 0


def test_a_disk_that_fills_up_leaves_the_old_tree(root: Path, git: Git) -> None:
    sizes = random.Random(0)
    for _ in range(8):
        limit = sizes.randrange(1000, 40000)
        before = state(root)
        child, told = start_writer(root, limit)
        errors = os.read(told, 1000).decode()
        os.close(told)
        assert ended(child) == 2
        assert errors.endswith("File too large; nothing was changed")
        assert state(root) == before
        assert git(root, "status", "--porcelain") == ""
        assert leftovers(root) == [".gitignore", "lock"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk takes privileges")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fix_command(root: Path) -> list[str]:
    given = ["--engine", "enumerate", "--target-python", sys.executable, "--allow-dirty"]
    return [sys.executable, "-m", "guardloop", "fix", str(root), *given]


def test_a_whole_run_on_a_full_disk_says_so_and_leaves_the_tree(
    small_disk: Path,
    repository: Callable[[Files], Path],
    project: Files,
    environment: dict[str, str],
    git: Git,
) -> None:
    root = small_disk / "project"
    shutil.move(repository(project), root)
    before = (root / "shop/ledger.py").read_bytes()
    (root / ".git/info/exclude").write_text("filler\n")
    for left in (0, 12 << 10):
        with open(root / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                os.ftruncate(filler.fileno(), max(0, filler.tell() - left))
        done = subprocess.run(fix_command(root), capture_output=True, text=True, env=environment, check=False)
        assert done.returncode in (1, 2)
        assert "No space left on device" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert (root / "shop/ledger.py").read_bytes() == before
        # git itself cannot tell on a full disk.
        (root / "filler").unlink()
        assert git(root, "status", "--porcelain") == ""
    done = subprocess.run(fix_command(root), capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_without_room_for_temporary_files_says_so(
    small_disk: Path, repository: Callable[[Files], Path], project: Files, environment: dict[str, str]
) -> None:
    root = repository(project)
    (small_disk / "filler").write_bytes(b"x" * (400 << 10))
    crowded = environment | {"TMPDIR": str(small_disk)}
    done = subprocess.run(fix_command(root), capture_output=True, text=True, env=crowded, check=False)
    assert done.returncode == 2
    assert f"{small_disk}: cannot copy what records the tests: [Errno 28] No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_whole_run_ended_at_any_moment_can_be_followed_by_another(
    repository: Callable[[Files], Path], project: Files, environment: dict[str, str], git: Git
) -> None:
    root = repository(project)
    old = (root / "shop/ledger.py").read_text()
    moments = random.Random(0)
    for number in (signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        run = subprocess.Popen(fix_command(root), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        time.sleep(moments.uniform(0.3, 4.0))
        run.send_signal(number)
        _, errors = run.communicate(timeout=30)
        assert run.returncode in (0, 130, -signal.SIGKILL), errors
        assert b"Traceback" not in errors
        text = (root / "shop/ledger.py").read_text()
        status = git(root, "status", "--porcelain")
        assert status == ("" if text == old else " M shop/ledger.py\n")
        compile(text, "ledger.py", "exec")
    done = subprocess.run(fix_command(root), capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=root, capture_output=True).returncode == 0
