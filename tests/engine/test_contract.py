"""Every engine, on sketches such as the loop makes them."""

import json
import re
import sys
import time
from dataclasses import replace
from itertools import product
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.naming.legal import is_legal
from engine.protocol import NAMES, EngineError, Hole, HoleKind, Timed
from engine.registry import ENGINES as REGISTERED
from engine.registry import create
from engine.remote.address import MODES
from engine.testing import sketch_of

PROGRAM = Path(__file__).with_name("naming_program.py")
HELPER, PARAMETER, IDENTIFIER = HoleKind.HELPER_NAME, HoleKind.PARAMETER, HoleKind.IDENTIFIER

EXTRACTED = sketch_of(
    {
        "report.py": """
        import json

        def load_users(path):
            return «helper»(path, "users")

        def load_orders(path):
            return «helper»(path, "orders")

        def «helper»(path, «key»):
            with open(path) as handle:
                data = json.load(handle)
            rows = []
            for row in data[«key»]:
                rows.append(row)
            return rows
        """
    },
    Hole(
        "helper", HELPER, frozenset({"load_users", "load_orders", "_load_rows"}), (), ("load_users", "load_orders"), "_"
    ),
    Hole("key", PARAMETER, frozenset({"path", "data", "handle", "rows", "row", "json"})),
)
METHOD = sketch_of(
    {
        "shape.py": """
        class Shape:
            def draw(self):
                self.«helper»("red", self.config.width)

            def outline(self):
                self.«helper»("blue", self.config.width)

            def «helper»(self, «colour», «width»):
                self.canvas.set_color(«colour»)
                self.canvas.stroke(width=«width»)
                self.canvas.flush()
        """
    },
    Hole("helper", HELPER, frozenset({"draw", "outline"}), (), ("draw", "outline"), "_"),
)
PREDICATE = sketch_of(
    {
        "nodes.py": """
        def render(node):
            if «helper»(node):
                return ""
            return node.text

        def walk(node):
            while «helper»(node):
                node = node.following
            return node

        def «helper»(node):
            return node.kind == "comment" and not node.visible
        """
    },
    Hole("helper", HELPER, frozenset({"render", "walk"}), prefix="_"),
)
CROSS_MODULE = sketch_of(
    {
        "shop/a.py": """
        from shop.shared import «helper»

        def invoice(order):
            total = «helper»(order.lines, order.discount)
            return f"{total:.2f}"
        """,
        "shop/b.py": """
        from shop.shared import «helper»

        def basket(cart):
            amount = «helper»(cart.lines, 0)
            return amount
        """,
        "shop/shared.py": """
        «constant» = 100

        def «helper»(lines, «discount»):
            total = sum(line.price * line.quantity for line in lines)
            return total * (1 - «discount» / «constant»)
        """,
    },
    Hole("helper", HELPER, frozenset({"invoice", "basket"}), (), ("invoice", "basket")),
    Hole("constant", IDENTIFIER, prefix="_"),
)
CLOSED = sketch_of(
    {
        "limits.py": """
        def clamp(value, limit):
            if value «operator» limit:
                return «choice»
            return value
        """
    },
    Hole("operator", HoleKind.EXPRESSION, choices=(">", ">=", "<")),
    Hole("choice", IDENTIFIER, frozenset({"value"}), ("value", "limit")),
)
OPEN = sketch_of(
    {
        "total.py": """
        def total(prices, tax):
            net = sum(prices)
            if «condition»:
                return net
            return net + «rest»
        """
    },
    Hole("condition", HoleKind.CONDITION),
    Hole("rest", HoleKind.EXPRESSION),
)
MANY = sketch_of(
    {
        "many.py": "def «helper»(" + ", ".join(f"«p{at}»" for at in range(11)) + "):\n    return ["
        + ", ".join(f"«p{at}».size" for at in range(11)) + "]\n"
    }
)  # fmt: skip
BROKEN = sketch_of({"broken.py": "def «helper»(:\n    return «value»\n"})
SKETCHES = {
    "extracted": EXTRACTED,
    "method": METHOD,
    "predicate": PREDICATE,
    "cross-module": CROSS_MODULE,
    "closed": CLOSED,
    "open": OPEN,
    "many": MANY,
    "broken": BROKEN,
}


TEXTS = {
    "helper": ["_load_part", "_load_other"],
    "constant": ["_PERCENT", "_WHOLE"],
    "operator": [">=", "<"],
    "choice": ["limit", "value"],
    "condition": ["not tax", "net > 0"],
    "rest": ["tax", "net * tax"],
    "*": ["{hole}_value", "{hole}_part"],
}
HOLES = ["helper", "constant", "operator", "choice", "condition", "rest", "key", "colour", "width", "discount", "value"]
HOLES += [f"p{at}" for at in range(11)]


def text(hole, number):
    options = TEXTS.get(hole, TEXTS["*"])
    return options[number % len(options)].format(hole=hole)


def said(number):
    """One fill for the holes of all sketches, as a model would write it; what a sketch does not ask for is ignored."""
    return {hole: text(hole, number) for hole in HOLES}


def scripted(request):
    script = request.getfixturevalue("tmp_path_factory").mktemp("script") / "script.json"
    script.write_text(json.dumps(TEXTS))
    return f"scripted:{script}"


def chatting(request):
    fills = [json.dumps(said(number)) for number in range(2)]
    folder = request.getfixturevalue("make_chatting")('{"fills": [', fills[0], ", ", fills[1], "]}")
    return f"causal:{folder}"


def in_the_middle(request):
    return f"causal:{request.getfixturevalue('make_causal')('<fim_prefix>', '<fim_suffix>', '<fim_middle>')}"


def served(mode):
    def spec(request):
        server, chat = request.getfixturevalue("lasting_server"), request.getfixturevalue("chat")
        server.answers |= recorded(chat)
        return f"openai:{server.url}#{mode}&mode={mode}"

    return spec


def recorded(chat):
    """What servers of each kind answer: texts from our list, in the form that their protocol has."""

    def chatted(body):
        if "vllm_xargs" in body:
            return chat(denoised(body))
        return chat(json.dumps({"fills": [said(number) for number in range(2)]}))

    def completed(body):
        # Like a model, it does not say the same again a few words later.
        return {"choices": [{"text": f"word_{len(body['prompt'])}_{number}"} for number in range(body["n"])]}

    def rewritten(body):
        content = body["messages"][0]["content"]
        region = re.search(r"<\|(code_to_edit|original_code)\|>\n(.*?)\n<\|/", content, re.DOTALL)[2]
        return chat(re.sub("«(.+?)»", lambda mark: text(mark[1], body["seed"]), region))

    def denoised(body):
        code = re.findall("```python\n(.*?)```", body["messages"][0]["content"], re.DOTALL)
        marks = iter(re.findall("«(.+?)»", "".join(code)))
        wanted, shown = body["vllm_xargs"], ""
        pinned = set(wanted["diffusion_pinned"])
        for at, token in enumerate(wanted["diffusion_seed_canvas"]):
            if at in pinned:
                shown += chr(token)
            elif at - 1 in pinned or not at:
                shown += text(next(marks), body["seed"])
        return shown

    return {
        "/v1/chat/completions": chatted,
        "/v1/completions": completed,
        "/v1/fim/completions": completed,
        "/v1/edit/completions": rewritten,
        "/v1/apply/completions": rewritten,
        "/tokenize": lambda body: {"tokens": [ord(character) for character in body["prompt"]]},
    }


COMMAND = f"command:{sys.executable} {PROGRAM}"
ENGINES = {
    "nano": lambda request: f"nano:{request.getfixturevalue('tiny_checkpoint')}",
    "enumerate": lambda request: "enumerate",
    "copy": lambda request: "copy",
    "scripted": scripted,
    "diffusion-gemma": lambda request: f"diffusion-gemma:{request.getfixturevalue('gemma_checkpoint')}",
    "masked": lambda request: f"masked:{request.getfixturevalue('make_masked')()}",
    "causal": in_the_middle,
    "causal, chat": chatting,
    **{f"openai, {mode}": served(mode) for mode in MODES},
    "command": lambda request: COMMAND,
    "consortium": lambda request: f"consortium:enumerate,{COMMAND}",
}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    if request.param.startswith("openai"):
        pytest.importorskip("openai")
    elif request.param.partition(",")[0] in ("nano", "diffusion-gemma", "masked", "causal"):
        pytest.importorskip("torch")
        pytest.importorskip("transformers")
    return create(ENGINES[request.param](request))


@pytest.fixture(scope="module", params=SKETCHES)
def sketch(request):
    return SKETCHES[request.param]


@pytest.fixture(scope="module")
def fills(engine, sketch):
    return list(engine.fill(sketch, candidates=5, seed=0))


def refusing(sketch, *texts):
    return replace(sketch, rejected=texts)


def test_no_engine_is_left_out():
    assert {name.partition(",")[0] for name in ENGINES} == set(REGISTERED)


def test_fills_are_whole_legal_and_distinct(fills, sketch):
    assert 1 <= len(fills) <= 5
    assert len({tuple(sorted(fill.texts.items())) for fill in fills}) == len(fills)
    for fill in fills:
        assert set(fill.texts) == {hole.name for hole in sketch.holes}
        assert [hole.name for hole in sketch.holes if not is_legal(hole, fill.texts[hole.name])] == []
        assert fill.engine
        assert fill.seed == 0
        assert fill.logprob <= 0


def test_no_two_names_of_a_fill_are_the_same(fills, sketch):
    for fill in fills:
        names = [fill.texts[hole.name] for hole in sketch.holes if hole.kind in NAMES and not hole.choices]
        assert len(set(names)) == len(names)


def test_the_same_arguments_give_the_same_fills(engine, sketch, fills):
    assert list(engine.fill(sketch, candidates=5, seed=0)) == fills


def test_fewer_candidates_are_the_best_ones(engine, sketch, fills):
    assert list(engine.fill(sketch, candidates=1, seed=0)) == fills[:1]


def test_no_candidates_means_no_fills(engine):
    assert list(engine.fill(CLOSED, candidates=0, seed=0)) == []


def test_a_sketch_without_holes_has_one_fill(engine):
    found = list(engine.fill(sketch_of({"a.py": "x = 1\n"}), candidates=3, seed=0))
    assert [fill.texts for fill in found] == [{}]


def test_a_banned_name_is_not_proposed_again(engine):
    first = next(engine.fill(PREDICATE, candidates=1, seed=0)).texts["helper"]
    banned = Hole("helper", HELPER, frozenset({first}), prefix="_")
    (edit,) = PREDICATE.edits
    parts = tuple(part if isinstance(part, str) else banned for part in edit.parts)
    again = replace(PREDICATE, edits=(replace(edit, parts=parts),))
    assert first not in {fill.texts["helper"] for fill in engine.fill(again, candidates=4, seed=0)}


@pytest.mark.parametrize("asked", [CLOSED, OPEN], ids=["closed", "open"])
def test_what_was_rejected_together_is_not_proposed_again(engine, asked):
    first = dict(next(engine.fill(asked, candidates=1, seed=0)).texts)
    found = [fill.texts for fill in engine.fill(refusing(asked, first), candidates=4, seed=0)]
    assert first not in found


def test_a_closed_set_is_used_up_and_never_left(engine):
    said = [dict(fill.texts) for fill in engine.fill(CLOSED, candidates=20, seed=0)]
    assert len(said) == len({tuple(texts.values()) for texts in said}) <= 3
    # Whatever else the engine could say, there is nothing more to try here.
    assert list(engine.fill(refusing(CLOSED, *product_of(CLOSED)), candidates=20, seed=0)) == []


def product_of(asked):
    options = [[text for text in hole.choices if text not in hole.taken] for hole in asked.holes]
    return [dict(zip((hole.name for hole in asked.holes), texts, strict=True)) for texts in product(*options)]


def test_a_caller_may_stop_at_any_fill_and_ask_again(engine):
    stopped = engine.fill(PREDICATE, candidates=5, seed=0)
    first = next(stopped)
    stopped.close()
    assert next(engine.fill(PREDICATE, candidates=5, seed=0)) == first


def test_nothing_is_asked_when_the_time_of_a_run_is_over(engine):
    if not isinstance(engine, Timed):
        assert engine.name in ("enumerate", "copy", "scripted")
        return
    try:
        engine.end_by(time.monotonic() - 1)
        if engine.name == "consortium":
            # Of its members one needs no time, and the other is not lost for having had none.
            assert {fill.engine for fill in engine.fill(PREDICATE, candidates=2, seed=0)} == {"enumerate"}
            assert not engine.lost
        else:
            with pytest.raises(EngineError, match="the time of the run is over"):
                list(engine.fill(PREDICATE, candidates=2, seed=0))
    finally:
        engine.end_by(inf)
    assert list(engine.fill(PREDICATE, candidates=1, seed=0))


ODD = {
    "undecodable bytes": "def «helper»(rows, «key»):\n    # caf\udce9 \x00\n    return rows[«key»]\n",
    "other line ends": "def «helper»(rows, «key»):\r\n\treturn rows[«key»]",
    "signs of its own": "# «x» <eos> <|fim_prefix|> {% 1 %}\ndef «helper»(a, «key»):\n    return a[«key»]\n",
    "nothing else": "«helper»",
    "much": "# a long file\n" * 3000 + "def «helper»(rows, «key»):\n    return rows[«key»]\n" + "# more\n" * 3000,
}


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_odd_text_around_a_hole_is_no_trouble(engine, code):
    asked = sketch_of({"a.py": code}, Hole("x", IDENTIFIER, choices=("y",)))
    for fill in engine.fill(asked, candidates=2, seed=0):
        assert engine.name == "scripted" or all(is_legal(hole, fill.texts[hole.name]) for hole in asked.holes)


words = st.text("abcdefgh_", min_size=1, max_size=5).filter(lambda word: is_legal(Hole("h", PARAMETER), word))
kinds = st.sampled_from([*HoleKind])


@st.composite
def holes(draw, name):
    kind = draw(kinds)
    choices = tuple(draw(st.lists(words, max_size=3, unique=True))) if draw(st.booleans()) else ()
    taken = frozenset(draw(st.lists(words, max_size=3)))
    prefix = draw(st.sampled_from(["", "_"])) if kind in NAMES and not choices else ""
    return Hole(name, kind, taken, choices, tuple(draw(st.lists(words, max_size=2))), prefix, draw(words))


@st.composite
def sketches(draw):
    open_places = [draw(holes(name)) for name in ("helper", "key", "value")[: draw(st.integers(1, 3))]]
    code = "def f(a):\n    b = «helper»(a)\n    return b\n"
    code += "".join(f"\n«{hole.name}»\n" for hole in open_places[1:])
    path = draw(st.sampled_from(["a.py", "pkg/b.py"]))
    rejected = draw(st.lists(st.fixed_dictionaries({hole.name: words for hole in open_places}), max_size=2))
    return replace(sketch_of({path: code}, *open_places), rejected=tuple(rejected), feedback=("lint: no",))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(asked=sketches(), candidates=st.integers(0, 4), seed=st.integers(0, 9))
def test_whatever_the_sketch_is_all_fills_are_legal(engine, asked, candidates, seed):
    found = list(engine.fill(asked, candidates=candidates, seed=seed))
    assert len(found) <= candidates
    for fill in found:
        assert set(fill.texts) == {hole.name for hole in asked.holes}
        # A script may propose what no other engine would.
        assert engine.name == "scripted" or all(is_legal(hole, fill.texts[hole.name]) for hole in asked.holes)
        assert not asked.is_rejected(fill.texts)
    assert len({tuple(fill.texts.values()) for fill in found}) == len(found)
