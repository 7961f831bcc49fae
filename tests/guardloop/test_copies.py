from __future__ import annotations

import os
import sys

import pytest

from guardloop.copies import Copies
from guardloop.project import Project


@pytest.fixture
def copies(repository):
    root = repository({"pkg/a.py": "x = 1\n", "latin.py": "# coding: latin-1\nx = 'é'\n".encode("latin-1"), "run": "#"})
    os.chmod(root / "run", 0o755)
    (root / "inside.py").symlink_to("pkg/a.py")
    (root / "absolute.py").symlink_to(root / "pkg" / "a.py")
    (root / "outside").symlink_to("/etc")
    made = Copies(Project.discover(root, python=sys.executable))
    yield made
    made.close()


def test_a_slot_is_the_accepted_state_with_other_texts(copies):
    with copies.slot({"pkg/a.py": "x = 2\n", "new/b.py": "y = 1\n", "run": None}) as slot:
        assert (slot / "tree" / "pkg" / "a.py").read_text() == "x = 2\n"
        assert (slot / "tree" / "new" / "b.py").read_text() == "y = 1\n"
        assert not (slot / "tree" / "run").exists()
    assert not slot.exists()
    with copies.slot({}) as slot:
        assert (slot / "tree" / "pkg" / "a.py").read_text() == "x = 1\n"
        assert os.access(slot / "tree" / "run", os.X_OK)


def test_what_a_slots_command_writes_reaches_no_other_slot(copies):
    with copies.slot({}) as one, copies.slot({}) as two:
        (one / "tree" / "pkg" / "a.py").write_text("spoilt")
        assert (two / "tree" / "pkg" / "a.py").read_text() == "x = 1\n"


def test_links_out_of_the_tree_are_left_out_and_named(copies):
    assert copies.left_out == ("outside",)


def test_links_within_the_tree_lead_to_the_copy(copies):
    with copies.slot({"pkg/a.py": "x = 2\n"}) as slot:
        assert (slot / "tree" / "inside.py").read_text() == "x = 2\n"
        assert (slot / "tree" / "absolute.py").read_text() == "x = 2\n"


def test_a_text_is_written_in_the_encoding_that_it_declares(copies):
    with copies.slot({"latin.py": "# coding: latin-1\nx = 'è'\n"}) as slot:
        assert (slot / "tree" / "latin.py").read_bytes() == "# coding: latin-1\nx = 'è'\n".encode("latin-1")


def test_accepted_texts_are_in_every_later_slot_and_can_be_restored(copies):
    copies.accept({"pkg/a.py": "x = 3\n", "new.py": "z = 1\n", "run": None})
    with copies.slot({"pkg/a.py": "x = 4\n", "newer.py": ""}) as slot:
        copies.restore(slot / "tree", {"pkg/a.py": "x = 4\n", "newer.py": ""})
        assert (slot / "tree" / "pkg" / "a.py").read_text() == "x = 3\n"
        assert (slot / "tree" / "new.py").read_text() == "z = 1\n"
        assert not (slot / "tree" / "newer.py").exists()
        assert not (slot / "tree" / "run").exists()


def test_folders_without_write_permission_are_removed_too(copies):
    with copies.slot({}) as slot:
        (slot / "tree" / "locked" / "in").mkdir(parents=True)
        os.chmod(slot / "tree" / "locked", 0o500)
    assert not slot.exists()


def test_what_a_killed_run_left_behind_is_removed(copies, repository, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    abandoned = tmp_path / "guardloop-copies-x"
    (abandoned / "pristine").mkdir(parents=True)
    (abandoned / "lock").write_text("")
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "a.py").write_text("")
    made = Copies(Project.discover(tmp_path / "only", python=sys.executable))
    assert not abandoned.exists()
    other = Copies(Project.discover(tmp_path / "only", python=sys.executable))
    other.close()
    assert made.folder.is_dir()
    made.close()
    assert not made.folder.exists()


def test_texts_of_the_same_size_are_never_written_at_the_same_time(copies):
    with copies.slot({}) as slot:
        stamps = []
        for text in ("x = 2\n", "x = 3\n"):
            copies.write(slot / "tree", {"pkg/a.py": text})
            stamps.append(int((slot / "tree" / "pkg" / "a.py").stat().st_mtime))
    assert len(set(stamps)) == 2
