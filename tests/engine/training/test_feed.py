import random
from contextlib import closing
from dataclasses import replace
from itertools import islice

import pytest

from engine.diffusion.prompt import PAD, decode_slots
from engine.protocol import HoleKind
from engine.training.examples import batches, collate
from engine.training.feed import Feed, Plan, drawn

PLAN = Plan(budget=128, group_characters=1000, shares=2)


def first_groups(bundle, plan, start, number, workers=0):
    with closing(Feed(bundle, plan, workers).groups(start)) as groups:
        return [(place, [e.canvas.tolist() for e in found]) for place, found in islice(groups, number)]


@pytest.fixture(scope="module")
def examples(bundle):
    return [e for seed in range(6) for e in drawn(bundle.tokenizer, bundle.train, 200, str(seed))]


def test_groups_are_the_same_from_any_place_and_with_workers(bundle):
    whole = first_groups(bundle, PLAN, (0, 0), 6)
    assert [place for place, _ in whole] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert whole[2:4] == first_groups(bundle, PLAN, (0, 2), 2)
    assert whole[:2] == first_groups(bundle, PLAN, (0, 0), 2, workers=1)
    assert whole[:3] != first_groups(bundle, replace(PLAN, seed=2), (0, 0), 3)


def test_each_epoch_opens_other_holes(bundle):
    plan = replace(PLAN, group_characters=10**9)
    (_, first), (_, second) = first_groups(bundle, plan, (0, 0), 2)
    assert first
    assert sorted(first) != sorted(second)


def test_a_large_package_is_thinned_out(bundle):
    few = first_groups(bundle, replace(PLAN, per_package=1, group_characters=10**9), (0, 0), 8)
    many = first_groups(bundle, replace(PLAN, group_characters=10**9), (0, 0), 8)
    assert sum(len(found) for _, found in few) < 0.6 * sum(len(found) for _, found in many)


def test_every_task_is_drawn_and_only_a_revision_starts_from_something_else(examples, bundle):
    assert {example.kind for example in examples} == set(HoleKind)
    for example in examples:
        differs = example.start.tolist() != example.canvas.tolist()
        assert not differs or example.kind is HoleKind.REVISION
    lines = next(e for e in examples if e.kind is HoleKind.LINES)
    (text,) = decode_slots(lines.canvas.tolist(), HoleKind.LINES, bundle.tokenizer)
    # Later lines of a slot begin where its first one does: the prompt's margin is taken off as well.
    assert not text.split("\n")[1].startswith(" " * 4)


def test_batches_hold_each_example_once_and_no_more_than_their_tokens(examples):
    found = list(batches(examples, 2000, random.Random(3)))
    rows = sorted(
        (tuple(p[p != PAD]), tuple(c)) for batch in found for p, c in zip(batch.prompts, batch.canvas, strict=True)
    )
    assert rows == sorted((tuple(e.prompt), tuple(e.canvas)) for e in examples)
    assert all(batch.prompts.size + batch.canvas.size <= 2000 for batch in found if len(batch.prompts) > 1)


def test_a_batch_pads_prompts_on_the_left_and_canvases_on_the_right(examples):
    chosen = [min(examples, key=lambda e: len(e.canvas)), max(examples, key=lambda e: len(e.canvas)), *examples[:5]]
    batch = collate(chosen)
    longest = batch.prompts.shape[1]
    for row, example in enumerate(chosen):
        assert batch.prompts[row, longest - len(example.prompt) :].tolist() == example.prompt.tolist()
        assert batch.canvas[row, : len(example.canvas)].tolist() == example.canvas.tolist()
        assert batch.is_prompt[row].sum() == len(example.prompt)
        assert batch.is_canvas[row].sum() == len(example.canvas)
    assert batch.tokens == sum(len(e.prompt) + len(e.canvas) for e in chosen)
