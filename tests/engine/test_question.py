import json
import sys
from dataclasses import replace

import pytest

from engine.protocol import Hole, HoleKind
from engine.question import answers, messages, question
from engine.registry import create
from engine.testing import sketch_of

SKETCH = replace(
    sketch_of(
        {"a.py": "def f(rows, limit):\n    «r»\n"},
        Hole("r", HoleKind.REVISION, frozenset({"pass"}), before="return rows[:limit]"),
    ),
    instruction="Mend the line.",
    feedback=("tests: test_f fails: expected 3, got 2 (of r = return rows)",),
)
TOLD = (
    "- tests: test_f fails: expected 3, got 2 (of r = return rows)",
    "now it is 'return rows[:limit]'",
    "def f(rows, limit):\n    «r»\n",
)


def through_causal(request, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    engine = create(f"causal:{request.getfixturevalue('make_chatting')('{}')}")
    asked = []
    generate = engine.loaded.model.generate
    engine.loaded.model.generate = lambda ids, **given: asked.append(ids[0]) or generate(ids, **given)
    list(engine.fill(SKETCH, candidates=1, seed=0))
    return engine.loaded.tokenizer.decode(asked[0])


def through_gemma(request, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    engine = create(f"diffusion-gemma:{request.getfixturevalue('gemma_checkpoint')}")
    asked = []
    template = engine.loaded.tokenizer.apply_chat_template
    engine.loaded.tokenizer.apply_chat_template = lambda chat, **given: (
        asked.append(chat[0]["content"]) or template(chat, **given)
    )
    list(engine.fill(SKETCH, candidates=1, seed=0))
    return asked[0]


def through_openai(mode):
    def asked(request, tmp_path):
        pytest.importorskip("openai")
        server, chat = request.getfixturevalue("server"), request.getfixturevalue("chat")
        for path in ("chat", "edit", "apply"):
            server.answers[f"/v1/{path}/completions"] = lambda _: chat("{}")
        server.answers["/tokenize"] = lambda body: {"tokens": [1]}
        list(create(f"openai:{server.url}#m&mode={mode}").fill(SKETCH, candidates=1, seed=0))
        bodies = [body for path, body, _ in server.asked if path != "/tokenize"]
        return bodies[0]["messages"][-1]["content"]

    return asked


READERS = {
    "causal": through_causal,
    "diffusion-gemma": through_gemma,
    **{f"openai, {mode}": through_openai(mode) for mode in ("chat", "mercury-edit", "mercury-apply", "canvas")},
}


@pytest.mark.parametrize("reader", READERS)
def test_what_the_gates_said_reaches_every_model_that_reads_english(reader, request, tmp_path):
    text = READERS[reader](request, tmp_path)
    assert [told for told in TOLD if told not in text] == []


def test_a_program_gets_all_of_it_as_data(tmp_path):
    heard = tmp_path / "heard.json"
    program = tmp_path / "program.py"
    program.write_text(f"import sys\nopen({str(heard)!r}, 'w').write(sys.stdin.read())\nprint('{{\"fills\": []}}')\n")
    asked = replace(SKETCH, rejected=({"r": "return rows"},))
    assert list(create(f"command:{sys.executable} {program}").fill(asked, candidates=2, seed=5)) == []
    request = json.loads(heard.read_text())
    assert request["feedback"] == list(SKETCH.feedback)
    assert request["rejected"] == [{"r": "return rows"}]
    assert request["holes"][0]["before"] == "return rows[:limit]"
    assert (request["candidates"], request["seed"]) == (2, 5)


def test_a_question_holds_no_signs_that_a_server_cannot_read():
    odd = replace(SKETCH, context=("# caf\udce9",))
    assert question(odd, 1).encode()
    assert json.dumps(messages(odd, 1), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"fills": [{"a": "x"}, {"a": "y"}]}', [{"a": "x"}, {"a": "y"}]),
        ('Sure {so}: [{"a": "x"}] and more', [{"a": "x"}]),
        ('{"a": "x"}', [{"a": "x"}]),
        ('{"fills": "none"} {"fills": [{"a": 1}]}', [{"a": 1}]),
        ("[1, 2] no", []),
        ("", []),
        ("[" * 5000, []),
    ],
)
def test_fills_are_found_wherever_in_the_prose_they_stand(text, found):
    assert list(answers(text)) == found
