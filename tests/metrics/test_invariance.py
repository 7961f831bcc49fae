"""Form, order and place never change what code costs."""

from __future__ import annotations

import ast
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.measure import measure
from metrics.source import SourceTree

ROOT = Path(__file__).parents[2]
STATEMENTS = (
    "{a} = load({b})",
    "{a} = {b}.read(1)",
    "{a}.append({b}.name)",
    "{a} = {b} + {c}.size",
    "log.write('found', {a}, {b})",
    "if {a} is None:\n    return {b}",
    "if {a}.ready and not {b}.closed:\n    {c} = {a}.next({b})\n    {b}.seen = True",
    "for {a} in {b}.items():\n    {c}.add({a})\n    if {a}.kind == 'x':\n        break",
    "try:\n    {a} = open({b})\nexcept OSError as error:\n    report(error, {b})\n    raise",
    "with {a}.lock() as {c}:\n    {b}.update({c})",
    "while {a} and {b}:\n    {a} = {a}.parent\nelse:\n    {b} = f'{{{c}}}: {{{a}.size}}'",
    "{a} = [x.name for x in {b} if x.ready and not x.closed]",
    "{a}, {b} = {b}.pair, {c}",
    "def inner({a}):\n    return {a}.value or {b}",
)
LOCALS = ("first", "second", "third", "fourth")


@st.composite
def functions(draw):
    name = draw(st.sampled_from(["parse", "load", "merge", "check"])) + str(draw(st.integers(0, 99)))
    lines = [f"def {name}(first, second):", "    third = fourth = 0"]
    for statement in draw(st.lists(st.sampled_from(STATEMENTS), min_size=2, max_size=8)):
        names = draw(st.tuples(*[st.sampled_from(LOCALS)] * 3))
        filled = statement.format(**dict(zip("abc", names, strict=True)))
        lines.extend("    " + line for line in filled.split("\n"))
    return "\n".join([*lines, "    return third, fourth", ""])


trees = st.lists(st.lists(functions(), min_size=1, max_size=4), min_size=1, max_size=3)


def joined(files):
    unique = [{text.split("(")[0]: text for text in texts} for texts in files]
    return {f"pkg/m{n}.py": "\n\n".join(texts.values()) for n, texts in enumerate(unique)}


def costs(files):
    return measure(SourceTree(files)).costs


def ids(files):
    return sorted((finding.id, finding.cost) for finding in measure(SourceTree(files)).findings)


class Renamed(ast.NodeTransformer):
    def visit_Name(self, node):
        node.id = {"third": "zeta", "fourth": "alpha", "x": "each"}.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node):
        # A parameter keeps its name: callers may use it.
        fixed = {arg.arg for arg in node.args.args}
        return node if fixed & {"third", "fourth"} else self.generic_visit(node)


@settings(max_examples=25)
@given(trees)
def test_formatting_comments_and_docstrings_change_neither_costs_nor_ids(files):
    before = joined(files)
    after = {}
    for path, text in before.items():
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.body.insert(0, ast.Expr(ast.Constant("Docs.")))
        after[path] = "# a remark\n" + ast.unparse(ast.fix_missing_locations(tree)).replace("\n", "  # why\r\n")
    assert ids(before) == ids(after)


@settings(max_examples=25)
@given(trees)
def test_names_of_locals_change_no_costs(files):
    before = joined(files)
    if any("def inner(third" in text or "def inner(fourth" in text for text in before.values()):
        return
    after = {path: ast.unparse(Renamed().visit(ast.parse(text))) for path, text in before.items()}
    assert costs(before) == costs(after)


@settings(max_examples=25)
@given(trees, st.integers(0, 99))
def test_the_order_of_functions_changes_neither_costs_nor_ids(files, seed):
    before = joined(files)
    after = {}
    for path, text in before.items():
        tree = ast.parse(text)
        random.Random(seed).shuffle(tree.body)
        after[path] = ast.unparse(tree)
    assert ids(before) == ids(after)


@settings(max_examples=25)
@given(trees, st.integers(0, 99))
def test_where_files_lie_changes_no_costs(files, seed):
    before = joined(files)
    names = sorted(before)
    random.Random(seed).shuffle(names)
    after = {f"pkg/sub{seed}/z{n}.py": before[name] for n, name in enumerate(names)}
    assert costs(before) == costs(after)


@settings(max_examples=20)
@given(trees)
def test_costs_are_natural_numbers_and_the_sum_of_the_findings(files):
    measured = measure(SourceTree(joined(files)))
    for rule, score in measured.scores.items():
        assert all(type(finding.cost) is int and finding.cost > 0 for finding in score.findings)
        assert measured.costs[rule] == sum(finding.cost for finding in score.findings)
    assert len({finding.id for finding in measured.findings}) == len(measured.findings)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_answer_is_the_same_under_any_hash_seed(seed):
    program = (
        "import json, sys; from pathlib import Path; from metrics.discovery import discover; "
        "from metrics.measure import measure; "
        "m = measure(discover(Path(sys.argv[1])).tree); "
        "print(json.dumps([[f.id, f.cost, f.message, str(f.sites), f.evidence] for f in m.findings]))"
    )
    answers = []
    for value in ("0", seed):
        environment = {**os.environ, "PYTHONHASHSEED": value, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program, str(ROOT / "metrics")]
        answers.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert json.loads(answers[0])
    assert answers[0] == answers[1]
