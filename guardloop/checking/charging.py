"""The charge of a change, for no more measuring than it needs: by the rules that it can touch, near what it changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from guardloop.checking.sides import Sides
from metrics.allowances import Allowance
from metrics.cache import Cache, user_cache
from metrics.charge import Charged, charge, free, is_free
from metrics.difference import Difference
from metrics.index import Index
from metrics.measure import Measurement, measure, read_files, scores_near
from metrics.source import SourceTree
from metrics.touched import Side, keep_keys, known_keys, touched, with_files


def charged_wholly(
    change: Sides, lines: Difference, held: Collection[str], rules: Sequence[str], disregarded: Collection[Allowance]
) -> tuple[Measurement, Charged]:
    """The tree after the change, measured by `rules` whole, and what the change is charged by those that are `held`."""
    after = measure(change.after, rules, user_cache(), disregarded)
    if is_free(after, lines, held):
        # The tree before need not be measured, which takes as long as the one after.
        return after, free(held)
    return after, charge(measure(change.before, rules, user_cache()), after, lines, held)


def charged_where_touched(
    change: Sides, lines: Difference, held: Collection[str], rules: Sequence[str], *, is_staged: bool = False
) -> tuple[Measurement, Charged]:
    """The same charge; of the tree after the change, which holds no comments that allow, no more than that needs.

    Of what `is_staged`, the next change is told what it needs to know: it will be the side before that.
    """
    cache, was, now = user_cache(), change.before, change.after
    touches = lines.adds or lines.removes
    after, unparsed = read_files(now, change.changed & now.texts.keys(), rules, cache if touches else None)
    nothing, empty = free(held), Measurement({}, unparsed, len(now.texts), 0)
    if not touches:
        return empty, nothing
    before, _ = read_files(was, change.changed & was.texts.keys(), held, cache)
    known = known_keys(was, cache)
    names = touched(held, Side(lines.removed, before), Side(lines.added, after), known)
    if is_staged:
        keep_keys(now, cache, with_files(known, before.values(), after.values()))
    part = _charged_near(change, lines, names, cache)
    charges, credits = ({**dict.fromkeys(held, 0), **one} for one in (part.charges, part.credits))
    return empty, Charged(charges, part.findings, credits)


def _charged_near(change: Sides, lines: Difference, names: Collection[str], cache: Cache) -> Charged:
    """The charge by these rules: only what has a site in the changed modules, on either side, has a part in it."""
    modules = {
        Index({}, side).module(path)
        for side in (change.before, change.after)
        for path in lines.added.keys() | lines.removed.keys()
    }

    def near(side: SourceTree) -> Measurement:
        return Measurement(scores_near(side, [*names], modules, cache), (), 0, 0)

    after = near(change.after)
    return free(names) if is_free(after, lines, names) else charge(near(change.before), after, lines, names)
