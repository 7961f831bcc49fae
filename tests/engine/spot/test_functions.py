import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import HoleKind
from engine.spot.functions import functions_of

SHOP = '''import os


class Shop:
    """A shop."""

    @property
    def total(self):
        """The sum.

        Of everything.
        """
        größe = self.rows["größe"]; other = 1
        if größe > 3 and \\
                other:
            return """
left"""
        elif other:
            pass
        return größe


if os.name:
    async def load(path, limit=3):
        def inner(row):
            return row.price
        try:
            with open(path) as lines:
                return [inner(line) for line in lines if line]
        except OSError:
            raise
'''


def texts(function):
    return [function.text[one.start : one.end].strip() for one in function.statements]


def test_methods_and_conditional_functions_are_found_with_their_names():
    assert [function.symbol for function in functions_of(SHOP)] == ["Shop.total", "load"]


def test_docstrings_are_not_read_and_lines_remain_those_of_the_file():
    total, _ = functions_of(SHOP)
    assert "The sum" not in total.text
    assert total.text.startswith("def total(self):\n    größe = self.rows")
    first = total.statements[0]
    assert (first.line, first.end_line) == (13, 13)
    assert SHOP.splitlines()[total.line(total.text.index("elif")) - 1].strip() == "elif other:"


def test_statements_are_said_without_the_bodies_of_compound_ones():
    total, load = functions_of(SHOP)
    assert texts(total) == [
        'größe = self.rows["größe"]', "other = 1", "if größe > 3 and \\\n            other:", 'return """\nleft"""',
        "elif other:", "return größe"]  # fmt: skip
    assert texts(load) == [
        "return row.price", "with open(path) as lines:", "return [inner(line) for line in lines if line]", "raise",
    ]  # fmt: skip
    assert [(one.line, one.end_line) for one in total.statements][2] == (14, 15)


def test_passages_are_the_largest_expressions_that_fit():
    _, load = functions_of(SHOP)

    def said(most):
        return [(p.kind, load.text[p.start : p.end]) for p in load.passages(lambda text: len(text) <= most)]

    assert (HoleKind.EXPRESSION, "[inner(line) for line in lines if line]") in said(60)
    assert (HoleKind.ARGUMENT, "line") in said(8)
    assert all("\n" not in text and len(text) <= 8 for _, text in said(8))


def test_what_is_no_python_raises():
    with pytest.raises(SyntaxError):
        functions_of("def (:\n")


@given(st.lists(st.sampled_from(["ä = ß", "x = 'é'  # ü", "\x0cy = x", "if x:\r\n        z = 'ö', x"]), min_size=1))
def test_every_offset_leads_back_to_what_stands_there(lines):
    text = "class A:\n    def f(self, ß, x):\n" + "".join(f"        {line}\n" for line in lines if line[0] != "\x0c")
    text = text.replace("\r\n        z", "\r\n            z") + "        return x\n"
    (function,) = functions_of(text)
    for node in ast.walk(function.node):
        if isinstance(node, ast.Name):
            assert function.text[slice(*function.span(node))] == node.id
