import json
import time

import pytest

from engine.protocol import EngineError, Hole, HoleKind
from engine.registry import create
from engine.testing import sketch_of

pytest.importorskip("openai")

SKETCH = sketch_of(
    {
        "a.py": """
        def first(rows):
            return «helper»(rows, 1)

        def «helper»(rows, «limit»):
            return rows[:«limit»]
        """
    },
    Hole("helper", HoleKind.HELPER_NAME, frozenset({"_cut"}), prefix="_"),
)
CONDITION = sketch_of({"a.py": "def f(net):\n    if «c»:\n        return 0\n"}, Hole("c", HoleKind.CONDITION))


def fills(spec, candidates=3, sketch=SKETCH, seed=7):
    return [dict(fill.texts) for fill in create(spec).fill(sketch, candidates=candidates, seed=seed)]


def test_a_chat_is_asked_once_for_all_candidates_and_its_json_is_found_in_its_prose(server, chat):
    said = [{"helper": "_head", "limit": "count"}, {"helper": "cut", "limit": "n"}, {"helper": "_top", "limit": "n"}]
    server.answers["/v1/chat/completions"] = lambda _: chat(
        f"Sure {{here}}: ```json\n{json.dumps({'fills': said})}\n```"
    )
    assert fills(f"openai:{server.url}#some-model") == [said[0], said[2]]
    ((_, body, _),) = server.asked
    assert body["model"] == "some-model"
    assert body["seed"] == 7
    question = body["messages"][1]["content"]
    assert "def «helper»(rows, «limit»):" in question
    assert "«helper»: the name of a function" in question
    assert "begins with '_'; none of _cut" in question
    assert "Give 3 different fills." in question


def test_a_chat_without_json_proposes_nothing(server, chat):
    server.answers["/v1/chat/completions"] = lambda _: chat("I would rather talk about {something} [else].")
    assert fills(f"openai:{server.url}#m") == []


def test_feedback_and_context_reach_the_model(server, chat):
    server.answers["/v1/chat/completions"] = lambda _: chat("{}")
    sketch = type(SKETCH)(**{**vars(SKETCH), "feedback": ("tests: test_first fails",), "context": ("# the head",)})
    fills(f"openai:{server.url}#m", sketch=sketch)
    question = server.asked[0][1]["messages"][1]["content"]
    assert "- tests: test_first fails" in question
    assert "# the head" in question


@pytest.mark.parametrize(("mode", "path"), [("fim", "/v1/completions"), ("mercury-fim", "/v1/fim/completions")])
def test_holes_are_filled_in_the_middle_one_after_the_other(server, mode, path):
    def complete(body):
        texts = ["head(rows, 1)\n", "top_of", "1"] if body["prompt"].endswith("return _") else ["count):", "n]", "rows"]
        return {"choices": [{"text": text} for text in texts[: body["n"]]]}

    server.answers[path] = complete
    found = fills(f"openai:{server.url}#m&mode={mode}", candidates=2)
    assert found[0] == {"helper": "_head", "limit": "count"}
    assert len(found) == 2
    # A server that gives fewer choices than were asked for is asked again, until it repeats itself.
    assert [body["prompt"].endswith("return _") for _, body, _ in server.asked] == [True, True, False, False]
    assert server.asked[2][1]["prompt"].endswith("def _head(rows, ")
    assert server.asked[2][1]["suffix"] == "):\n    return rows[:limit]\n"


def test_an_expression_ends_where_what_was_written_is_one(server):
    texts = ["net > 0:\n        return 1", "not net: pass", "and", ")"]
    server.answers["/v1/completions"] = lambda _: {"choices": [{"text": text} for text in texts]}
    found = fills(f"openai:{server.url}#m&mode=fim", sketch=CONDITION)
    assert found == [{"c": "net > 0"}, {"c": "not net"}]


def test_mercury_rewrites_a_region_and_only_its_holes_are_taken(server, chat):
    region = "def first(rows):\n    return _head(rows, 1)\n\ndef _head(rows, n):\n    return rows[:n]"
    answers = [
        f"```python\n{region}\n```",
        region.replace("rows[:n]", "list(rows[:n])"),
        region.replace("_head(rows, n)", "_x(rows, n)"),
    ]
    server.answers["/v1/edit/completions"] = lambda _: chat(answers.pop(0))
    assert fills(f"openai:{server.url}#mercury-edit&mode=mercury-edit") == [{"helper": "_head", "limit": "n"}]
    assert "<|code_to_edit|>" in server.asked[0][1]["messages"][0]["content"]


def test_mercury_merges_what_a_chat_proposes(server, chat):
    merged = "def first(rows):\n    return _head(rows, 1)\n\ndef _head(rows, n):\n    return rows[:n]"
    server.answers["/v1/chat/completions"] = lambda _: chat("```python\ndef _head(rows, n):\n```")
    server.answers["/v1/apply/completions"] = lambda _: chat(merged)
    assert fills(f"openai:{server.url}#m&mode=mercury-apply", candidates=1) == [{"helper": "_head", "limit": "n"}]
    assert (
        "<|update_snippet|>\ndef _head(rows, n):\n<|/update_snippet|>" in server.asked[1][1]["messages"][0]["content"]
    )


def test_a_canvas_holds_the_frozen_text_and_opens_the_holes(server, chat):
    server.answers["/tokenize"] = lambda body: {"tokens": [ord(character) for character in body["prompt"]]}

    def denoised(body):
        wanted, names = body["vllm_xargs"], iter(["_head", "_head", "n", "n"])
        text, hole = "", False
        pinned = set(wanted["diffusion_pinned"])
        for at, token in enumerate(wanted["diffusion_seed_canvas"]):
            text += chr(token) if at in pinned else "" if hole else next(names)
            hole = at not in pinned
        return chat(text)

    server.answers["/v1/chat/completions"] = denoised
    assert fills(f"openai:{server.url}#gemma&mode=canvas&steps=9", candidates=2) == [{"helper": "_head", "limit": "n"}]
    first, second = (body["vllm_xargs"] for path, body, _ in server.asked if path != "/tokenize")
    assert first["diffusion_max_steps"] == 9
    assert len(first["diffusion_seed_canvas"]) == first["diffusion_canvas_length"]
    # Four places of two holes, at two tokens each, then at three.
    assert [len(x["diffusion_seed_canvas"]) - len(x["diffusion_pinned"]) for x in (first, second)] == [8, 12]


def test_overload_is_tried_again_and_then_named(server, chat):
    server.answers["/v1/chat/completions"] = lambda _: chat('{"fills": [{"helper": "_a", "limit": "b"}]}')
    server.failures = [(429, {"error": {"message": "slow down"}}), (503, {"error": {"message": "busy"}})]
    assert fills(f"openai:{server.url}#m") == [{"helper": "_a", "limit": "b"}]
    assert len(server.asked) == 3
    server.failures = [(503, {"error": {"message": "still busy"}})] * 2
    with pytest.raises(EngineError, match="still busy"):
        fills(f"openai:{server.url}#m&retries=1")


def test_the_key_comes_from_the_environment_and_is_never_told(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    server.failures = [(401, {"error": {"message": "Incorrect API key provided: sk-very-secret"}})]
    with pytest.raises(EngineError) as raised:
        fills(f"openai:{server.url}#m")
    assert server.asked[0][2]["Authorization"] == "Bearer sk-very-secret"
    assert "sk-very-secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert "Incorrect API key provided: [key]" in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("tokens=240", "budget of 240 tokens is spent (240)"),
        ("usd=0.5&usd_in=2500&usd_out=100", "of 0.5 USD is spent (0.5040)"),
    ],
)
def test_a_spent_budget_ends_the_run(server, chat, settings, said):
    server.answers["/v1/chat/completions"] = lambda _: chat('{"fills": [{"helper": "_a", "limit": "b"}]}')
    engine = create(f"openai:{server.url}#m&{settings}")
    for _ in range(2):
        assert list(engine.fill(SKETCH, candidates=1, seed=0))
    with pytest.raises(EngineError) as raised:
        list(engine.fill(SKETCH, candidates=1, seed=0))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "expected a JSON object"),
        ({"choices": []}, "expected a chat completion"),
        ({}, "expected a chat completion"),
    ],
)
def test_an_answer_of_another_form_is_an_error(server, answer, said):
    server.answers["/v1/chat/completions"] = lambda _: answer
    with pytest.raises(EngineError, match=said):
        fills(f"openai:{server.url}#m")


def test_no_server_is_an_error_that_names_it():
    with pytest.raises(EngineError, match=r"http://127.0.0.1:9/v1: Connection error"):
        fills("openai:http://127.0.0.1:9/v1#m&retries=0")


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("localhost:8000#m", "expected openai:http"),
        ("http://h/v1", "expected a model behind #"),
        ("http://h/v1#m&mood=good", "got the setting 'mood'"),
        ("http://h/v1#m&mode=good", "expected one of chat, fim"),
        ("http://h/v1#m&tokens=many", "tokens: expected a number, got 'many'"),
        ("http://h/v1#m&seconds=-1", "seconds: expected a number from 0 on"),
        ("http://h/v1#m&usd=1", "expected usd_in or usd_out beside it"),
        ("#m", "expected a key in the environment variable OPENAI_API_KEY"),
        ("https://api.inceptionlabs.ai/v1#mercury", "expected a key in the environment variable INCEPTION_API_KEY"),
    ],
)
def test_a_wrong_address_says_what_was_found_and_wanted(monkeypatch, argument, said):
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "INCEPTION_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(EngineError) as raised:
        create(f"openai:{argument}")
    assert said in str(raised.value)


@pytest.mark.parametrize("page", ["<html>busy</html>", "", "{", "null"])
def test_an_answer_that_is_no_json_is_an_error(server, page):
    server.answers["/v1/chat/completions"] = lambda _: page.encode()
    with pytest.raises(EngineError, match="engine openai: "):
        fills(f"openai:{server.url}#m&retries=0")


def test_several_files_with_holes_go_into_one_region(server, chat):
    sketch = sketch_of({"a.py": "from b import «helper»\n", "b.py": "def «helper»(rows):\n    return rows\n"})
    region = "# a.py\nfrom b import first\n\n# b.py\ndef first(rows):\n    return rows\n"
    server.answers["/v1/edit/completions"] = lambda _: chat(f"```python\n{region}```")
    assert fills(f"openai:{server.url}#m&mode=mercury-edit", sketch=sketch) == [{"helper": "first"}]


def test_lengths_on_a_canvas_go_on_where_what_was_rejected_ended(server, chat):
    server.answers["/tokenize"] = lambda body: {"tokens": [1] * len(body["prompt"])}
    server.answers["/v1/chat/completions"] = lambda _: chat("")
    again = type(CONDITION)(**{**vars(CONDITION), "rejected": ({"c": "net"},)})
    for sketch in (CONDITION, again):
        fills(f"openai:{server.url}#m&mode=canvas", candidates=1, sketch=sketch)
    first, second = (body["vllm_xargs"] for path, body, _ in server.asked if path != "/tokenize")
    assert [len(x["diffusion_seed_canvas"]) - len(x["diffusion_pinned"]) for x in (first, second)] == [2, 3]


def test_the_end_of_the_run_ends_the_wait_for_an_answer(server, chat):
    def slow(body):
        time.sleep(3)
        return chat("{}")

    server.answers["/v1/chat/completions"] = slow
    engine = create(f"openai:{server.url}#m")
    engine.end_by(time.monotonic() + 0.5)
    began = time.monotonic()
    with pytest.raises(EngineError, match="timed out"):
        list(engine.fill(SKETCH, candidates=1, seed=0))
    assert time.monotonic() - began < 2.5
    assert len(server.asked) == 1
