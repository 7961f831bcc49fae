"""Every engine, on sketches such as the loop makes them."""

import json
import sys
from pathlib import Path

import pytest

from engine.naming.legal import is_legal
from engine.protocol import NAMES, Hole, HoleKind
from engine.registry import create
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


@pytest.fixture(params=["enumerate", "scripted", "nano", "command", "consortium"])
def engine(request, tmp_path):
    if request.param == "nano":
        return create(f"nano:{request.getfixturevalue('tiny_checkpoint')}")
    if request.param == "scripted":
        script = tmp_path / "script.json"
        closed = {"operator": [">=", "<"], "choice": ["limit"], "condition": ["not tax", "net > 0"], "rest": ["tax"]}
        names = {
            "helper": ["_load_part", "_load_other"],
            "constant": ["_PERCENT"],
            "*": ["{hole}_value", "{hole}_part"],
        }
        script.write_text(json.dumps({**closed, **names}))
        return create(f"scripted:{script}")
    if request.param == "command":
        return create(f"command:{sys.executable} {PROGRAM}")
    if request.param == "consortium":
        return create(f"consortium:enumerate,command:{sys.executable} {PROGRAM}")
    return create(request.param)


@pytest.fixture(params=SKETCHES)
def sketch(request):
    return SKETCHES[request.param]


def test_fills_are_whole_legal_and_distinct(engine, sketch):
    fills = list(engine.fill(sketch, candidates=5, seed=0))
    assert 1 <= len(fills) <= 5
    assert len({tuple(sorted(fill.texts.items())) for fill in fills}) == len(fills)
    for fill in fills:
        assert set(fill.texts) == {hole.name for hole in sketch.holes}
        assert [hole.name for hole in sketch.holes if not is_legal(hole, fill.texts[hole.name])] == []
        assert fill.engine
        assert fill.seed == 0
        assert fill.logprob <= 0


def test_no_two_names_of_a_fill_are_the_same(engine, sketch):
    for fill in engine.fill(sketch, candidates=5, seed=1):
        names = [fill.texts[hole.name] for hole in sketch.holes if hole.kind in NAMES and not hole.choices]
        assert len(set(names)) == len(names)


def test_the_same_arguments_give_the_same_fills(engine, sketch):
    first = list(engine.fill(sketch, candidates=4, seed=3))
    assert first == list(engine.fill(sketch, candidates=4, seed=3))


def test_fewer_candidates_are_the_best_ones(engine, sketch):
    assert list(engine.fill(sketch, candidates=4, seed=0))[:1] == list(engine.fill(sketch, candidates=1, seed=0))


def test_no_candidates_means_no_fills(engine, sketch):
    assert list(engine.fill(sketch, candidates=0, seed=0)) == []


def test_a_sketch_without_holes_has_one_fill(engine):
    fills = list(engine.fill(sketch_of({"a.py": "x = 1\n"}), candidates=3, seed=0))
    assert [fill.texts for fill in fills] == [{}]


def test_a_banned_name_is_not_proposed_again(engine):
    first = next(engine.fill(PREDICATE, candidates=1, seed=0)).texts["helper"]
    banned = Hole("helper", HELPER, frozenset({first}), prefix="_")
    edit = PREDICATE.edits[0]
    parts = tuple(part if isinstance(part, str) else banned for part in edit.parts)
    again = type(PREDICATE)(**{**vars(PREDICATE), "edits": (type(edit)("nodes.py", 0, 0, parts),)})
    assert first not in {fill.texts["helper"] for fill in engine.fill(again, candidates=4, seed=0)}
