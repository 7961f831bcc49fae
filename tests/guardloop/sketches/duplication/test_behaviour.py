"""Whatever is generated: the edited program parses, and its functions do what they did before."""

from __future__ import annotations

import copy
import keyword

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.protocol import Fill

NAMES = ("a", "b", "c", "d")
SETTINGS = settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
identifiers = st.from_regex(r"[a-z_]{1,6}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))


def expressions(literals):
    simple = st.one_of(st.sampled_from(NAMES), literals)
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(inner, inner).map(lambda t: f"pick({t[0]}, {t[1]})"),
            inner.map(lambda text: f"table[{text} % 7]"),
        ),
        max_leaves=4,
    )


def statements(depth):
    value = expressions(st.sampled_from(["1", "2", "⟨0⟩", "⟨1⟩"]))
    target = st.sampled_from(NAMES)
    plain = st.one_of(
        st.tuples(target, value).map(lambda t: [f"{t[0]} = {t[1]}"]),
        st.tuples(target, value).map(lambda t: [f"{t[0]} += {t[1]}"]),
        value.map(lambda text: [f"log.append({text})"]),
        value.map(lambda text: [f"return {text}"]),
        value.map(lambda text: [f"later = lambda: {text}"]),
        st.just(["log.append(later())"]),
        st.tuples(target, value).map(lambda t: [f"log.extend({t[1]} for {t[0]} in (1, 2))"]),
        st.tuples(target, value).map(lambda t: [f"log.append(({t[0]} := {t[1]}) or {t[0]})"]),
    )
    if not depth:
        return plain
    body = st.lists(statements(depth - 1), min_size=1, max_size=3).map(lambda blocks: [x for b in blocks for x in b])
    indented = body.map(lambda lines: [f"    {line}" for line in lines])
    return st.one_of(
        plain,
        st.tuples(value, indented, indented).map(lambda t: [f"if {t[0]} > 2:", *t[1], "else:", *t[2]]),
        indented.map(lambda lines: ["for d in range(2):", *lines]),
        indented.map(lambda lines: ["for d in range(3):", "    if d == 1:", "        break", *lines]),
        indented.map(lambda lines: ["with suppress(KeyError):", *lines]),
        st.tuples(indented, indented).map(lambda t: ["try:", *t[0], "finally:", *t[1]]),
        st.tuples(indented, indented).map(lambda t: ["try:", *t[0], "except KeyError:", *t[1]]),
    )


runs = st.lists(statements(2), min_size=2, max_size=4).map(lambda blocks: [line for block in blocks for line in block])
fillers = st.sampled_from(["0", "5", "a", "b", "pick(a, b)", "table[a % 7]", "self.x", "glue"])


def program(lines, before, after, filling, renaming):
    """One function of a class: a run between other statements, with its literals and its locals replaced."""
    text = "\n".join(f"        {line}" for line in lines)
    for number, value in enumerate(filling):
        text = text.replace(f"⟨{number}⟩", value)
    first, *_, last = marked = text.split("\n")
    marked[0] = f"{first}  #>" if len(marked) > 1 else f"{first}  #><"
    if len(marked) > 1:
        marked[-1] = f"{last}  #<"
    body = "\n".join([*(f"        {line}" for line in before), *marked, *(f"        {line}" for line in after)])
    for old, new in renaming.items():
        body = body.replace(f" {old} ", f" {new} ")
    return body


@st.composite
def programs(draw):
    lines = draw(runs)
    before = ["log.append(a)", "b = a", "c = 1", "d = pick(b, 3)", "later = lambda: c"]
    after = ["log.append(c)", "log.append(d + b)", "return a, b", "log.append(later())"]
    around = [draw(st.lists(st.sampled_from(pool), max_size=2)) for pool in (before, after)]
    fills = [[draw(fillers), draw(fillers)] for _ in range(2)]
    head = "from contextlib import suppress\n\nglue = 4\n\n\n"
    head += "class Example:\n    def __init__(self):\n        self.x = 6\n\n"
    functions = [
        f"    def {name}(self, a, b, table, log, pick):\n{program(lines, *around, fill, {})}\n"
        for name, fill in zip(("one", "two"), fills, strict=True)
    ]
    return head + "\n".join(functions)


def outcome(namespace, name, arguments):
    given_ = copy.deepcopy(arguments)
    log, steps = [], []

    def pick(x, y):
        steps.append((x, y))
        return x if len(steps) % 2 else y + 1

    try:
        result = getattr(namespace["Example"](), name)(*given_, log, pick)
    except Exception as error:  # the exception is the outcome
        result = type(error).__name__
    result = result() if callable(result) else result
    return result, log, steps, given_


@SETTINGS
@given(programs(), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=3))
def test_every_sketch_leaves_results_effects_and_exceptions_as_they_were(ask, run, code, inputs):
    said = ask(code)
    before = run("".join(said.texts.values()))
    for sketch in said.sketches:
        after = run(said.after(sketch))
        for a, b in inputs:
            for name in ("one", "two"):
                arguments = (a, b, {0: 1, 1: 2, 2: 3, 3: 0})
                assert outcome(after, name, arguments) == outcome(before, name, arguments), said.after(sketch)


@SETTINGS
@given(programs(), st.lists(identifiers, min_size=8, max_size=8, unique=True))
def test_every_sketch_parses_with_any_names_that_its_holes_allow(ask, run, code, names):
    said = ask(code)
    for sketch in said.sketches:
        texts = {hole.name: hole.prefix + name for hole, name in zip(sketch.holes, names, strict=False)}
        assume(not any(texts[hole.name] in hole.taken for hole in sketch.holes))
        for text in sketch.after(Fill(texts, 0.0, "test", 0)).values():
            run(text)
