from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from metrics.alignment import aligned

items = st.lists(st.sampled_from("abcdef"), max_size=30)


@given(items, items)
def test_pairs_are_equal_items_in_the_order_of_both(before: list[str], after: list[str]) -> None:
    pairs = aligned(before, after)
    assert all(before[i] == after[j] for i, j in pairs)
    for (i, j), (k, m) in pairwise(pairs):
        assert i < k
        assert j < m


@given(items)
def test_what_is_equal_stays_in_place_as_a_whole(same: list[str]) -> None:
    assert aligned(same, same) == [(n, n) for n in range(len(same))]


@given(items, items, items)
def test_what_is_added_leaves_the_rest_in_place(start: list[str], middle: list[str], end: list[str]) -> None:
    assert len(aligned(start + end, start + middle + end)) == len(start + end)


def test_a_unique_item_is_a_landmark_whatever_stands_around_it() -> None:
    before = ["x"] * 600 + ["here"] + ["y"] * 600
    after = ["y"] * 600 + ["here"] + ["x"] * 600
    assert aligned(before, after) == [(600, 600)]


def test_long_stretches_of_equal_items_without_a_landmark_are_left_unmatched_in_the_middle() -> None:
    before, after = ["a", "b"] * 2000, ["b", "b", "a"] * 2000
    assert all(before[i] == after[j] for i, j in aligned(before, after))


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=10, unique=True))
def test_a_copy_below_its_original_is_new_as_a_whole_whatever_changes_above(body: list[str]) -> None:
    before, after = ["x", "first", *body], ["y", "first", *body, "second", *body]
    assert aligned(before, after) == [(n, n) for n in range(1, len(before))]
