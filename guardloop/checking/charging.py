"""The charge of a change, for no more measuring than it needs: rules that the change cannot touch are not measured."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from guardloop.checking.sides import Sides
from metrics.allowances import Allowance
from metrics.cache import user_cache
from metrics.charge import Charged, charge, free, is_free
from metrics.difference import Difference
from metrics.measure import Measurement, keep_keys, known_keys, measure, read_files
from metrics.source import SourceTree
from metrics.touched import Side, touched, with_files


def charged_wholly(
    change: Sides, lines: Difference, held: Collection[str], rules: Sequence[str], disregarded: Collection[Allowance]
) -> tuple[Measurement, Charged]:
    """The tree after the change, measured by `rules` whole, and what the change is charged by those that are `held`."""
    after = measure(change.after.tree, rules, user_cache(), disregarded)
    return after, _charged(change, after, lines, held, rules)


def charged_where_touched(
    change: Sides, lines: Difference, held: Collection[str], rules: Sequence[str], *, is_staged: bool = False
) -> tuple[Measurement, Charged]:
    """The same charge; of the tree after the change, which holds no comments that allow, no more than that needs.

    Of what `is_staged`, the next change is told what it needs to know: it will be the side before that.
    """
    cache, was, now = user_cache(), change.before.tree, change.after.tree
    touches = lines.adds or lines.removes
    after, unparsed = read_files(_changed(change, now), rules, cache if touches else None)
    names: list[str] = []
    if touches:
        before, _ = read_files(_changed(change, was), rules, cache)
        sides = Side(lines.removed, before), Side(lines.added, after)
        known = known_keys(was, rules, cache)
        names = touched(held, *sides, known)
        if is_staged:
            keep_keys(now, rules, cache, with_files(known, before.values(), after.values()))
    if not names:
        return Measurement({}, unparsed, len(now.texts), 0), free(held)
    measured = measure(now, names, cache, among=rules)
    part = _charged(change, measured, lines, names, rules)
    nothing = free(held)
    return measured, Charged(
        {rule: part.charges.get(rule, 0) for rule in nothing.charges},
        part.findings,
        {rule: part.credits.get(rule, 0) for rule in nothing.credits},
    )


def _changed(change: Sides, side: SourceTree) -> dict[str, str]:
    return {path: side.texts[path] for path in change.changed & side.texts.keys()}


def _charged(
    change: Sides, after: Measurement, lines: Difference, held: Collection[str], rules: Sequence[str]
) -> Charged:
    if is_free(after, lines, held):
        # The tree before need not be measured, which takes as long as the one after.
        return free(held)
    return charge(measure(change.before.tree, [*after.scores], user_cache(), among=rules), after, lines, held)
