from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
from pathlib import Path

import pytest

from guardloop import journal
from guardloop.errors import TreeChangedError, WorkspaceError
from guardloop.journal import check_whole, is_inside, recover, replace_files, uninterrupted

BEFORE = {"a.py": b"a\r\n", "pkg/b.py": b"\xef\xbb\xbfb", "pkg/c.py": b"c\n"}
AFTER = {"a.py": b"A\r\n", "pkg/b.py": b"\xef\xbb\xbfB", "pkg/c.py": b"C\n", "pkg/new/d.py": b"D\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, data in BEFORE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    files = (p for p in root.rglob("*.py") if ".guardloop" not in p.parts)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in files}


class CrashError(BaseException):
    pass


def crash_before_move(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    moved = 0
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        nonlocal moved
        if ".after" in str(source):
            if moved == number:
                raise CrashError
            moved += 1
        replace(source, target)

    monkeypatch.setattr(journal.os, "replace", failing)


def test_all_files_are_replaced_and_nothing_is_left_behind(root: Path) -> None:
    (root / "a.py").chmod(0o755)
    replace_files(root, root / ".guardloop/apply", BEFORE, AFTER)
    assert contents(root) == AFTER
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o755
    assert not (root / ".guardloop/apply").exists()


@pytest.mark.parametrize("number", range(4))
def test_a_crash_between_two_moves_is_finished_by_the_next_run(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as patched:
        crash_before_move(patched, number)
        with pytest.raises(CrashError):
            replace_files(root, root / ".guardloop/apply", BEFORE, AFTER)
    recover(root, root / ".guardloop/apply")
    # Before the first move the change had not begun, and is dropped; after it, it is finished.
    assert contents(root) == (BEFORE if number == 0 else AFTER)
    assert not (root / ".guardloop/apply").exists()
    assert recover(root, root / ".guardloop/apply") == []


@pytest.mark.parametrize("number", range(4))
def test_a_reader_is_told_of_a_tree_of_which_only_a_part_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    staging = root / ".guardloop/apply"
    check_whole(root, staging)
    with monkeypatch.context() as patched:
        crash_before_move(patched, number)
        with pytest.raises(CrashError):
            replace_files(root, staging, BEFORE, AFTER)
    found = contents(root)
    if number == 0:
        check_whole(root, staging)
    else:
        with pytest.raises(WorkspaceError, match=f"had written {number} of 4 files .* run `guardloop fix`"):
            check_whole(root, staging)
        with (root / ".guardloop/lock").open("w") as lock:
            # A run that is at work just now writes the rest itself.
            fcntl.flock(lock, fcntl.LOCK_EX)
            check_whole(root, staging)
    assert contents(root) == found
    recover(root, staging)
    check_whole(root, staging)


def test_a_file_edited_after_the_crash_is_never_overwritten(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        crash_before_move(patched, 2)
        with pytest.raises(CrashError):
            replace_files(root, root / ".guardloop/apply", BEFORE, AFTER)
    (root / "pkg/c.py").write_bytes(b"mine\n")
    with pytest.raises(WorkspaceError, match=r"pkg/c\.py: changed since guardloop was interrupted"):
        recover(root, root / ".guardloop/apply")
    assert (root / "pkg/c.py").read_bytes() == b"mine\n"


def test_a_full_disk_while_staging_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal.os, "fsync", full)
    with pytest.raises(WorkspaceError, match="No space left on device; nothing was changed"):
        replace_files(root, root / ".guardloop/apply", BEFORE, AFTER)
    assert contents(root) == BEFORE
    assert not (root / ".guardloop/apply").exists()


def test_a_move_that_fails_undoes_those_before_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        if str(target).endswith("c.py") and ".after" in str(source):
            raise OSError(errno.EACCES, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(journal.os, "replace", failing)
    with pytest.raises(WorkspaceError, match=r"pkg/c\.py: Permission denied; nothing was changed"):
        replace_files(root, root / ".guardloop/apply", BEFORE, AFTER)
    assert contents(root) == BEFORE


def test_a_file_that_changed_just_now_undoes_the_rest(root: Path) -> None:
    (root / "pkg/c.py").write_bytes(b"mine\n")
    with pytest.raises(TreeChangedError, match=r"pkg/c\.py: changed by someone else"):
        replace_files(root, root / ".guardloop/apply", BEFORE, AFTER)
    assert contents(root) == {**BEFORE, "pkg/c.py": b"mine\n"}


@pytest.mark.parametrize("path", ["../outside.py", "/etc/outside.py", "link/x.py", "pkg/../../outside.py"])
def test_a_forged_journal_reaches_nothing_outside(root: Path, path: str) -> None:
    (root / "link").symlink_to(root.parent)
    staging = root / ".guardloop/apply"
    staging.mkdir(parents=True)
    (staging / "journal.json").write_text(f'[{{"path": "{path}", "number": 0, "before": null, "after": "x"}}]')
    assert not is_inside(root, path)
    with pytest.raises(WorkspaceError, match="outside of"):
        recover(root, staging)


def test_a_torn_journal_is_named(root: Path) -> None:
    staging = root / ".guardloop/apply"
    staging.mkdir(parents=True)
    (staging / "journal.json").write_text("[{")
    with pytest.raises(WorkspaceError, match="not a journal of guardloop"):
        recover(root, staging)


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), uninterrupted():  # noqa: PT012  # the order of the two is what is tested
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached
