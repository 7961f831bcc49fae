"""The same bytes, whatever the seed of hashes, the order of files, the state of the cache, or who else is running."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from metrics.discovery import discover
from metrics.gathering import Memory
from metrics.measure import measure
from metrics.source import SourceTree

ROOT = Path(__file__).parents[2]


def start(tree, cache, seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "GUARDLOOP_CACHE": str(cache)}
    command = [sys.executable, "-m", "guardloop", "score", ".", "--format", "json"]
    return subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE)


def answer(process):
    out, _ = process.communicate()
    assert process.returncode == 0
    return out


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    place = tmp_path_factory.mktemp("determinism") / "project"
    shutil.copytree(ROOT / "metrics" / "scorers" / "duplication", place / "duplication")
    shutil.copytree(ROOT / "guardloop" / "sketches" / "duplication", place / "sketches")
    (place / "broken.py").write_text("def f(:\n")
    return place


def test_seeds_and_caches_change_no_byte(tree, tmp_path):
    answers = [answer(start(tree, tmp_path / seed, seed)) for seed in ("0", "1", "2")]
    # What one seed stored answers another.
    answers += [answer(start(tree, tmp_path / "0", seed)) for seed in ("0", "2")]
    assert answers[0].count(b'"id"') > 10
    assert set(answers) == {answers[0]}


def test_programs_that_run_beside_each_other_answer_alike(tree, tmp_path):
    running = [start(tree, tmp_path / "shared", str(seed)) for seed in range(4)]
    assert len({answer(process) for process in running}) == 1


def test_the_order_of_files_changes_nothing(tree, monkeypatch):
    texts = list(discover(tree).tree.texts.items())
    measured = []
    for seed in range(3):
        random.Random(seed).shuffle(texts)
        for memory in ("gathering._readings", "measure._answers"):
            monkeypatch.setattr(f"metrics.{memory}", Memory(1000))
        measured.append(repr(measure(SourceTree(dict(texts)))))
    assert len(set(measured)) == 1


def test_facts_that_were_kept_for_part_of_a_tree_change_nothing(tree, tmp_path):
    part = tmp_path / "part"
    shutil.copytree(tree, part)
    for path in sorted(part.rglob("*.py"))[::2]:
        path.unlink()
    answer(start(part, tmp_path / "warm", "1"))
    assert answer(start(tree, tmp_path / "warm", "2")) == answer(start(tree, tmp_path / "cold", "0"))
