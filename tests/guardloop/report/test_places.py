from __future__ import annotations

from collections.abc import Callable

from guardloop.checked import Charged
from guardloop.report.places import charged_places, places, remainder
from metrics.scorer import Finding, Site


def sites(*lines: int, symbol: str = "a:f") -> list[Site]:
    return [Site("a.py", line, line, symbol) for line in lines]


def test_the_lines_of_a_function_stand_together_each_once() -> None:
    (first, second) = places([*sites(4, 9, 4), Site("a.py", 20, 25, "a:g"), *sites(12)])
    assert (str(first), first.symbol) == ("a.py:4, 9, 12", "a:f")
    assert (str(second), second.symbol) == ("a.py:20-25", "a:g")


def test_many_lines_of_a_function_are_counted() -> None:
    (place,) = places(sites(*range(1, 21)))
    assert place.lines == "1, 2, 3, 4, 5, 6, 7, 8 and 12 more"


def test_what_the_change_added_comes_first_and_apart_from_what_was_there(found: Callable[..., Finding]) -> None:
    finding = Finding("duplication:1", "duplication", 3, "", tuple(sites(1, 5, 9)))
    named = charged_places(Charged(finding, 3, (1,)))
    assert [(place.lines, place.added) for place in named] == [("5", True), ("1, 9", False)]


def test_places_that_are_not_shown_are_counted() -> None:
    named = places([*sites(1), *sites(2, symbol="a:g"), *sites(3, symbol="a:h")])
    assert remainder(named, named) is None
    assert remainder(named, named[:2]) == "and 1 more place"
    assert remainder(named, named[:1]) == "and 2 more places"
