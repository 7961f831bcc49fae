"""The judgement of a change: what it adds to each rule's cost, held against the budgets that stood before it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence

from guardloop.checked import Charged, Checked, Verdict
from guardloop.checking.baseline import FILE, Baseline, over_recorded
from guardloop.checking.charging import charged_where_touched, charged_wholly
from guardloop.checking.comparison import Comparison, comparison_of
from guardloop.checking.marks import moved_remarks
from guardloop.checking.revisions import Revisions
from guardloop.checking.settings import Bar, bar_of, bar_of_baseline
from guardloop.checking.sides import Sides, sides
from guardloop.config import TABLE
from guardloop.errors import TargetError
from guardloop.report.allowing import added_remarks, remarks
from guardloop.target import Target
from metrics.allowances import added, allowances_in
from metrics.budget import Budget, budgets
from metrics.cache import user_cache
from metrics.difference import difference
from metrics.discovery import Discovery, discover
from metrics.measure import default_rules, measure
from metrics.scorers import SCORERS


def check(target: Target) -> Checked:
    """Judge the change that is asked for, or that the settings before it name; else the work tree against HEAD.

    Raises `GuardloopError` where there is nothing to compare with.
    """
    comparison = comparison_of(target)
    if comparison.baseline is not None:
        return _against_baseline(target, comparison)
    revisions = Revisions(target.root)
    against = revisions.merge_base(comparison.against or "HEAD")
    before = revisions.tree(against)
    after = revisions.index() if comparison.staged else revisions.work_tree()
    if against == revisions.head():
        before = revisions.with_merged(before, after)
    bar = bar_of(target, revisions, before, after, against)
    change = sides(revisions, before, after, bar.settings.exclude, against, target.named_files())
    _held_to_paths(target, {*change.before.texts, *change.after.texts, *change.changed})
    return _judged(target, bar, change, comparison)


def _held_to_paths(target: Target, judged: Collection[str]) -> None:
    """Raise `TargetError` for a path that names nothing that is judged: an answer would say nothing of it."""
    for path in target.without(judged):
        raise TargetError(f"{path}: expected something to judge, found none: it is left out, or unknown to git")


def _judged(target: Target, bar: Bar, change: Sides, comparison: Comparison) -> Checked:
    """Charge a change for what it adds in the files that the target names, by the settings of `bar`."""
    rules = bar.settings.rule or default_rules(bar.settings.budgets)
    held = _held(rules, bar.settings.budgets)
    hold = bar.settings.allow_suppressions
    allowances = allowances_in(change.after)
    fresh = added(allowances_in(change.before), allowances)
    named = {path for path in change.changed if target.named(path)}
    lines = difference(change.before, change.after, change.elsewhere).within(named)
    if allowances or bar.settings.ratchet:
        # What comments accept, and what recorded totals hold, is known of a tree that is measured whole.
        after, charged = charged_wholly(change, lines, held, rules, () if hold else fresh)
    else:
        after, charged = charged_where_touched(change, lines, held, rules, is_staged=comparison.staged)
    allowed = {rule: budget.allowance(lines.added_lines) for rule, budget in held.items()}
    broken = [file for file in sorted((*after.unparsed, *change.unparsed)) if file.path in change.changed]
    risen = over_recorded(bar.baseline, after, bar.settings.ratchet) if bar.baseline else {}
    return Checked(
        verdict=_verdict(charged.charges, allowed, risen, is_broken=bool(broken)),
        against=change.against,
        added_lines=lines.added_lines,
        charges=charged.charges,
        budgets=allowed,
        findings=tuple(Charged(one.finding, one.charge, one.new_sites) for one in charged.findings),
        unparsed=tuple(broken),
        notes=(
            *comparison.notes,
            *bar.notes,
            *change.marks.remarks(),
            *moved_remarks(lines.outward),
            *_free(bar.settings.rule, held),
            *added_remarks(fresh, hold=hold),
            *remarks(after.suppression),
            *_rises(risen),
        ),
        risen=risen,
    )


def _against_baseline(target: Target, comparison: Comparison) -> Checked:
    """Charge the tree as it stands for what is not in the baseline; no git is needed."""
    path = comparison.baseline or target.root / FILE
    baseline = Baseline.load(path) if comparison.recorded is None else Baseline.parse(comparison.recorded, str(path))
    bar = bar_of_baseline(target, baseline)
    settings, hold = bar.settings, bar.settings.allow_suppressions
    found = _discovered(target, settings.exclude)
    fresh = baseline.added(allowances_in(found.tree))
    rules = settings.rule or default_rules(settings.budgets)
    measured = measure(found.tree, rules, user_cache(), () if hold else fresh)
    lines = max(0, measured.lines - baseline.lines)
    rises = [one for one in baseline.risen(measured) if any(target.named(site.path) for site in one.finding.sites)]
    held, over = _held(measured.scores, settings.budgets), baseline.charges(measured)
    # What is named is charged for what it rises by, and never for more than everything is.
    own = {rule: sum(one.charge for one in rises if one.finding.rule == rule) for rule in held}
    charges = {rule: min(over.get(rule, 0), own[rule]) for rule in held}
    allowed = {rule: budget.allowance(lines) for rule, budget in held.items()}
    risen = over_recorded(baseline, measured, settings.ratchet)
    broken = sorted((*measured.unparsed, *found.unparsed))
    return Checked(
        verdict=_verdict(charges, allowed, risen, is_broken=bool(broken)),
        against=str(path),
        added_lines=lines,
        charges=charges,
        budgets=allowed,
        findings=tuple(sorted(rises, key=lambda one: (-one.charge, one.finding.id))),
        unparsed=tuple(broken),
        notes=(
            *comparison.notes,
            *bar.notes,
            *_free(settings.rule, held),
            *baseline.stale(measured),
            *baseline.unjudged(found),
            *added_remarks(fresh, hold=hold),
            *remarks(measured.suppression),
            *_rises(risen),
        ),
        risen=risen,
    )


def _discovered(target: Target, exclude: Sequence[str]) -> Discovery:
    """What is judged of the folder, and the files that are named whatever they are."""
    files = (target.root / os.fsdecode(path) for path in target.named_files())
    found = discover(target.root, (target.root, *files), exclude)
    _held_to_paths(target, {*found.tree.texts, *(file.path for file in found.unparsed)})
    return found


def _held(rules: Iterable[str], configured: Mapping[str, Budget]) -> dict[str, Budget]:
    return budgets(rules, [rule for rule, scorer in SCORERS.items() if scorer.gated], configured)


def _verdict(
    charges: Mapping[str, int], allowed: Mapping[str, int], risen: Mapping[str, int], *, is_broken: bool
) -> Verdict:
    if is_broken:
        return Verdict.UNKNOWN
    is_over = risen or any(charge > allowed[rule] for rule, charge in charges.items())
    return Verdict.OVER if is_over else Verdict.WITHIN


def _free(asked: Sequence[str], held: Mapping[str, Budget]) -> list[str]:
    return [
        f"{rule} is for information: it has no budget until {TABLE}.budgets gives it one"
        for rule in asked
        if rule not in held
    ]


def _rises(risen: Mapping[str, int]) -> list[str]:
    return [f"{rule} costs {nodes} more in the whole tree than the baseline records" for rule, nodes in risen.items()]
