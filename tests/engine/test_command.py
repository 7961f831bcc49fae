import json
import sys
import time

import pytest

from engine.command import Command
from engine.protocol import EngineError, Hole, HoleKind
from engine.registry import create
from engine.testing import sketch_of

SKETCH = sketch_of(
    {"a.py": "def «helper»(rows, «limit»):\n    return rows[:«limit»]\n"},
    Hole("helper", HoleKind.HELPER_NAME, frozenset({"_cut"}), prefix="_"),
)


@pytest.fixture
def program(tmp_path):
    def write(body: str) -> str:
        path = tmp_path / "program.py"
        path.write_text(f"import json, sys, time\nasked = json.load(sys.stdin)\n{body}\n")
        return f"{sys.executable} {path}"

    return write


def fills(command, **given):
    engine = Command(command, **given)
    return [dict(fill.texts) for fill in engine.fill(SKETCH, candidates=3, seed=5)]


def test_a_program_reads_the_sketch_and_answers_with_fills(program):
    command = program(
        "assert asked['files'] == {'a.py': ['', 'def ', {'hole': 'helper'}, '(rows, ', {'hole': 'limit'},"
        " '):\\n    return rows[:', {'hole': 'limit'}, ']\\n', '']}, asked['files']\n"
        "hole = asked['holes'][0]\n"
        "print(json.dumps({'fills': [{'helper': hole['prefix'] + 'head', 'limit': f'n{asked[\"seed\"]}'}]}))"
    )
    assert fills(command) == [{"helper": "_head", "limit": "n5"}]


def test_illegal_and_repeated_fills_are_left_out_and_a_missing_prefix_is_mended(program):
    answers = [
        {"helper": "_cut", "limit": "n"},
        {"helper": "two words", "limit": "n"},
        {"helper": "same", "limit": "_same"},
        {"helper": "_first"},
        {"helper": "first", "limit": "count"},
        {"helper": "_first", "limit": "count"},
        {"helper": "_only", "limit": 3},
    ]
    assert fills(program(f"print(json.dumps({{'fills': {json.dumps(answers)}}}))")) == [
        {"helper": "_first", "limit": "count"}
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("print('no JSON')", 'expected {"fills": [...]} as JSON, got \'no JSON'),
        ("print('[]')", "as JSON, got '[]"),
        ("print('{\"fills\": [1]}')", "expected a list of objects under fills"),
        ("sys.exit('out of ideas')", "expected exit status 0, got 1: out of ideas"),
        ("print('[' * 100_000)", "as JSON, got '[["),
        ("time.sleep(60)", "expected an answer within 1 seconds, got none"),
    ],
)
def test_a_program_that_fails_is_an_error_with_what_it_said(program, body, said):
    with pytest.raises(EngineError) as raised:
        fills(program(body), seconds=1)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("command:", "got no program"),
        ("command:'", "No closing quotation"),
        ("command:no-such-thing -x", "none called"),
    ],
)
def test_a_command_that_cannot_run_is_refused_at_once(spec, said):
    with pytest.raises(EngineError, match=said):
        create(spec)


def test_what_the_program_started_ends_with_it(program, tmp_path):
    mark, child = tmp_path / "mark", tmp_path / "child.py"
    child.write_text(f"import time\ntime.sleep(1.5)\nopen({str(mark)!r}, 'w')\n")
    command = program(f"import subprocess\nsubprocess.Popen([sys.executable, {str(child)!r}])\ntime.sleep(60)")
    with pytest.raises(EngineError, match="got none"):
        fills(command, seconds=0.7)
    time.sleep(1.5)
    assert not mark.exists()


def test_a_file_that_is_no_program_is_an_error(tmp_path):
    path = tmp_path / "nothing"
    path.write_bytes(b"\x00\x01\x02")
    path.chmod(0o755)
    with pytest.raises(EngineError, match="expected a program that can be run, found"):
        list(create(f"command:{path}").fill(SKETCH, candidates=1, seed=0))


def test_the_end_of_the_run_ends_the_program(program):
    engine = Command(program("time.sleep(60)"))
    engine.end_by(time.monotonic() + 0.5)
    began = time.monotonic()
    with pytest.raises(EngineError, match=r"expected an answer within 0\.\d+ seconds, got none"):
        list(engine.fill(SKETCH, candidates=1, seed=0))
    assert time.monotonic() - began < 20
