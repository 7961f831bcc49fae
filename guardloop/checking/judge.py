"""The judgement of a change: what it adds to each rule's cost, held against the budgets that stood before it."""

from __future__ import annotations

from collections.abc import Mapping

from guardloop.checked import Charged, Checked, Verdict
from guardloop.checking.revisions import Revisions
from guardloop.checking.settings import Bar, bar_of
from guardloop.checking.sides import Sides, sides
from guardloop.target import Target
from metrics.budget import budgets
from metrics.cache import user_cache
from metrics.charge import charge
from metrics.difference import difference
from metrics.measure import measure
from metrics.scorers import SCORERS


def check(target: Target) -> Checked:
    """Judge the change that the target's settings name. Raises `GuardloopError` where there is none to judge."""
    revisions = Revisions(target.root)
    staged = target.settings.staged
    against = revisions.head() if staged else revisions.merge_base(target.settings.against or "HEAD")
    before = revisions.tree(against)
    after = revisions.index() if staged else revisions.work_tree()
    bar = bar_of(target, revisions, before, after, against)
    return judged(target, bar, sides(revisions, before, after, bar.settings.exclude, against))


def judged(target: Target, bar: Bar, change: Sides) -> Checked:
    """Charge a change for what it adds in the files that the target names, by the budgets of `bar`."""
    cache, rules = user_cache(), bar.settings.rule or None
    before, after = (measure(side.tree, rules, cache) for side in (change.before, change.after))
    lines = difference(change.before.tree, change.after.tree).within({p for p in change.changed if target.named(p)})
    gated = [rule for rule, scorer in SCORERS.items() if scorer.gated]
    held = budgets(after.scores, gated, bar.settings.budgets)
    charged = charge(before, after, lines, held)
    allowed = {rule: budget.allowance(lines.added_lines) for rule, budget in held.items()}
    broken = [file for file in sorted((*after.unparsed, *change.after.unparsed)) if file.path in change.changed]
    return Checked(
        verdict=_verdict(charged.charges, allowed, bool(broken)),
        against=change.against,
        added_lines=lines.added_lines,
        charges=charged.charges,
        budgets=allowed,
        findings=tuple(Charged(one.finding, one.charge, one.new_sites) for one in charged.findings),
        unparsed=tuple(broken),
        notes=bar.notes,
    )


def _verdict(charges: Mapping[str, int], allowed: Mapping[str, int], is_broken: bool) -> Verdict:
    if is_broken:
        return "unknown"
    return "over" if any(charge > allowed[rule] for rule, charge in charges.items()) else "within"
