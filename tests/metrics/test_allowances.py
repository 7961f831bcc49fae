from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.allowances import added, allowances_of
from metrics.charge import charge
from metrics.difference import difference
from metrics.measure import measure
from metrics.scorer import Site
from metrics.source import SourceTree

CODE = """\
class Store:
    @cached
    def load(
        self,
        path,
    ):
        # above
        lines = read(
            path,
        )
        if lines:
            return lines
        return None


def save(path): return path
"""


def covered(line: int, *, alone: bool = False, rule: str = "duplication") -> tuple[int, int]:
    """The lines that a comment at the end of this line covers, or alone on a line of its own before it."""
    lines = CODE.splitlines()
    comment = f"# guardloop: allow[{rule}] a reason"
    if alone:
        lines.insert(line - 1, comment)
    else:
        lines[line - 1] += f"  {comment}"
    (found,) = allowances_of({"a.py": "\n".join(lines) + "\n"})
    assert (found.line, found.rule, found.reason) == (line, rule, "a reason")
    return found.first, found.last


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (1, (1, 13)),
        (2, (2, 13)),
        (3, (2, 13)),
        (5, (2, 13)),
        (6, (2, 13)),
        (8, (8, 10)),
        (9, (8, 10)),
        (11, (11, 11)),
        (12, (12, 12)),
        (16, (16, 16)),
    ],
)
def test_a_comment_covers_its_statement_and_all_of_a_function_or_class_at_its_head(line, lines) -> None:
    assert covered(line) == lines


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (1, (2, 14)),
        (2, (3, 14)),
        (4, (2, 14)),
        (6, (2, 14)),
        (7, (9, 11)),
        (9, (8, 11)),
        (11, (12, 12)),
        (13, (14, 14)),
        (15, (17, 17)),
        (17, (17, 17)),
    ],
)
def test_a_comment_on_its_own_line_covers_what_follows_or_what_it_stands_in(line, lines) -> None:
    assert covered(line, alone=True) == lines


def test_one_comment_may_allow_several_rules() -> None:
    found = allowances_of({"a.py": "x = 1  # guardloop: allow[duplication, nil-pressure] both wanted\n"})
    assert [(one.rule, one.reason) for one in found] == [
        ("duplication", "both wanted"),
        ("nil-pressure", "both wanted"),
    ]


@pytest.mark.parametrize("others", ["# type: ignore", "# a word on it", "# noqa: E501 # type: ignore"])
def test_comments_for_others_may_stand_before_ours(others) -> None:
    (found,) = allowances_of({"a.py": f"x = 1  {others}  # guardloop: allow[duplication] wanted\n"})
    assert (found.rule, found.reason) == ("duplication", "wanted")


@pytest.mark.parametrize(
    "head",
    [
        "def f(\n):",
        "def f(\n    a=lambda x: x,  # a colon: here\n    # and: here\n):",
        "async def f(\n    *, a: int = {1: 2}[1]\n)   :",
        "class A(\n    B,\n):",
        "if (\n    a and 'é:'\n):",
        "while (a[\n  1:\n]\n):",
        "for é, b in (\n    c\n\n):",
        "with (\n    a as b,\n    c as d,\n):",
        "try:\n    a\nexcept (\n    A,\n) as b:",
        "match a:\n  case {\n    1: b,\n  } if (\n    c\n  ):",
    ],
)
def test_a_head_goes_on_to_its_colon(head) -> None:
    text = f"{head}  # guardloop: allow[duplication] a reason\n    pass\n    return_here\n"
    (found,) = allowances_of({"a.py": text})
    assert found.first < found.line == head.count("\n") + 1
    assert "return_here" not in found.code


@pytest.mark.parametrize(
    "text",
    [
        "x = '# guardloop: allow[duplication] in a string'\n",
        '"""# guardloop: allow[duplication] in a docstring"""\n',
        "# guardloop: deny[duplication] no such thing\n",
        "# allow[duplication] without our name\n",
        "def (:  # guardloop: allow[duplication] in what is no Python\n",
    ],
)
def test_what_only_looks_like_a_comment_of_ours_allows_nothing(text) -> None:
    assert allowances_of({"a.py": text}) == []


def test_a_site_is_covered_if_it_begins_there() -> None:
    (found,) = allowances_of({"a.py": "x = 1\ny = 2  # guardloop: allow[duplication] why not\nz = 3\n"})
    assert [found.covers(Site("a.py", n, 3, "a")) for n in (1, 2, 3)] == [False, True, False]
    assert not found.covers(Site("b.py", 2, 3, "b"))


LOOP = """\
def {name}(rows, limit):{comment}
    total = 0
    for row in rows:
        if row.price > limit:
            total += row.price * row.count
    print("total", total, limit)
    return total
"""
ALLOWED = "  # guardloop: allow[duplication] two taxes by law"


def loops(*comments: str) -> SourceTree:
    return SourceTree({f"m{n}.py": LOOP.format(name=f"do_{n}", comment=comment) for n, comment in enumerate(comments)})


def test_a_finding_with_a_covered_site_costs_nothing_and_stays_known() -> None:
    plain, allowed = measure(loops("", "")), measure(loops("", ALLOWED))
    assert plain.costs["duplication"] == sum(finding.cost for finding in allowed.suppression.findings) > 0
    assert allowed.costs["duplication"] == 0
    assert allowed.costs.keys() == plain.costs.keys()
    assert (allowed.suppression.stale, allowed.suppression.void) == ((), ())


def test_a_comment_without_a_reason_or_for_another_rule_changes_no_cost() -> None:
    plain = measure(loops("", "")).costs
    for comment in (
        "  # guardloop: allow[duplication]",
        "  # guardloop: allow[nil-pressure] a reason",
        "  # guardloop: allow[] x",
    ):
        assert measure(loops("", comment)).costs == plain


def test_a_disregarded_comment_allows_nothing() -> None:
    tree = loops("", ALLOWED)
    found = measure(tree, disregarded=allowances_of(tree.texts))
    assert found.costs == measure(loops("", "")).costs
    assert found.suppression.findings == ()


def test_measuring_with_a_comment_leaves_what_is_remembered_as_it_was() -> None:
    tree = loops("", ALLOWED)
    first = measure(tree)
    measure(tree, disregarded=allowances_of(tree.texts))
    assert measure(tree) == first


COUNTS = st.lists(st.sampled_from(["a.py", "b.py", "c.py"]), max_size=4)


@given(COUNTS, COUNTS)
def test_a_change_adds_as_many_comments_as_there_are_more(before: list[str], after: list[str]) -> None:
    def comments(paths: list[str]) -> dict[str, str]:
        return {path: "x = 1  # guardloop: allow[duplication] again\n" * paths.count(path) for path in paths}

    was, now = allowances_of(comments(before)), allowances_of(comments(after))
    assert len(added(was, now)) == max(0, len(after) - len(before))


def test_a_comment_stays_what_it_is_while_its_function_is_edited_or_its_code_moves() -> None:
    before = allowances_of({"a.py": LOOP.format(name="load", comment=ALLOWED)})
    edited = LOOP.format(name="load", comment=ALLOWED).replace("limit):", "limit, rest):")
    assert added(before, allowances_of({"a.py": edited})) == frozenset()
    assert added(before, allowances_of({"b.py": LOOP.format(name="load", comment=ALLOWED)})) == frozenset()
    (one,) = added(before, allowances_of({"b.py": LOOP.format(name="save", comment=ALLOWED)}))
    assert (one.path, one.line, one.symbol) == ("b.py", 1, "save")


def test_a_change_that_adds_the_comment_for_an_old_finding_is_charged_nothing() -> None:
    before, after = loops("", ""), loops("", ALLOWED)
    found = charge(measure(before), measure(after), difference(before, after), ["duplication"])
    assert found.charges == {"duplication": 0}


STORE = """\
class Store:{cls}
    limit = 1{limit}
    other = 1

    def load(self, path):{load}
        rows = read(path)
        {above}
        total = count(rows){total}
        return total
"""
PLACES = ("cls", "limit", "load", "above", "total")
LEGACY = "  # guardloop: allow[duplication] legacy"


def store(place: str, path: str = "a.py") -> dict[str, str]:
    """A class with a comment at one of its places."""
    return {path: STORE.format(**{one: LEGACY.strip(" " * (one == "above")) if one == place else "" for one in PLACES})}


def new_at(before: dict[str, str], after: dict[str, str]) -> list[int]:
    return [one.line for one in sorted(added(allowances_of(before), allowances_of(after)))]


@pytest.mark.parametrize("before", PLACES)
@pytest.mark.parametrize("after", PLACES)
def test_a_comment_that_is_put_to_more_or_other_code_is_added(before, after) -> None:
    is_about_the_same = before == after or {before, after} == {"above", "total"}
    assert (new_at(store(before), store(after)) == []) == is_about_the_same


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("limit", "limit = 1", "limit = 2"),
        ("total", "total = count(rows)", "total = count(rows, path)"),
        ("load", "rows = read(path)", "rows = [read(path)]"),
        ("load", "(self, path)", "(self, path, rows=())"),
        ("cls", "limit = 1", "pass"),
        ("total", "def load", "# Moved down.\n\n    def load"),
    ],
)
def test_a_comment_whose_code_is_edited_is_not_added(place, old, new) -> None:
    after = {path: text.replace(old, new) for path, text in store(place).items()}
    assert after != store(place)
    assert new_at(store(place), after) == []


@pytest.mark.parametrize("place", PLACES)
def test_a_comment_that_moves_with_all_that_it_covers_is_not_added(place) -> None:
    assert new_at(store(place), store(place, "b.py")) == []


def test_a_comment_that_moves_to_a_function_of_the_same_head_is_added() -> None:
    other = {"b.py": STORE.format(**{**dict.fromkeys(PLACES, ""), "load": LEGACY}).replace("count", "measure")}
    assert new_at(store("load"), store("") | other) == [5]


def test_a_comment_whose_statement_gives_way_to_one_that_stood_there_is_added() -> None:
    (text,) = store("total").values()
    moved = text.replace(f"        total = count(rows){LEGACY}\n", "").replace("return total", f"return total{LEGACY}")
    assert new_at(store("total"), {"a.py": moved}) == [8]
