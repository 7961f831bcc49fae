from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guardloop.coverage_map import CoverageMap, changed_lines, lines_of
from metrics.source import SourceTree

TEXT = """\
import os


def one():
    x = 1

    return x


@property
def two():
    return 2
"""
TREE = SourceTree({"a.py": TEXT, "b.py": TEXT})
REACHED = {
    "tests": ["t1", "t2"],
    "files": {"lib/a.py": {5: [0], 7: [0], 12: [1]}, "lib/b.py": {12: [0, 1]}, "x.py": {}},
}


def mapped() -> CoverageMap:
    found = CoverageMap.read(TREE, REACHED, "lib/")
    assert found is not None
    return found


def affected(line: str, by: str) -> frozenset[str]:
    return mapped().affected(TREE, TREE.replacing({"a.py": TEXT.replace(line, by)}))


def test_a_changed_line_affects_the_tests_that_reach_its_function():
    assert affected("x = 1", "x = 2") == {"t1"}
    assert affected("return 2", "return 3") == {"t2"}


def test_headers_decorators_and_blank_lines_belong_to_their_function():
    assert affected("@property\n", "@staticmethod\n") == {"t2"}
    assert affected("x = 1\n\n", "x = 1\n") == {"t1"}


def test_lines_that_only_an_import_reaches_affect_no_test():
    assert affected("import os", "import sys") == frozenset()


def test_a_file_that_was_changed_before_affects_all_tests_that_reach_it():
    later = mapped().after(("a.py",))
    assert later.affected(TREE, TREE.replacing({"a.py": TEXT.replace("x = 1", "x = 2")})) == {"t1", "t2"}


def test_functions_are_listed_with_the_tests_that_reach_their_body():
    found = [(span.path, span.line, span.end_line, tests) for span, tests in mapped().functions]
    assert found == [
        ("a.py", 4, 7, {"t1"}),
        ("a.py", 10, 12, {"t2"}),
        ("b.py", 10, 12, {"t1", "t2"}),
    ]


ONE_LINE = """\
def one(): return 1


def two(
    a=3): return a


def three(a): return [
    a,
]


class A:
    def four(self):
        return 4
"""


def called(*lines):
    reached = {"tests": ["t"], "files": {"a.py": {line: [0] for line in lines}}}
    found = CoverageMap.read(SourceTree({"a.py": ONE_LINE}), reached, "")
    assert found is not None
    return [span.line for span, _ in found.functions]


def test_the_line_of_a_header_is_reached_by_defining_the_function():
    assert called(1, 4, 5, 8, 9, 15) == [8, 14]


def test_one_line_functions_are_listed_where_nothing_surer_is_known():
    assert called(1, 4, 5, 8) == [1, 4, 8]


def test_without_a_record_there_is_no_map():
    assert CoverageMap.read(TREE, {}, "") is None


def test_form_feeds_end_no_line():
    assert lines_of("a\x0cb\nc\r\nd\re") == ["a\x0cb\n", "c\r\n", "d\r", "e"]


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_lines_that_differ_are_never_missed(before, after):
    found = changed_lines("\n".join(before), "\n".join(after))
    assert found <= set(range(1, len(before) + 1))
    assert {number for number, line in enumerate(before, 1) if line not in after} <= found
