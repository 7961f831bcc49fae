"""What classes of the standard library hand down, looked at without importing anyone else's code."""

from __future__ import annotations

import pytest

from guardloop.sketches.duplication.ancestry import handed_down


@pytest.mark.parametrize(
    ("dotted", "name"),
    [
        ("threading.Thread", "_bootstrap"),
        ("threading.Thread", "_target"),
        ("unittest.TestCase", "_outcome"),
        ("dict", "setdefault"),
        ("Exception", "with_traceback"),
        ("concurrent.futures.Executor", "submit"),
    ],
)
def test_methods_and_what_methods_set_are_known_private_ones_too(dotted, name):
    assert name in handed_down(dotted)


@pytest.mark.parametrize("dotted", ["", "f", "pkg.Model", "pkg/a.py.Base", "typing.NamedTuple", "this.s", "tomllib.no"])
def test_what_is_no_class_of_the_standard_library_cannot_be_looked_at(dotted):
    assert handed_down(dotted) is None


def test_a_module_that_bears_the_name_of_a_standard_one_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "this.py").write_text("raise AssertionError\n")
    (tmp_path / "nntplib.py").write_text("raise AssertionError\n")
    (tmp_path / "sndhdr.py").write_text("class A:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert handed_down("this.A") is handed_down("nntplib.A") is handed_down("sndhdr.A") is None
