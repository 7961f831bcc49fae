"""Runs what is sketched beside what was there, on objects that note what is asked of them."""

from __future__ import annotations

import random
import textwrap
from itertools import groupby

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.protocol import Sketch
from guardloop.sketches.reification_miss import ReificationSketcher
from guardloop.sketches.style import Style
from guardloop.sketches.testing import answers, filled
from metrics.scorers.reification_miss import ReificationMiss
from metrics.source import SourceTree

LITERALS = [
    "a.ready", "not b.closed", "a.kind == 'x'", "b.kind != 2", "b.size('n') > 3", "a.owner is not None",
    "flag is None", "not flag", "isinstance(flag, str)", "'x' in a.names", "any(x for x in b.parts)",
]  # fmt: skip
FORMS = [
    "if {and}:\n    return 1\nreturn 2",
    "return {and}",
    "return not ({and})",
    "if {or}:\n    return 1\nreturn 2",
    "return {or}",
    "return not ({or})",
    "return extra and {and}",
    "return {and} and extra",
    "if extra or {or}:\n    return 3\nreturn 4",
    "if {middle}:\n    return 3\nreturn 4",
    "return [n for n in (1, 2) if {and}]",
    "return [n for n in (1, 2) {ifs}]",
    "while {and}:\n    return 5",
    "return 1 if {or} else 2",
    "return ({and}) == extra",
    "return (lambda: {or})()",
    "{nested}",
    "return [\n    extra,\n    (  # why\n        {lines}\n    ),\n]",
    "return max({or}, 0, key=bool)",
    "return {{'k': {and}}}['k']",
]


class Spy:
    """Answers every question with something from its seed, notes it, and sometimes raises."""

    def __init__(self, name, seed, trace):
        self.__dict__.update(_name=name, _seed=seed, _trace=trace)

    def __getattr__(self, name):
        self._trace.append((self._name, name))
        choice = random.Random(f"{self._seed}{self._name}{name}").randrange(9)
        if choice == 0:
            raise AttributeError(name)
        if name == "size":
            return lambda text: self._trace.append(text) or choice
        if name in ("names", "parts"):
            return "x" * (choice % 3)
        return [True, False, None, "x", "", 2, 0, Truth(choice, self._trace)][choice - 1]

    def __bool__(self):
        raise AssertionError("nothing asks for this")


class Truth:
    """A value whose truth is noted."""

    def __init__(self, choice, trace):
        self.choice, self.trace, self.number = choice, trace, sum(isinstance(step, tuple) for step in trace)

    def __bool__(self):
        # What a predicate returns is asked for its truth once more: that is not told apart.
        self.trace.append(f"truth {self.number}")
        return self.choice % 2 == 0

    def __repr__(self):
        return "Truth"


def negated(literal):
    return literal[4:] if literal.startswith("not ") else f"not ({literal})"


def body(form, literals):
    conjunction = " and ".join(literals)
    nested = ""
    for depth, literal in enumerate(literals):
        nested += "    " * depth + f"if {literal}:\n"
    texts = {
        "and": conjunction,
        "or": " or ".join(map(negated, literals)),
        "middle": " and ".join([literals[0], "extra", *literals[1:]]),
        "ifs": " ".join(f"if {literal}" for literal in literals),
        "lines": "\n        and ".join(literals),
        "nested": nested + "    " * len(literals) + "return '''6\n    7'''\nreturn 8",
    }
    return form.format(**texts)


@st.composite
def programs(draw, header):
    chosen = draw(st.lists(st.sampled_from(LITERALS), min_size=2, max_size=3, unique=True))
    functions = []
    for number in range(draw(st.integers(4, 6))):
        literals = list(draw(st.permutations(chosen))) if draw(st.booleans()) and draw(st.booleans()) else chosen
        code = body(draw(st.sampled_from(FORMS)), literals)
        functions.append(header.format(number) + textwrap.indent(code, "    ").replace("\n        7", "\n    7"))
    return "\n\n\n".join(functions) + "\n"


def outcome(text, function, seed):
    trace = []
    spies = {name: Spy(name, seed, trace) for name in ("a", "b")}
    chooser = random.Random(seed)
    flag, extra = chooser.choice([None, "x", 0, True]), chooser.choice([None, Truth(3, trace), Truth(2, trace), True])
    namespace = {}
    exec(compile(text, "example.py", "exec"), namespace)
    try:
        value = namespace["drive"](function, spies["a"], spies["b"], flag, extra)
    except Exception as error:
        value = type(error)
    return repr(value), [step for step, _ in groupby(map(str, trace))]


DRIVE = "\n\ndef drive(name, a, b, flag, extra):\n    return globals()[name](a, b, flag, extra)\n"
DRIVE_METHOD = "\n\ndef drive(name, a, b, flag, extra):\n    return getattr(Made(a, b), name)(flag, extra)\n"


def check(text, style):
    """Every sketch behaves as the text did; how many there were."""
    tree = SourceTree({"example.py": text})
    said = answers(ReificationSketcher(), ReificationMiss(), tree, style)
    sketches = [answer for answer in said if isinstance(answer, Sketch)]
    for sketch in sketches:
        after = filled(sketch, {})["example.py"]
        assert after != text
        for number in range(6):
            for seed in range(12):
                if f"def f{number}(" in text:
                    assert outcome(text, f"f{number}", seed) == outcome(after, f"f{number}", seed), after
    return len(sketches)


SLOW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(programs("def f{}(a, b, flag, extra):\n"), st.booleans())
def test_functions_ask_the_same_in_the_same_order_and_answer_the_same(code, is_annotated):
    check(code + DRIVE, Style(annotated=is_annotated))


@SLOW
@given(programs("def f{}(self, flag, extra):\n"), st.sampled_from(["", "(object)", "(Base)"]))
def test_methods_ask_the_same_in_the_same_order_and_answer_the_same(code, bases):
    code = code.replace("a.", "self.a.").replace("b.", "self.b.")
    head = "class Base:\n    pass\n\n\n" if bases == "(Base)" else ""
    made = f"class Made{bases}:\n    def __init__(self, a, b):\n        self.a, self.b = a, b\n\n"
    lines = [line if line == "    7'''" else f"    {line}" if line else "" for line in code.split("\n")]
    check(head + made + "\n".join(lines) + DRIVE_METHOD, Style())


def test_the_programs_of_these_tests_do_give_sketches():
    code = "\n\n\n".join(
        f"def f{number}(a, b, flag, extra):\n" + textwrap.indent(body(form, ["a.ready", "not a.closed"]), "    ")
        for number, form in enumerate(FORMS[:4])
    )
    assert check(code + "\n" + DRIVE, Style()) >= 1
