from __future__ import annotations

import pytest

from guardloop.gates.import_effects import import_effects
from guardloop.gates.interface import Interface
from guardloop.judgement import Candidate, Outcome
from metrics.source import SourceTree

TEXT = """\
import functools
from typing import overload

__all__ = ["Base", "Child", "f"]
LIMIT = 3
_private = 1


def f(a, /, b=1, *args, c, d=None, **rest):
    return a


async def g():
    return 1


@functools.lru_cache
def h(x: int) -> int:
    return x


def _helper():
    return 2


class Base:
    size = 1

    def run(self):
        return 1


class Child(Base):
    def run(self):
        return 2

    def _quiet(self):
        return 3
"""


def reason(before: str, after: str, **others: str) -> str:
    tree = SourceTree({"a.py": before})
    candidate = Candidate(
        tree, tree.replacing({"a.py": after, **{f"{name}.py": text for name, text in others.items()}})
    )
    result = Interface().check(candidate)
    assert (result.outcome is Outcome.PASSED) == (not result.reason)
    return result.reason


@pytest.mark.parametrize(
    ("piece", "by", "expected"),
    [
        ("def f(", "def ff(", "a.py: f is gone"),
        ("b=1", "b=2", "f: parameters changed"),
        ("c, d=None", "d=None, c", "f: parameters changed"),
        ("a, /, b", "a, b", "f: parameters changed"),
        (", **rest", "", "f: parameters changed"),
        ("async def g", "def g", "g: kind changed from async function to function"),
        ("    return a\n", "    yield a\n", "f: kind changed from function to generator"),
        ("@functools.lru_cache\n", "", "h: decorators changed from @functools.lru_cache to none"),
        ("LIMIT = 3", "LIMIT = 4", "LIMIT: value changed from 3 to 4"),
        ("LIMIT = 3\n", "", "LIMIT is gone"),
        ("class Child(Base)", "class Child", "bases of Child changed"),
        ("    size = 1\n\n", "", "Base.size is gone"),
        ('["Base", "Child", "f"]', '["Base", "f"]', "__all__ changed"),
        ("def f(", "f = lambda a: a\ndef _f(", "f: kind changed from function to value"),
    ],
)
def test_what_others_can_use_stays(piece, by, expected):
    assert expected in reason(TEXT, TEXT.replace(piece, by))


@pytest.mark.parametrize(
    ("piece", "by"),
    [
        ("def _helper():\n    return 2\n", ""),
        ("_private = 1\n", ""),
        ("x: int) -> int", "x: float) -> float"),
        ("    return a\n", "    return _sum(a)\n\n\ndef _sum(a):\n    return a\n"),
        ("from typing import overload\n", "from typing import overload\n_ONE = 1\n_NOTHING = object()\n"),
        ("    def _quiet(self):\n        return 3\n", ""),
        ("class Child(Base)", "class _Mixin:\n    pass\n\n\nclass Child(_Mixin, Base)"),
        ("class Child(Base)", "class _Between(Base):\n    pass\n\n\nclass Child(_Between)"),
    ],
)
def test_private_names_may_come_and_go(piece, by):
    assert piece in TEXT
    assert reason(TEXT, TEXT.replace(piece, by)) == ""


def test_a_member_may_move_up_into_a_private_base_here_or_elsewhere():
    moved = "class _Running:\n    def run(self):\n        return 2\n\n\n"
    child = "class Child(_Running, Base):\n    pass\n"
    head = TEXT[: TEXT.index("class Child")]
    assert reason(TEXT, head + moved + child) == ""
    assert reason(TEXT, "from shared import _Running\n" + head + child, shared=moved) == ""
    assert "Child.run" in reason(TEXT, head + moved.replace("(self)", "(self, n)") + child)


def test_a_function_may_move_to_another_module_with_its_signature():
    definition = "def f(a, /, b=1, *args, c, d=None, **rest):\n    return a\n"
    moved = TEXT.replace(definition, "from other import f\n")
    assert reason(TEXT, moved, other=definition) == ""
    assert "f is imported now" in reason(TEXT, moved, other=definition.replace("b=1", "b=2"))


def test_a_file_must_not_vanish():
    tree = SourceTree({"a.py": TEXT, "b.py": ""})
    assert Interface().check(Candidate(tree, tree.replacing({"a.py": None}))).reason == "a.py is gone"


def test_what_a_package_imports_is_public():
    tree = SourceTree({"pkg/__init__.py": "from pkg.a import x, y\n"})
    result = Interface().check(Candidate(tree, tree.replacing({"pkg/__init__.py": "from pkg.a import x\n"})))
    assert result.reason == "pkg/__init__.py: y is gone"


def test_overloads_and_setters_all_count():
    before = "class A:\n    @property\n    def x(self): ...\n    @x.setter\n    def x(self, value): ...\n"
    assert "A.x" in reason(before, before[: before.index("    @x.setter")])


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    open('x', 'w').write('y')\nexcept Exception:\n    pass\n",
        "print('hello')\n",
        "for _ in range(9):\n    pass\n",
        "import sys\nsys.path = []\n",
        "_X = __import__('os').getcwd()\n",
        "def _f(x=print('a')):\n    pass\n",
        "@register\ndef _f():\n    pass\n",
        "class _A:\n    print('a')\n",
        "class _A(make()):\n    pass\n",
        "if run():\n    pass\n",
        "del LIMIT\n",
        "LIMIT += 1\n",
        "with open('x'):\n    pass\n",
        "_X = [print(n) for n in (1, 2)]\n",
        "assert LIMIT\n",
    ],
)
def test_importing_a_module_runs_nothing_new(code):
    assert "runs more when it is imported" in reason(TEXT, TEXT + code)


def test_what_ran_at_import_before_may_move():
    assert reason("x = 1\nprint('a')\n", "print('a')\nx = 1\n") == ""


def test_values_types_and_known_decorators_run_nothing():
    silent = (
        "import re\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import os\n"
        "_A = re.compile('a')\n_B = frozenset({'x', 1})\n_C = lambda: print('a')\n_D: int = 3\n"
        "class _E:\n    @property\n    def x(self):\n        print('a')\n"
        "try:\n    import json\nexcept ImportError:\n    json = None\n"
    )
    assert import_effects(silent) == {}
