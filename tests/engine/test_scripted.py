import json

import pytest

from engine.protocol import EngineError, Hole, HoleKind
from engine.scripted import Scripted
from engine.testing import sketch_of

SKETCH = sketch_of({"a.py": "def «helper»(«first», «second»):\n    return «first» + «second»\n"})


def texts(script, sketch=SKETCH, candidates=9):
    return [fill.texts for fill in Scripted(script).fill(sketch, candidates=candidates, seed=0)]


def test_the_kth_fill_takes_the_kth_text_and_shorter_lists_repeat_their_last():
    assert texts({"helper": ["add", "plus"], "first": ["a"], "second": ["b"]}) == [
        {"helper": "add", "first": "a", "second": "b"},
        {"helper": "plus", "first": "a", "second": "b"},
    ]


def test_a_pattern_serves_every_hole_that_has_no_texts_of_its_own():
    assert texts({"*": ["{hole}_"], "helper": ["add"]}) == [{"helper": "add", "first": "first_", "second": "second_"}]


def test_no_more_fills_than_asked_for():
    assert len(texts({"*": ["{hole}1", "{hole}2", "{hole}3"]}, candidates=2)) == 2


def test_a_taken_text_is_left_out():
    hole = Hole("helper", HoleKind.HELPER_NAME, taken=frozenset({"add"}))
    sketch = sketch_of({"a.py": "def «helper»(): pass\n"}, hole)
    assert texts({"helper": ["add", "plus"]}, sketch) == [{"helper": "plus"}]
    assert texts({"helper": ["add"]}, sketch) == []


def test_a_hole_without_texts_is_an_error_that_names_it():
    with pytest.raises(EngineError, match="expected texts for hole 'first', got only helper"):
        texts({"helper": ["add"]})


@pytest.mark.parametrize("content", ["", "[]", '{"helper": "add"}', '{"helper": [1]}'])
def test_a_file_that_is_no_script_is_refused_with_its_path(tmp_path, content):
    path = tmp_path / "script.json"
    path.write_text(content)
    with pytest.raises(EngineError, match=r"script.json: expected"):
        Scripted.read(path)


def test_a_missing_file_is_refused_with_its_path(tmp_path):
    with pytest.raises(EngineError, match=r"none.json: expected a JSON file"):
        Scripted.read(tmp_path / "none.json")


def test_a_script_is_read_from_a_file(tmp_path):
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"*": ["{hole}_"]}))
    assert next(Scripted.read(path).fill(SKETCH, candidates=1, seed=4)).seed == 4
