from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

import metrics
from guardloop.checking.charging import charged_where_touched
from guardloop.checking.sides import Sides
from metrics.charge import Charged, charge
from metrics.difference import Difference, difference
from metrics.discovery import discover
from metrics.measure import default_rules, measure
from metrics.scorers import SCORERS
from metrics.source import SourceTree

RULES = default_rules()
GATED = [rule for rule in RULES if SCORERS[rule].gated]
STATEMENTS = (
    "if {name} is None:\n    return None",
    "if isinstance({name}, str):\n    {name} = str({name})",
    "for one in {name}.items:\n    if one.path is None and one.line:\n        continue",
    "{name} = self.index.get('key') or {{}}",
    "try:\n    {name} = {name}.slot\nexcept AttributeError:\n    pass",
)


@pytest.fixture(scope="module")
def product() -> SourceTree:
    """A third of this package: as many findings as a test can wait for."""
    texts = dict(discover(Path(metrics.__file__).parent).tree.texts)
    return SourceTree({path: texts[path] for path in sorted(texts)[1::3]})


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "cache"))


def functions(text: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]


def moved_to(lines: list[str], column: int) -> list[str]:
    own = len(lines[0]) - len(lines[0].lstrip())
    return [" " * column + line[own:] for line in lines]


def edited(tree: SourceTree, seed: int) -> SourceTree:
    """The tree with a function copied, a call or a parameter added, or statements put in or taken out."""
    choose = random.Random(seed)
    one, other = choose.sample([path for path in tree.texts if functions(tree.texts[path])], 2)
    lines, theirs = tree.texts[one].splitlines(), tree.texts[other].splitlines()
    mine, copied = choose.choice(functions(tree.texts[one])), choose.choice(functions(tree.texts[other]))
    statement = choose.choice(mine.body)
    kind, column = seed % 5, statement.col_offset
    if kind == 0:
        lines += ["", *moved_to(theirs[copied.lineno - 1 : copied.end_lineno], 0)]
    elif kind == 1:
        name = (mine.args.args or [ast.arg("value")])[-1].arg
        inserted = "\n".join(choose.sample(STATEMENTS, 2)).format(name=name).splitlines()
        lines[statement.lineno - 1 : statement.lineno - 1] = moved_to(inserted, column)
    elif kind == 2:
        lines[statement.lineno - 1 : statement.end_lineno] = [f"{' ' * column}pass"]
    elif kind == 3:
        lines[statement.lineno - 1 : statement.lineno - 1] = [f"{' ' * column}{copied.name}(None, 0)"]
    else:
        lines[mine.lineno - 1] = lines[mine.lineno - 1].replace(f"{mine.name}(", f"{mine.name}(added=None, ")
    text = "\n".join(lines) + "\n"
    try:
        ast.parse(text)
    except SyntaxError:
        return tree.replacing({one: tree.texts[one] + "\n" + tree.texts[other]})
    return tree.replacing({one: text})


def charged(before: SourceTree, after: SourceTree, lines: Difference) -> Charged:
    return charge(measure(before), measure(after), lines, GATED)


@pytest.mark.parametrize("seed", range(25))
def test_what_a_change_is_charged_near_it_is_what_the_whole_trees_say(product: SourceTree, seed: int) -> None:
    before, after = product, edited(product, seed)
    if seed % 3 == 0:
        before, after = after, before
    change = Sides(before, after, frozenset(before.unlike(after)), "HEAD")
    lines = difference(before, after)
    _, found = charged_where_touched(change, lines, GATED, RULES, is_staged=True)
    assert found == charged(before, after, lines)
    assert charged_where_touched(change, lines, GATED, RULES)[1] == found
