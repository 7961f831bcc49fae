from __future__ import annotations

from pathlib import Path

import pytest
from edits import edited

import metrics
from metrics.cache import Cache
from metrics.discovery import discover
from metrics.gathering import gathered
from metrics.scorers import SCORERS
from metrics.source import SourceTree
from metrics.ties import KEYS, Ties


@pytest.fixture(scope="module")
def product() -> SourceTree:
    """A quarter of this package."""
    texts = dict(discover(Path(metrics.__file__).parent).tree.texts)
    return SourceTree({path: texts[path] for path in sorted(texts)[::4]})


def held(tree: SourceTree, reading: str) -> dict[str, set[int]]:
    """The keys of each file."""
    scorer = next(scorer for scorer in SCORERS.values() if scorer.reading == reading)
    files, _ = gathered(tree, [scorer], None)
    return {path: {*KEYS[reading](facts.readings[reading])} for path, facts in files.items()}


def assert_ties_hold(ties: Ties, tree: SourceTree) -> None:
    for reading in KEYS:
        keys = held(tree, reading)
        for asked in keys.values():
            for some in ({min(asked, default=0)}, {*sorted(asked)[::9]}):
                holding = {path for path, own in keys.items() if own & some}
                assert holding <= {*ties.files(reading, some)} <= keys.keys()
                assert ties.files(reading, some) == sorted(ties.files(reading, some))


def test_ties_name_the_files_that_hold_a_key(product: SourceTree) -> None:
    ties = Ties(product, None)
    assert_ties_hold(ties, product)
    assert all(ties.files(reading, [12345]) == [] for reading in KEYS)


@pytest.mark.parametrize("seed", range(3))
def test_ties_of_a_tree_like_another_are_its_own(product: SourceTree, seed: int) -> None:
    after = edited(product, seed)
    assert_ties_hold(Ties(after, None, Ties(product, None)), after)


def test_the_next_change_finds_the_ties_of_what_it_starts_from(tmp_path: Path, product: SourceTree) -> None:
    cache, tree = Cache(tmp_path), product
    for seed in range(3):
        after = edited(tree, seed)
        ties = Ties(after, cache, Ties(tree, cache))
        assert_ties_hold(ties, after)
        ties.keep()
        tree = after
    assert_ties_hold(Ties(tree, cache), tree)


def test_ties_are_found_again_when_the_table_that_they_build_on_is_gone(tmp_path: Path, product: SourceTree) -> None:
    after = edited(product, 1)
    Ties(after, Cache(tmp_path), Ties(product, Cache(tmp_path))).keep()
    for _ in range(2):
        assert_ties_hold(Ties(after, Cache(tmp_path)), after)
