from __future__ import annotations

from pathlib import Path

import pytest
from edits import KINDS, edited

import metrics
from metrics.charge import charge, free, is_charged, is_free
from metrics.difference import Lines, difference
from metrics.discovery import discover
from metrics.measure import Measurement, default_rules, measure, read_files
from metrics.scorers import SCORERS
from metrics.source import SourceTree
from metrics.testing import Code, Costs, examples, tree
from metrics.ties import Ties
from metrics.touched import Side, touched

GATED = [rule for rule in default_rules() if SCORERS[rule].gated]


@pytest.fixture(scope="module")
def product() -> SourceTree:
    """Half of this package: as many findings as a test can wait for."""
    texts = dict(discover(Path(metrics.__file__).parent).tree.texts)
    return SourceTree({path: texts[path] for path in sorted(texts)[::2]})


def rules_touched(before: SourceTree, after: SourceTree) -> list[str]:
    rules = default_rules()
    lines = difference(before, after)
    was = Side(lines.removed, read_files(before, before.texts.keys() & lines.removed.keys(), rules, None)[0])
    now = Side(lines.added, read_files(after, after.texts.keys() & lines.added.keys(), rules, None)[0])
    return touched(GATED, was, now, ties := Ties(before, None), Ties(after, None, ties))


@pytest.mark.parametrize("seed", range(4 * KINDS))
def test_a_rule_that_a_change_cannot_touch_charges_it_nothing(product: SourceTree, seed: int) -> None:
    after = edited(product, seed)
    lines = difference(product, after)
    if seed // KINDS % 2:
        product, after, lines = after, product, difference(after, product)
    names = rules_touched(product, after)
    whole = charge(measure(product), measure(after), lines, GATED)
    assert {rule for rule in GATED if whole.charges[rule] or whole.credits[rule]} <= {*names}
    part = charge(measure(product, names), measure(after, names), lines, names)
    assert whole.findings == part.findings
    assert all((whole.charges[rule], whole.credits[rule]) == (part.charges[rule], part.credits[rule]) for rule in names)
    if is_free(measure(after), lines, GATED):
        assert whole == free(GATED)


EXAMPLES = [
    pytest.param(rule, example.code, id=f"{rule}-{number}")
    for rule in GATED
    for number, example in enumerate(examples(SCORERS[rule]))
    if isinstance(example, Costs) and example.costs
]


@pytest.mark.parametrize(("rule", "code"), EXAMPLES)
def test_every_site_of_a_charged_finding_lies_where_its_rule_can_be_touched(rule: str, code: Code) -> None:
    assert_sites_are_touched(rule, tree(code), measure(tree(code), [rule]))


def test_every_site_of_a_charged_finding_of_a_package_lies_where_its_rule_can_be_touched(product: SourceTree) -> None:
    measured = measure(product)
    for rule in GATED:
        assert_sites_are_touched(rule, product, measured)


def assert_sites_are_touched(rule: str, judged: SourceTree, measured: Measurement) -> None:
    """Whoever adds the lines of one site alone touches the rule."""
    facts, _ = read_files(judged, judged.texts, default_rules(), None)
    ties = Ties(judged, None)
    for finding in filter(is_charged, measured.scores[rule].findings):
        for site in finding.sites:
            lines = frozenset(range(site.line, site.end_line + 1))
            file = {site.path: facts[site.path]}
            own = Side({site.path: Lines(lines, lines)}, file)
            assert touched([rule], Side({}, file), own, ties, ties) == [rule], (finding, site)


def test_a_line_that_asks_nothing_touches_no_rule() -> None:
    text = (
        "def total(prices):\n    found = []\n    for price in prices:\n        found.append(price)\n    return found\n"
    )
    before = SourceTree({"a.py": text, "b.py": "x = 1\n"})
    after = before.replacing({"a.py": text.replace("    return", "    found.append(1)\n    return")})
    assert rules_touched(before, after) == []


def test_a_second_copy_touches_duplication_alone_of_all_rules_about_copies() -> None:
    text = "def total(prices):\n    found = []\n    for one in prices:\n        found.append(one * 2 + len(prices))\n"
    before = SourceTree({"a.py": text, "b.py": "x = 1\n"})
    names = rules_touched(before, before.replacing({"b.py": text}))
    assert "duplication" in names
    assert "reification-miss" not in names
