from __future__ import annotations

import random
from pathlib import Path

import pytest

import metrics
from metrics.cache import Cache
from metrics.discovery import discover
from metrics.gathering import gathered
from metrics.index import Index
from metrics.measure import default_rules, measure, scores_near
from metrics.scorer import Finding, Score
from metrics.scorers import SCORERS
from metrics.source import SourceTree

RULES = default_rules()


@pytest.fixture(scope="module")
def product() -> SourceTree:
    return discover(Path(metrics.__file__).parent).tree


@pytest.fixture(scope="module")
def scores(product: SourceTree) -> dict[str, Score]:
    return dict(measure(product).scores)


def near(score: Score, index: Index) -> list[Finding]:
    return [finding for finding in score.findings if any(site.path in (index.near or ()) for site in finding.sites)]


@pytest.mark.parametrize("rule", RULES)
def test_what_is_found_near_a_module_is_what_is_found_there_in_the_whole_tree(
    product: SourceTree, scores: dict[str, Score], rule: str
) -> None:
    files, _ = gathered(product, [SCORERS[rule]], None)
    choose = random.Random(7)
    for count in (1, 1, 2, 3, 1, 1, 2, 3):
        modules = {Index({}, product).module(path) for path in choose.sample(sorted(files), count)}
        index = Index(files, product, modules)
        assert near(SCORERS[rule].score(index), index) == near(scores[rule], index)


def test_scores_near_a_module_are_kept_apart_from_those_of_the_tree(tmp_path: Path, product: SourceTree) -> None:
    texts = {path: text for path, text in product.texts.items() if path.startswith("slots/")}
    tree, cache = SourceTree(texts), Cache(tmp_path)
    part = scores_near(tree, ["nil-pressure", "duplication"], {"slots.model"}, cache)
    assert scores_near(SourceTree(texts), ["nil-pressure", "duplication"], {"slots.model"}, cache) == part
    whole = measure(tree, ["nil-pressure", "duplication"], cache).scores
    assert len(part["duplication"].findings) < len(whole["duplication"].findings)
    assert scores_near(tree, ["nil-pressure", "duplication"], {"slots.model"}, cache) == whole
