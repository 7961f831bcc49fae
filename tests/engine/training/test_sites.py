import ast
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diffusion.snippet import HoleMarker, snippets
from engine.protocol import HoleKind
from engine.training.sites import Page, Rates, is_predicate, sites, without_docstrings

ALL = Rates(helper=1, joint=1, identifier=1, constant=1, expression=1, argument=1, condition=1)
FUNCTIONS = [
    "def {name}({a}, {b}=None):\n    if {a} in {b}:\n        return {a}\n    return max({b}, {a}.width)\n",
    "def {name}({a}):\n    '''Say what {name} does.'''\n    rows = [len({a}) for _ in {a}]\n    return sum(rows) + 1\n",
    "async def {name}({a}: int, *{b}) -> bool:\n    # {name} für {a}\n    found = await {a}.get({b})\n"
    "    return found is not None\n",
    "class K{name}:\n    def {name}(self, {a}):\n        while {a} > LIMIT:\n"
    "            {a} = self.{name}({a} - 1)\n        return {a}\n",
]
NAMES = st.sampled_from(["parse_row", "width", "_is_open", "readLines", "größe", "total"])


@st.composite
def programs(draw):
    parts = ["LIMIT = 3\nBOUND = LIMIT + 1\n"]
    for template in draw(st.lists(st.sampled_from(FUNCTIONS), min_size=1, max_size=4)):
        name, a, b = draw(st.lists(NAMES, min_size=3, max_size=3, unique=True))
        parts.append(template.format(name=name, a=a, b=b))
        if draw(st.booleans()):
            parts.append(f"print({name}(1, {b}=2))\n")
    return "\n".join(parts)


def put_back(parts, texts):
    return "".join(texts[part.index] if isinstance(part, HoleMarker) else part for part in parts)


@given(programs(), st.integers(0, 99))
def test_the_texts_put_back_give_the_file(program, seed):
    page = Page(program)
    for site in sites(page, ALL, random.Random(seed)):
        assert put_back(site.parts(page.source), site.texts) == program


@given(programs(), st.integers(0, 99))
def test_what_is_shown_is_part_of_the_file_and_shows_every_hole(program, seed):
    page = Page(program)
    squeezed = "".join(program.split())
    for site in sites(page, ALL, random.Random(seed)):
        shown = snippets([site.parts(page.source)])
        for snippet in shown:
            assert "".join(put_back(snippet, site.texts).split()) in squeezed
        seen = {part.index for snippet in shown for part in snippet if isinstance(part, HoleMarker)}
        assert seen == set(range(len(site.texts)))


@given(programs())
def test_a_helpers_own_name_is_left_nowhere_in_the_file(program):
    page = Page(program)
    for site in sites(page, ALL, random.Random(0)):
        if site.kind is HoleKind.HELPER_NAME:
            rest = "".join(part for part in site.parts(page.source) if isinstance(part, str))
            assert site.texts[0] not in rest.replace(f"K{site.texts[0]}", "").replace("(", " ").split()


def test_a_joint_site_opens_parameters_and_keywords_of_calls():
    page = Page("def pad(text, width):\n    return text.ljust(width)\n\nprint(pad('a', width=3))\n")
    joint = next(site for site in sites(page, ALL, random.Random(0)) if len(site.texts) == 3)
    shown = "".join(part if isinstance(part, str) else f"<{part.index}>" for part in joint.parts(page.source))
    assert shown == "def <0>(<1>, <2>):\n    return <1>.ljust(<2>)\n\nprint(<0>('a', <2>=3))\n"


@given(programs())
def test_taking_docstrings_out_changes_nothing_else(program):
    before, after = ast.parse(program), ast.parse(without_docstrings(program))
    for node in ast.walk(before):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None and len(node.body) > 1:
            del node.body[0]
    assert ast.dump(before) == ast.dump(after)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("def has_rows(x):\n    return x.rows", True),
        ("def check(x) -> bool:\n    return x.ok", True),
        ("def check(x):\n    if x:\n        return False\n    return x is None", True),
        ("def check(x):\n    return x.rows", False),
        ("def check(x):\n    x.rows = 3", False),
    ],
)
def test_a_predicate_answers_yes_or_no(code, answer):
    assert is_predicate(ast.parse(code).body[0]) is answer
