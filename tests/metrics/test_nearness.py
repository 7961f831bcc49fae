from __future__ import annotations

from metrics.difference import difference
from metrics.nearness import stretches, symbols, touched_functions
from metrics.source import SourceTree

TEXT = """import os

LIMIT = 3


class Shop:
    @property
    def open(self):
        def inner(door):
            return door
        return inner

    def close(self):
        return None


def total(prices):
    return sum(prices)
"""
SHOP = SourceTree({"pkg/__init__.py": "", "pkg/shop.py": TEXT, "other.py": TEXT})


def touched(old: str, new: str) -> dict[str, set[str]]:
    after = SHOP.replacing({"pkg/shop.py": TEXT.replace(old, new)})
    return touched_functions(after, difference(SHOP, after).added)


def test_a_line_touches_the_outermost_function_around_it() -> None:
    assert touched("return door\n", "return door + 1\n") == {"pkg.shop": {"Shop.open"}}
    assert touched("sum(prices)", "max(prices)") == {"pkg.shop": {"total"}}
    assert touched("@property", "@cached") == {"pkg.shop": {"Shop.open"}}


def test_a_line_of_no_function_touches_all_that_is_in_none() -> None:
    assert touched("LIMIT = 3", "LIMIT = 4") == {"pkg.shop": {""}}
    assert stretches(SHOP, {"pkg.shop": {""}})["pkg/shop.py"][:3] == [(1, 6), (12, 12), (15, 16)]


def test_a_text_that_is_not_python_is_touched_as_a_whole() -> None:
    assert touched("def total(prices):", "def total(prices:") == {"pkg.shop": {""}}
    broken = SourceTree({"a.py": "def f(:\n    pass\n"})
    ((first, last),) = stretches(broken, {"a": {""}})["a.py"]
    assert first == 1
    assert last > 2


def test_functions_are_found_by_name_in_their_module_alone() -> None:
    names = {"pkg.shop": {"Shop.close", "Shop.gone"}}
    assert stretches(SHOP, names) == {"pkg/shop.py": [(13, 14)]}
    assert stretches(SHOP, {"pkg.shop": {"Shop.gone"}}) == {}


def test_symbols_stand_for_the_outermost_functions() -> None:
    found = symbols(["pkg.shop:Shop.open.<locals>.inner", "pkg.shop:total#2", "pkg.shop", "other:total"])
    assert found == {"pkg.shop": {"Shop.open", "total", ""}, "other": {"total"}}
