"""The charge of a change, for no more measuring than it needs: by the rules that it can touch, near what it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from guardloop.checking.sides import Sides
from metrics.allowances import Allowance
from metrics.cache import Cache, user_cache
from metrics.charge import Charged, charge, free, is_free, joined
from metrics.difference import Difference
from metrics.index import Near
from metrics.measure import Measurement, measure, read_files, scores_near, tool_scores
from metrics.nearness import Touched, stretches, symbols, touched_functions
from metrics.scorer import Finding
from metrics.scorers import TOOL_RULES
from metrics.source import SourceTree
from metrics.ties import Ties
from metrics.touched import Side, touched


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
    old = Ties(was, cache)
    new = Ties(now, cache, old)
    names = touched(held, Side(lines.removed, before), Side(lines.added, after), old, new)
    if is_staged:
        new.keep()
    near = _charged_near(change, lines, [rule for rule in names if rule not in TOOL_RULES], cache, old, new)
    return empty, joined([nothing, near, _charged_by_tools(change, lines, TOOL_RULES.intersection(names))])


def _charged_by_tools(change: Sides, lines: Difference, names: Collection[str]) -> Charged:
    """The charge by rules that run another program: there is no asking one about a part of a tree."""
    after = Measurement(tool_scores(change.after, names), (), 0, 0)
    if is_free(after, lines, names):
        return free(names)
    return charge(Measurement(tool_scores(change.before, names), (), 0, 0), after, lines, names)


def _charged_near(
    change: Sides, lines: Difference, names: Collection[str], cache: Cache, old: Ties, new: Ties
) -> Charged:
    """The charge by these rules: only what has a site in the functions that are touched has a part in it."""
    functions = touched_functions(change.before, lines.removed), touched_functions(change.after, lines.added)
    was, now = (
        _Part(tree, [*names], Near(stretches(tree, *functions), ties.files), cache)
        for tree, ties in ((change.before, old), (change.after, new))
    )
    if is_free(now.measured, lines, names):
        return free(names)
    # What is found on one side is looked for on the other, even if it has no site left where that is touched.
    gone, come = was.beyond(now), now.beyond(was)
    if gone and not is_free(now.measured, Difference(lines.added), names):
        now = now.with_sites(gone, change.changed, functions)
    if come and not is_free(was.measured, Difference(lines.removed), names):
        was = was.with_sites(come, change.changed, functions)
    return charge(was.measured, now.measured, lines, names)


@dataclass(frozen=True)
class _Part:
    """What one side of a change costs where it is touched."""

    tree: SourceTree
    rules: Sequence[str]
    near: Near
    cache: Cache

    @cached_property
    def measured(self) -> Measurement:
        """The findings there, and perhaps more."""
        return Measurement(scores_near(self.tree, self.rules, self.near, self.cache), (), 0, 0)

    def beyond(self, other: _Part) -> list[Finding]:
        """The findings that the other side does not have."""
        known = {finding.id for finding in other.measured.findings}
        return [finding for finding in self.measured.findings if finding.id not in known]

    def with_sites(self, findings: Iterable[Finding], changed: Collection[str], functions: Sequence[Touched]) -> _Part:
        """The same, and what has a site where these findings of the other side have one."""
        sites = [site for finding in findings for site in finding.sites]
        lines = stretches(self.tree, *functions, symbols(site.symbol for site in sites if site.path in changed))
        for site in sites:
            if site.path not in changed:
                lines.setdefault(site.path, []).append((site.line, site.end_line))
        return replace(self, near=Near(lines, self.near.tied))
