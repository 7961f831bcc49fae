"""Whatever lies in a file that ends in `.py`, it is judged or named as not judged, and soon."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardloop.report.scoring import as_json
from guardloop.scored import Scored
from metrics.cache import Cache
from metrics.discovery import discover
from metrics.measure import measure

SECONDS = 2.0
ROOT = Path(__file__).parents[2]
SOURCES = [
    (ROOT / path).read_bytes()
    for path in ("metrics/outline.py", "metrics/scorers/duplication/clones.py", "guardloop/config.py")
]
COOKIES = ("utf-7", "hex", "idna", "undefined", "klingon", "utf-16", "latin-1", "unicode_escape", "punycode", "rot13")
SCRAPS = (
    *(
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xfe\xff",
        b"\x0c",
        b"\r",
        b"\r\n",
        b"\t",
        b"\\\n",
        b"\x1a",
    ),
    *(f"# coding: {name}\n".encode() for name in COOKIES),
    *("\u2028\u00e9\ufeff".encode(), b"\\ud800", b"(", b")", b"'''", b'"', b"f'{", b"{", b":=", b"*", b"lambda: "),
    *(b"match x:\n case {**a}:\n  pass\n", b"except* A:\n", b"def f(a, /, *, b=None, **c): ...\n", b"global a\n"),
    *(b"async ", b"await ", b"yield ", b"return "),
)
REPEATED = (
    *(("(", "1", ")"), ("[", "", "]"), ("{", "", "}"), ("-", "1", ""), ("not ", "a", ""), ("lambda: ", "a", "")),
    *(("a.", "a", ""), ("a", "", "()"), ("a", "", "[0]"), ("a + ", "a", ""), ("a and ", "a", ""), ("a < ", "a", "")),
    *(("a if a else ", "a", ""), ("(a := ", "1", ")"), ("[a for a in ", "a", "]"), ("f(a=", "a", ")")),
    *(("'a' ", "'a'", ""), ("a.get(", "0", ")"), ("(a or {}) or ", "a", ""), ("1, ", "1", ""), ("*a, ", "1", "")),
)
BLOCKS = ("if a:", "for a in b:", "while a:", "with a:", "def f(a=None):", "class A(A):", "async def f():", "try:")
STATEMENTS = (
    *("a = b.c(d)", "a.b = self.c", "if a is None: return b", "a = a or {}", "self.a['k'] = isinstance(a, str)"),
    *(
        "a=b;a=c",
        "def f(self): self.a = self.b",
        "class A(A): a: int = None",
        "@a",
        "elif a:",
        "except A:",
        "a, b = b, a",
    ),
    *("import a.b", "match a:", "case {'a': [1, *_]} | None:", "global a", "nonlocal b", "return", "yield", "del a"),
    *("pass", "...", "'text'"),
)


def judged(folder, data, name="module.py"):
    (folder / name).write_bytes(data)
    start = time.process_time()
    found = discover(folder)
    # A cache for each text would only measure how fast files are written.
    measured = measure(found.tree, cache=Cache(folder.parent / "cache") if len(data) % 10 == 0 else None)
    answer = as_json(Scored(folder, measured, found)).encode()
    spent = time.process_time() - start
    assert spent < SECONDS, f"{spent:.1f} seconds"
    document = json.loads(answer)
    for unparsed in document["unparsed"]:
        assert unparsed["path"] == name
        assert unparsed["message"]
        assert unparsed["line"] >= 1
    assert all(cost >= 0 for cost in document["costs"].values())
    assert document["files"] == 1 or found.skipped
    return document


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("malformed") / "tree"
    place.mkdir()
    return place


lenient = settings(max_examples=400, suppress_health_check=list(HealthCheck))


@st.composite
def damaged(draw):
    text = draw(st.sampled_from(SOURCES))
    start = draw(st.integers(0, len(text)))
    data = text[start : start + draw(st.integers(0, 3000))]
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["insert", "cut", "drop", "double"]))
        if kind == "insert":
            data = data[:at] + draw(st.one_of(st.sampled_from(SCRAPS), st.binary(max_size=4))) + data[at:]
        elif kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[at + draw(st.integers(1, 40)) :]
        else:
            data = data[:at] + data[at : at + 200] + data[at:]
    head = draw(st.one_of(st.just(b""), st.sampled_from(SCRAPS)))
    return head + draw(st.sampled_from([data, data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r")]))


@lenient
@given(damaged())
def test_damaged_source_is_judged_or_named(folder, data):
    judged(folder, data)


@st.composite
def nested(draw):
    opening, middle, closing = draw(st.sampled_from(REPEATED))
    depth = draw(st.one_of(st.integers(1, 300), st.integers(1000, 20_000)))
    value = f"{opening * depth}{middle}{closing * depth}"
    before = draw(st.sampled_from(["x = ", "def f(a):\n    return ", "def f(a):\n    if ", "class A:\n    x = "]))
    return f"{before}{value}{draw(st.sampled_from(['', ': pass', ' = 1']))}\n"


@lenient
@given(nested())
def test_deep_and_long_expressions_are_judged_or_named(folder, text):
    judged(folder, text.encode())


@st.composite
def blocks(draw):
    lines, depth = [], 0
    for _ in range(draw(st.integers(1, 12))):
        if draw(st.booleans()):
            for _ in range(draw(st.integers(1, 15))):
                lines.append(" " * depth + draw(st.sampled_from(BLOCKS)))
                depth += 1
        statement = " " * depth + draw(st.sampled_from(STATEMENTS))
        lines += [statement] * draw(st.sampled_from([1, 2, 30, 500]))
        depth = max(0, depth - draw(st.integers(0, 3)))
    return draw(st.sampled_from(["\n", "\r\n", "\n\x0c"])).join(lines)


@settings(lenient, max_examples=250)
@given(blocks())
def test_deep_and_long_blocks_are_judged_or_named(folder, text):
    judged(folder, text.encode())


TEN = 10_000_000
HUGE = {
    "a text": b'x = "' + b"a" * TEN + b'"\n',
    "a list": b"x = [" + b"1," * (TEN // 2) + b"]\n",
    "a number": b"x = " + b"9" * TEN + b"\n",
    "a hexadecimal number": b"x = 0x" + b"f" * TEN + b"\n",
    "a comment": b"#" + b"a" * TEN + b"\n",
    "blank lines": b"\n" * TEN,
    "statements": b"a = b;" * (TEN // 6) + b"\n",
    "parentheses": b"(" * TEN,
    "a name": b"a" * TEN + b"\n",
    "null bytes": b"\x00" * TEN,
    "not text": b"\xff\xfe" * (TEN // 2),
    "spaces": b" " * TEN + b"x\n",
}


@pytest.mark.parametrize("data", HUGE.values(), ids=HUGE)
def test_what_is_too_large_is_named(folder, data):
    (unparsed,) = judged(folder, data)["unparsed"]
    assert "too large" in unparsed["message"] or "encoding" in unparsed["message"]


LARGE = {
    "list": "x = [" + "1," * 100_000 + "]\n",
    "dict": "def f():\n x = {" + "'a': b," * 20_000 + "}\n",
    "f-string": "def f(a):\n return f'" + "{a}" * 5_000 + "'\n",
    "parameters": "def f(" + ",".join(f"a{n}" for n in range(5_000)) + "): pass\n",
    "conditions": "def f(a):\n if " + " and ".join(f"a.b{n}" for n in range(3_000)) + ": pass\n",
    "bases": "".join(f"class A{n}(A{n - 1}):\n def f(self): return self.x\n" for n in range(300)),
    "cases": "def f(x):\n match x:\n" + "  case 1: pass\n" * 2_000,
    "handlers": "def f():\n try: pass\n" + " except A: pass\n" * 2_000,
    "copies": "def f(a):\n x = a.b(1)\n for y in x:\n  y.c(x, 2)\n  if y: return x\n return y.w(y, x)\n" * 400,
    "lines": "def f(a):\n" + " a = b.c(a)\n" * 2_500,
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_what_is_large_is_judged_in_time(folder, text):
    assert not judged(folder, text.encode())["unparsed"]
