from __future__ import annotations

import pytest

from metrics import facts
from metrics.cache import Cache
from metrics.gathering import Memory
from metrics.measure import default_rules, measure
from metrics.scorers import TOOL_RULES
from metrics.scorers.duplication.examples import COPIED
from metrics.source import SourceTree, Unparsed
from metrics.testing import tree

BROKEN = {"b.py": "x = (\n", "a.py": "x = 1\n"}


def forget(monkeypatch):
    for memory in ("gathering._readings", "measure._answers"):
        monkeypatch.setattr(f"metrics.{memory}", Memory(100))


def test_all_rules_but_those_of_tools_are_measured_by_default():
    measured = measure(tree(COPIED))
    assert tuple(measured.costs) == default_rules()
    assert not TOOL_RULES.intersection(measured.costs)


def test_only_the_named_rules_are_measured():
    assert set(measure(tree(COPIED), ["complexity"]).costs) == {"complexity"}


def test_an_unknown_rule_is_an_error():
    with pytest.raises(KeyError):
        measure(tree(COPIED), ["elegance"])


def test_what_does_not_parse_is_named_and_the_rest_is_judged():
    measured = measure(SourceTree(BROKEN))
    assert [(unparsed.path, unparsed.line) for unparsed in measured.unparsed] == [("b.py", 1)]
    assert (measured.files, measured.lines) == (2, 1)


@pytest.mark.parametrize("text", [BROKEN["b.py"], "x = 1\n", tree(COPIED).texts["example.py"]])
def test_a_warm_measurement_equals_a_cold_one(tmp_path, monkeypatch, text):
    judged = SourceTree({"a.py": text})
    forget(monkeypatch)
    cold = measure(judged, cache=Cache(tmp_path))
    forget(monkeypatch)
    monkeypatch.setattr("metrics.gathering.parse", lambda text: pytest.fail("parsed again"))
    assert measure(judged, cache=Cache(tmp_path)) == cold


def test_a_tree_with_one_file_changed_parses_one_file(monkeypatch):
    before = SourceTree({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    measure(before)
    parsed = []
    parse = facts.parse
    monkeypatch.setattr("metrics.gathering.parse", lambda text: parsed.append(text) or parse(text))
    measure(before.replacing({"a.py": "a = 'changed here'\n"}))
    assert parsed == ["a = 'changed here'\n"]


def test_files_of_equal_text_are_each_judged():
    text = tree(COPIED).texts["example.py"]
    assert len(measure(SourceTree({"a.py": text, "b.py": text})).findings[0].sites) == 4


def test_an_empty_tree_costs_nothing():
    assert not any(measure(SourceTree({})).costs.values())


def test_breaking_a_file_is_reported_for_each_path():
    measured = measure(SourceTree({"a.py": "(", "b.py": "("}))
    assert measured.unparsed == tuple(Unparsed(path, 1, "'(' was never closed") for path in ("a.py", "b.py"))
