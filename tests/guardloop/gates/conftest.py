from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping

import pytest

from guardloop.guards import ProjectGuards
from guardloop.judgement import Candidate, Gate
from guardloop.project import Project
from metrics.discovery import discover
from metrics.source import SourceTree

Change = Callable[..., Candidate]

SHOP = '''\
"""Prices of a small shop."""

from __future__ import annotations

LIMIT = 100


def price(amount: int, rate: int = 2) -> int:
    """What an amount costs."""
    if amount < 0:
        raise ValueError("negative")
    return amount * rate


def label(name: str | None) -> str:
    if name is None:
        return "-"
    return name.strip()


def first(rows: list[tuple[str, int]], limit: int) -> list[str]:
    found = []
    for name, amount in rows:
        if amount > limit:
            found.append(f"{name}: {amount} over {limit}")
        elif amount < 0:
            found.append(f"{name}: negative")
        else:
            found.append(f"{name}: {amount}")
    found.sort()
    return found


def second(rows: list[tuple[str, int]], limit: int) -> list[str]:
    found = []
    for name, amount in rows:
        if amount > limit:
            found.append(f"{name}: {amount} over {limit}")
        elif amount < 0:
            found.append(f"{name}: negative")
        else:
            found.append(f"{name}: {amount}")
    found.sort()
    return found
'''
TESTS = """\
import pytest

from shop import first, label, price, second


def test_price():
    assert price(3) == 6


def test_price_refuses_less_than_nothing():
    with pytest.raises(ValueError):
        price(-1)


@pytest.mark.parametrize("rows", [[("a", 1)], [("a", -1), ("b", 9)]])
def test_both(rows):
    assert first(rows, 5) == second(rows, 5)


@pytest.mark.skip(reason="later")
def test_label():
    assert label(None) == "-"
"""
MERGED = SHOP[: SHOP.index("def second")] + (
    "def second(rows: list[tuple[str, int]], limit: int) -> list[str]:\n    return first(rows, limit)\n"
)


@pytest.fixture(scope="session")
def shop_tree() -> SourceTree:
    return SourceTree({"shop.py": SHOP})


@pytest.fixture(scope="session")
def guards(tmp_path_factory) -> Iterator[ProjectGuards]:
    root = tmp_path_factory.mktemp("shop")
    (root / "shop.py").write_text(SHOP)
    (root / "test_shop.py").write_text(TESTS)
    (root / "pyproject.toml").write_text('[tool.mypy]\nstrict = true\n[tool.ruff.lint]\nselect = ["E", "F"]\n')
    project = Project.discover(
        root, tests="PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 pytest -q -p no:cacheprovider", python=sys.executable
    )
    with ProjectGuards(project, discover(root).tree) as prepared:
        yield prepared


@pytest.fixture(scope="session")
def gates(guards) -> Mapping[str, Gate]:
    return {gate.name: gate for gate in guards.gates}


@pytest.fixture(scope="session")
def change(shop_tree) -> Change:
    """A candidate in which one piece of the shop's text is replaced, or which adds files."""

    def make(piece: str = "", by: str = "", **files: str) -> Candidate:
        assert piece in SHOP
        texts = {"shop.py": SHOP.replace(piece, by) if piece else SHOP}
        return Candidate(shop_tree, shop_tree.replacing({**texts, **{f"{name}.py": t for name, t in files.items()}}))

    return make


@pytest.fixture(scope="session")
def merged(shop_tree) -> Candidate:
    """A change that is right: one of two equal functions calls the other."""
    return Candidate(shop_tree, shop_tree.replacing({"shop.py": MERGED}))
