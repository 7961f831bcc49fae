from __future__ import annotations

import ast
import textwrap
import time

import pytest

from metrics.facts import deep_recursion, parse
from metrics.tested.labels import compared, label, patterns
from metrics.tested.places import Places
from metrics.tested.reading import read_tested

PLACES = {
    "an attribute of self": ("self.mode", ("own", "A", "mode")),
    "an attribute of self by name": ('getattr(self, "mode")', ("own", "A", "mode")),
    "a method without arguments": ("self.kind()", ("own", "A", "kind")),
    "an attribute of something else": ("job.mode", ("part", "", "mode")),
    "an attribute of an attribute": ("self.job.mode", ("part", "", "mode")),
    "a parameter": ("job", ("name", "", "job")),
    "a local is what it was assigned from": ("copy", ("own", "A", "mode")),
    "a local of a local": ("again", ("own", "A", "mode")),
    "a local that is assigned twice": ("twice", None),
    "a local that is computed": ("made", None),
    "a text key": ('job["mode"]', ("key", "", "mode")),
    "a text key that may be missing": ('job.get("mode", "fast")', ("key", "", "mode")),
    "a key that is computed": ("job[key]", None),
    "the same text in small letters": ("job.mode.lower().strip()", ("part", "", "mode")),
    "as a text": ("str(self.mode)", ("own", "A", "mode")),
    "bound on the way": ("(mode := self.mode)", ("own", "A", "mode")),
    "a variable of the module": ("MODE", ("global", "", "MODE")),
    "an imported name": ("platform", None),
    "an attribute of an imported module": ("sys.platform", None),
    "a key of something imported": ('os.environ["MODE"]', None),
    "a name that nobody binds": ("unknown", None),
    "the object itself": ("self", None),
    "a call with arguments": ("job.mode(1)", None),
    "a sum": ("job + 1", None),
}


@pytest.mark.parametrize(("text", "place"), PLACES.values(), ids=PLACES)
def test_a_value_is_known_by_the_place_it_was_read_from(text, place):
    source = f"""
    import os, sys
    from sys import platform
    MODE = "fast"
    class A:
        def method(self, job, key):
            copy = self.mode
            again = copy
            twice = self.mode
            twice = job.mode
            made = [1]
            return {text}
    """
    scopes = parse(textwrap.dedent(source)).scopes
    (scope,) = [scope for scope in scopes if scope.is_function]
    (node,) = scope.nodes[ast.Return]
    assert Places(scopes).of(node.value, scope) == place


LABELS = {
    '"fast"': ("=", "'fast'"),
    "b'fast'": ("=", "b'fast'"),
    "404": ("=", "404"),
    "-404": ("=", "-404"),
    "FAST": ("@", "FAST"),
    "Mode.FAST": ("@", "Mode.FAST"),
    "modes.Mode.FAST": ("@", "Mode.FAST"),
    "modes.FAST": ("@", "FAST"),
    "Mode.Fast": ("@", "Mode.Fast"),
    "Mode.FAST.value": ("@", "Mode.FAST"),
    "''": None,
    "'x'": None,
    "True": None,
    "0x" + "f" * 5000: None,
    "-0x" + "f" * 5000: None,
    "'" + "x" * 500 + "'": None,
    "None": None,
    "2": None,
    "1.5": None,
    "fast": None,
    "self.FAST": None,
    "mode.fast": None,
    "f'{fast}'": None,
}


@pytest.mark.parametrize(("text", "expected"), LABELS.items(), ids=[text[:20] for text in LABELS])
def test_a_label_is_a_telling_literal_or_the_name_of_a_constant(text, expected):
    assert label(ast.parse(text, mode="eval").body) == expected


COMPARISONS = {
    'x == "fast"': [("x", ["'fast'"])],
    '"fast" != x': [("x", ["'fast'"])],
    'x is not "fast"': [("x", ["'fast'"])],
    'x in ("fast", "slow")': [("x", ["'fast'", "'slow'"])],
    'x not in {"fast"}': [("x", ["'fast'"])],
    'x in frozenset(["fast", "slow"])': [("x", ["'fast'", "'slow'"])],
    'x in {"fast": 1}': [("x", ["'fast'"])],
    "x in MODES": [("x", ["MODES"])],
    '(x, y) == ("fast", "slow")': [("x", ["'fast'"]), ("y", ["'slow'"])],
    'x in ("fast", y, z, w)': [],
    'x < "fast"': [],
    'x == y == "fast"': [],
    "x in y": [],
}


@pytest.mark.parametrize(("text", "expected"), COMPARISONS.items(), ids=COMPARISONS)
def test_a_comparison_tests_a_value_against_labels_in_either_order(text, expected):
    node = ast.parse(text, mode="eval").body
    found = [(ast.unparse(subject), [text for _, text in labels]) for subject, labels in compared(node)]
    assert found == expected


PATTERNS = {
    '"fast"': [("x", ["'fast'"])],
    '"fast" | "slow"': [("x", ["'fast'"]), ("x", ["'slow'"])],
    "Mode.FAST as mode": [("x", ["Mode.FAST"])],
    "Mode()": [("x", ["Mode"])],
    "Mode(1)": [],
    "other": [],
    "None": [],
}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.items(), ids=PATTERNS)
def test_a_pattern_tests_its_subject_against_labels(pattern, expected):
    node = ast.parse(f"match x:\n case {pattern}:\n  pass").body[0]
    found = patterns(node.subject, node.cases[0].pattern)
    assert [(ast.unparse(subject), [text for _, text in labels]) for subject, labels in found] == expected


def read(source):
    return read_tested(parse(textwrap.dedent(source)).scopes)


def test_each_label_is_read_once_in_each_function():
    facts = read("""
    def f(x):
        if x == "fast" or x == "fast":
            return x == "slow"
    """)
    assert [(function, label) for function, _, label, *_ in facts["tests"]] == [
        ("f", ("=", "'fast'")),
        ("f", ("=", "'slow'")),
    ]


def test_constants_are_read_from_modules_and_plain_classes_only():
    facts = read("""
    FAST = "fast"
    BOTH = ("fast", "slow")
    slow = "slow"
    one, MADE = "first", make()
    kind: str = "typed"
    __all__ = ["fast", "slow"]
    class Modes:
        FAST = "fast"
    class Job:
        FAST = "fast"
        def run(self):
            pass
    class Mode(enum.Enum):
        FAST = "fast"
    def f():
        SLOW = "slow"
    """)
    assert facts["constants"] == {
        "FAST": ["'fast'"],
        "BOTH": ["'fast'", "'slow'"],
        "slow": ["'slow'"],
        "one": ["'first'"],
        "kind": ["'typed'"],
        "Modes.FAST": ["'fast'"],
    }


def test_a_predicate_is_a_function_that_only_tests_its_parameter():
    facts = read("""
    def is_fast(mode):
        "Whether it is."
        return not mode == "fast"
    def same(one, other):
        return one == other
    def is_late(job):
        return job.mode == "late"
    def both(one, other):
        print(one)
        print(other)
        return one == "fast"
    """)
    assert facts["predicates"] == [("is_fast", [("=", "'fast'")]), ("same", [])]


def test_the_lines_of_a_first_case_begin_with_its_match():
    facts = read("""
    def f(x):
        match x:
            case "fast":
                return 1
            case "slow":
                return 2
    """)
    assert [test[3:] for test in facts["tests"]] == [(3, 4, 0), (6, 6, 1)]


def test_a_ladder_needs_three_arms_about_one_subject():
    facts = read("""
    def f(x, y):
        if x == "one" or x == "two" or x == "three":
            return 1
        if y == "one":
            return 2
        elif x in ("four", "five"):
            return 3
    def g(x):
        if x == "one":
            return 1
        elif x == "two" and f(x):
            return 2
        elif isinstance(x, Three):
            return 3
    """)
    assert [(function, subject, arms) for function, subject, arms, *_ in facts["ladders"]] == [("g", "x", 3)]


def test_tuples_are_read_where_they_are_given_and_where_they_are_taken_apart():
    facts = read("""
    class A:
        def pair(self):
            return self.a, self.b
        def put(self, key):
            self.held[key] = (1, 2, 3)
            self.last = (key, 1)
            first, *rest = self.pair()
            one, two = self.pair()
            a, b, c = self.held[key]
            a, b = b, a
        def all(self):
            return [a for key, (a, b, c) in self.held.items()]
    """)
    assert [fact[:4] for fact in facts["tuples"]] == [
        ("given", "pair", "A.pair", 2),
        ("given", "held[]", "A.put", 3),
        ("given", ".last", "A.put", 2),
        ("taken", "pair", "A.put", 2),
        ("taken", "held[]", "A.put", 3),
        ("taken", "held[]", "A.all", 3),
    ]


def test_items_count_as_read_by_position_if_two_of_them_are():
    facts = read("""
    def f(row, line):
        row[0] = row[1] + row[2] + row[1]
        return line[0]
    """)
    assert facts["positions"] == [("f", 3, 3, 3)]


def test_texts_are_read_where_a_program_gives_them():
    facts = read("""
    def f(x, mode="fast"):
        kind = "one" if x else "two-three"
        g(kind="four", other="not one word")
        return x or "five", ["six", "no"]
    """)
    assert sorted(text for _, text, _ in facts["produced"]) == [
        "'fast'",
        "'five'",
        "'four'",
        "'one'",
        "'six'",
        "'two-three'",
    ]


def test_a_method_that_only_compares_an_attribute_is_read_with_those_who_ask_it():
    facts = read("""
    class A:
        def is_mode(self, mode):
            return self.mode == mode
        def is_like(self, other):
            return self.mode == other.mode
    def f(a):
        return 1 if not a.is_mode("fast") and a.name.startswith("fast") else 2
    """)
    assert facts["askers"] == [("is_mode", ("own", "A", "mode"))]
    assert facts["asked"] == [("f", "is_mode", ("=", "'fast'"), 8, 8)]


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    return x" + "[0]" * 3000,
        "def f(x):\n    return x" + ".lower()" * 3000 + " == 'fast'",
        "def f(x):\n    if x == 'a0':\n        pass\n"
        + "".join(f"    elif x == 'a{n}':\n        pass\n" for n in range(900)),
        "def f(x):\n    return x in (" + "".join(f"'a{n}', " for n in range(9000)) + ")",
        "def f(x):\n    return " + "(1, " * 80 + "2" + ")" * 80,
    ],
    ids=["items", "calls", "ladder", "members", "tuples"],
)
def test_long_and_deep_code_is_read_in_linear_time(code):
    start = time.process_time()
    with deep_recursion():
        assert read_tested(parse(code).scopes)
    assert time.process_time() - start < 2
