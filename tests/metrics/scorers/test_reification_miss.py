from __future__ import annotations

import ast
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.outline import scopes
from metrics.scorers.reification_miss import ReificationMiss
from metrics.scorers.reification_miss.conditions import read_conditions
from metrics.scorers.reification_miss.examples import FORGOTTEN, ONE_BASE, REPEATED
from metrics.scorers.reification_miss.mining import Literal, is_guard, keyed
from metrics.source import SourceTree
from metrics.testing import score, tree

RULE = ReificationMiss()
ATOMS = ["a.ready", "not a.closed", "b.kind == 'x'", "b.size() > 3", "a.owner is not None", "flag"]


def literals(expression, names="a, b, flag"):
    found = read_conditions(scopes(ast.parse(f"def f({names}):\n    if {expression}:\n        pass\n")))
    return [Literal(*literal) for literal in found[0][5]]


def key(expression, names="a, b, flag"):
    return keyed(literals(expression, names))[0]


def negation(atom, rng):
    return f"not ({atom})" if rng.random() < 0.5 else atom[4:] if atom.startswith("not ") else f"not {atom}"


@given(st.lists(st.sampled_from(ATOMS), min_size=2, max_size=4, unique=True), st.randoms(use_true_random=False))
def test_a_condition_and_its_negation_in_any_form_and_order_have_one_key(atoms, rng):
    straight = " and ".join(atoms)
    rng.shuffle(atoms)
    negated = " or ".join(negation(atom, rng) for atom in atoms)
    grouped = f"({' and '.join(atoms[:2])})" + "".join(f" and {atom}" for atom in atoms[2:])
    assert key(straight) == key(negated) == key(f"not ({negated})") == key(grouped)


@given(
    st.permutations(["one", "two", "flag"]), st.lists(st.sampled_from(ATOMS[:5]), min_size=2, max_size=4, unique=True)
)
def test_names_of_receivers_do_not_matter(names, atoms):
    renamed = [atom.replace("a.", f"{names[0]}.").replace("b.", f"{names[1]}.") for atom in atoms]
    assert key(" and ".join(renamed), ", ".join(names)) == key(" and ".join(atoms))


LOOP = """
def {0}(jobs):
    for {1} in jobs:
        if {1} is not None and len({1}) > 3 and {1} in jobs:
            return
"""
FLAG = """
def {0}(a):
    {1} = a.find()
    return {1} and not a.closed
"""


@pytest.mark.parametrize(("code", "is_free"), [(LOOP, False), (FLAG, True)])
def test_names_of_locals_neither_join_nor_part_conditions(code, is_free):
    different = "".join(code.format(f"f{number}", name) for number, name in enumerate("xyz"))
    same = "".join(code.format(f"f{number}", "x") for number in range(3))
    assert score(RULE, different).cost == score(RULE, same).cost
    assert (score(RULE, same).cost == 0) == is_free


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.x == 3 and b.y", "3 == a.x and b.y"),
        ("a.x > 3 and b.y", "3 < a.x and b.y"),
        ("a.x != 3 and b.y", "not a.x == 3 and b.y"),
        ("a.x not in (1, 2) and b.y", "not a.x in (1, 2) and b.y"),
        ("(n := a.x) and b.y", "a.x and b.y"),
        ("not not a.x and b.y", "a.x and b.y"),
        ("a.x and (a.y or a.z)", "a.x and not (not a.z and not a.y)"),
        ("a.x and b.x and b.y", "b.x and a.x and a.y"),
        ("a['k'] and a.x", 'a.x and a["k"]'),
    ],
)
def test_forms_that_mean_the_same_have_one_key(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.x and a.y", "a.x and b.y"),
        ("a.x and a.y", "a.x and not a.y"),
        ("a.x == 1 and a.y", "a.x == True and a.y"),
        ("a.x < 3 and a.y", "a.x >= 3 and a.y"),
        ("a.x(1, k=2) and a.y", "a.x(1, j=2) and a.y"),
        ("a.x and (a.y or a.z)", "a.x and (a.y and a.z)"),
        ("flag and a.x", "b and a.x"),
        ("g(a.x) and a.x", "h(a.x) and a.x"),
    ],
)
def test_tests_of_different_things_have_different_keys(one, other):
    assert key(one) != key(other)


@given(st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(rng):
    texts = tree({**ONE_BASE, "a.py": FORGOTTEN, "z.py": REPEATED}).texts
    order = list(texts)
    rng.shuffle(order)
    assert score(RULE, SourceTree({path: texts[path] for path in order})) == score(RULE, SourceTree(texts))


def test_near_misses_are_sites_of_their_own_role():
    finding = score(RULE, FORGOTTEN).findings[0]
    assert [(site.line, site.role) for site in finding.sites] == [
        (2, "copy"),
        (5, "copy"),
        (8, "copy"),
        (11, "near-miss"),
    ]
    assert finding.message == "`a.ready and a.paid() and not a.closed` tested together 3 times in 3 functions; " + (
        "1 test all but one"
    )


def test_the_evidence_gives_each_occurrence_its_operands_and_receivers():
    finding = score(RULE, FORGOTTEN).findings[0]
    assert json.loads(json.dumps(finding.evidence)) == finding.evidence
    lines = tree(FORGOTTEN).texts["example.py"].split("\n")
    for occurrence, name in zip(finding.evidence["occurrences"], "abc", strict=True):
        assert occurrence["receivers"] == [name]
        texts = [lines[line - 1][start:end] for line, start, _, end in occurrence["positions"]]
        assert sorted(texts) == [f"{name}.closed", f"{name}.paid()", f"{name}.ready"]
    assert {o["function"] for o in finding.evidence["near"]} == {"fourth"}


def test_a_method_knows_its_object_by_any_name_and_so_does_a_function_inside_it():
    code = REPEATED.replace("def wait(self)", "def wait(this)").replace(
        "self.till.ready and not self.door.closed:\n                self.rest()",
        "this.till.ready and not this.door.closed:\n                pass",
    )
    assert score(RULE, code).cost == score(RULE, REPEATED).cost
    inner = REPEATED.replace("def wait(self):\n", "def wait(self):\n          def later():\n").replace(
        "            if self.till.ready and not self.door.closed:\n                self.rest()",
        "              if self.till.ready and not self.door.closed:\n                self.rest()",
    )
    assert score(RULE, inner).cost == score(RULE, REPEATED).cost


def test_many_literals_are_mined_in_reasonable_time_and_the_same_way():
    rng = random.Random(7)
    names = [f"a.x{i}" for i in range(30)]
    code = "\n".join(f"def f{i}(a):\n    return {' and '.join(rng.sample(names, 8))}\n" for i in range(60))
    assert score(RULE, code) == score(RULE, code)


def test_code_outside_functions_is_not_read():
    assert score(RULE, "x = a.ready and not a.closed\n" * 5).cost == 0


NESTED = """
def {0}(kinds, key, other):
    if key in other.sizes or (key in kinds.all and kinds.all[key] == "matrix"):
        return {0}(key)
"""
INNER = """
def {0}(kinds, key):
    return key in kinds.all and kinds.all[key] == "matrix"
"""


def test_a_condition_inside_another_one_is_named_with_it():
    (outer,) = [f for f in score(RULE, "".join(map(NESTED.format, "abcd"))).findings if f.gated]
    assert "other.sizes" in outer.message


def test_a_condition_inside_another_one_still_counts_where_it_stands_alone():
    code = "".join([*map(NESTED.format, "abcd"), *map(INNER.format, "efg")])
    inner = [f for f in score(RULE, code).findings if f.gated and "other.sizes" not in f.message]
    assert [len(f.sites) for f in inner] == [3]


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("a is not None and a.ready", 1),
        ("a is None or a.ready", 1),
        ("a.owner and a.owner.size > 3", 1),
        ("isinstance(a, Job) and len(a.parts) > 3", 1),
        ("not isinstance(a, Job) and a.ready", 0),
        ("a is None and a.ready", 0),
        ("a is not None and b.ready", 0),
        ("a.ready and a.closed", 0),
        ("a.own and a.owner", 0),
        ("a.ready and b.a.ready", 0),
    ],
)
def test_what_only_makes_another_test_safe_to_ask_is_a_guard(expression, count):
    found = literals(expression)
    assert sum(is_guard(literal, found) for literal in found) == count
