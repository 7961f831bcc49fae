from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.index import Index, Near
from metrics.source import SourceTree


@pytest.mark.parametrize(
    ("paths", "path", "name"),
    [
        (["pkg/__init__.py", "pkg/a.py"], "pkg/a.py", "pkg.a"),
        (["src/pkg/__init__.py", "src/pkg/a.py"], "src/pkg/a.py", "pkg.a"),
        (["src/pkg/a.py"], "src/pkg/a.py", "pkg.a"),
        (["lib/pkg/__init__.py", "lib/pkg/sub/__init__.py", "lib/pkg/sub/a.py"], "lib/pkg/sub/a.py", "pkg.sub.a"),
        (["space/a.py"], "space/a.py", "space.a"),
        (["pkg/__init__.py"], "pkg/__init__.py", "pkg"),
        (["__init__.py", "a.py"], "a.py", "a"),
    ],
)
def test_modules_are_named_by_their_packages(paths, path, name):
    assert Index({}, SourceTree(dict.fromkeys(paths, ""))).module(path) == name


def test_symbols_name_what_is_in_a_module():
    index = Index({}, SourceTree({"pkg/a.py": ""}))
    assert index.symbol("pkg/a.py", "Class.method") == "pkg.a:Class.method"
    assert index.symbol("pkg/a.py") == "pkg.a"


def test_files_are_found_by_the_names_that_they_are_imported_under() -> None:
    paths = ("src/a.py", "a.py", "pkg/__init__.py", "pkg/a.py", "pkg/data.py", "bin/a", "__init__.py", "x/b.c.py")
    index = Index({}, SourceTree(dict.fromkeys(paths, "")))
    for path in paths:
        assert index.paths({index.module(path)}) == [
            one for one in sorted(paths) if index.module(one) == index.module(path)
        ]
    assert index.paths({"a", "pkg.a"}) == ["a.py", "pkg/a.py", "src/a.py"]
    assert index.paths(()) == []


stretch = st.tuples(st.integers(1, 30), st.integers(0, 6)).map(lambda one: (one[0], one[0] + one[1]))


@given(st.lists(stretch, max_size=8), stretch)
def test_lines_are_near_if_they_overlap_with_any_stretch(stretches, lines) -> None:
    near = Near({"a.py": stretches}, lambda reading, keys: ())
    assert near.holds("a.py", *lines) == any(first <= lines[1] and lines[0] <= last for first, last in stretches)
    assert not near.holds("b.py", *lines)
