from __future__ import annotations

import random
from pathlib import Path

import pytest

import metrics
from metrics.cache import Cache
from metrics.discovery import discover
from metrics.gathering import Gathered
from metrics.index import Index, Near
from metrics.measure import default_rules, measure, scores_near
from metrics.rows import functions_of
from metrics.scorer import Finding, Score
from metrics.scorers import SCORERS
from metrics.source import SourceTree
from metrics.ties import Ties

RULES = default_rules()


@pytest.fixture(scope="module")
def product() -> SourceTree:
    return discover(Path(metrics.__file__).parent).tree


@pytest.fixture(scope="module")
def scores(product: SourceTree) -> dict[str, Score]:
    return dict(measure(product).scores)


def near(score: Score, index: Index) -> list[Finding]:
    return [f for f in score.findings if any(index.is_near(site.path, site.line, site.end_line) for site in f.sites)]


def lines(tree: SourceTree, choose: random.Random, count: int) -> dict[str, list[tuple[int, int]]]:
    """Where some functions of some files stand."""
    found = {path: [(first, last) for _, first, last in functions_of(text)] for path, text in tree.texts.items()}
    chosen = choose.sample(sorted(path for path in found if found[path]), count)
    return {path: sorted(choose.sample(found[path], min(len(found[path]), count))) for path in chosen}


@pytest.mark.parametrize("rule", RULES)
def test_what_is_found_near_functions_is_what_is_found_there_in_the_whole_tree(
    product: SourceTree, scores: dict[str, Score], rule: str
) -> None:
    files = Gathered(product, [SCORERS[rule]], None)
    choose, tied = random.Random(7), Ties(product, None).files
    for count in (1, 1, 2, 3, 1, 1, 2, 3, 1, 2, 3, 4):
        index = Index(files, product, Near(lines(product, choose, count), tied))
        assert near(SCORERS[rule].score(index), index) == near(scores[rule], index)


def test_scores_near_a_function_are_kept_apart_from_those_of_the_tree(tmp_path: Path, product: SourceTree) -> None:
    texts = {path: text for path, text in product.texts.items() if path.startswith("slots/")}
    tree, cache = SourceTree(texts), Cache(tmp_path)
    near = Near({"slots/model.py": [(50, 80)]}, Ties(tree, cache).files)
    part = scores_near(tree, ["nil-pressure", "duplication"], near, cache)
    assert scores_near(SourceTree(texts), ["nil-pressure", "duplication"], near, cache) == part
    whole = measure(tree, ["nil-pressure", "duplication"], cache).scores
    assert len(part["duplication"].findings) < len(whole["duplication"].findings)
    assert scores_near(tree, ["nil-pressure", "duplication"], near, cache) == whole
