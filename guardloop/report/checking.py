"""What `check` prints: the documented JSON, or lines to be handed back to whoever wrote the change."""

from __future__ import annotations

import json
from collections.abc import Iterator

from guardloop.checked import Charged, Checked, Verdict
from guardloop.report.colour import Paint
from guardloop.report.escaping import printable
from guardloop.report.places import charged_places, remainder
from guardloop.report.remedies import remedies
from guardloop.report.scoring import finding_document
from metrics.convergence import converging

_SHOWN = 20
_PLACES = 8


def as_json(checked: Checked) -> str:
    """The document of schema 1."""
    document = {
        "schema": 1,
        "verdict": checked.verdict,
        "against": checked.against,
        "added_lines": checked.added_lines,
        "charges": dict(checked.charges),
        "budgets": dict(checked.budgets),
        "findings": [
            {**finding_document(one.finding), "charge": one.charge, "new_sites": list(one.new_sites)}
            for one in checked.findings
        ],
        "unparsed": [{"path": u.path, "line": u.line, "message": u.message} for u in checked.unparsed],
        "notes": list(checked.notes),
    }
    return json.dumps(document, indent=1)


def verdict_line(checked: Checked) -> str:
    """The verdict and what it rests on, in one line."""
    if checked.verdict is Verdict.UNKNOWN:
        return f"could not tell: {_reason(checked)}"
    if checked.verdict is Verdict.OVER:
        parts = [
            f"{rule} adds {checked.charges[rule]} where {checked.budgets[rule]} is allowed ({nodes} over)"
            for rule, nodes in checked.excess.items()
        ]
        parts += [f"{rule} costs {nodes} more than the baseline records" for rule, nodes in checked.risen.items()]
        return f"over budget: {'; '.join(parts)}"
    return f"within budget: {'; '.join(_within(checked))}"


def _within(checked: Checked) -> Iterator[str]:
    charges = checked.charges.items()
    yield ", ".join(f"{rule} {charge} of {checked.budgets[rule]}" for rule, charge in charges if charge > 0) or (
        "nothing is added"
    )
    # What a change removes pays for what it adds, within a rule.
    yield from (f"{rule} falls by {-charge}" for rule, charge in charges if charge < 0)


def as_text(checked: Checked, *, verbose: bool = False, paint: Paint | None = None) -> str:
    """The verdict, then what it rests on; without `verbose` at most 20 findings, those over budget first."""
    return "\n".join(_lines(checked, verbose, paint or Paint()))


def _reason(checked: Checked) -> str:
    if not checked.unparsed:
        return "; ".join(map(printable, checked.notes)) or "the change could not be measured"
    first, *others = checked.unparsed
    more = f", and {len(others)} more" if others else ""
    return f"{printable(first.path)}:{first.line}: {printable(first.message)}{more}"


def over_first(checked: Checked) -> list[Charged]:
    """The findings in their order, those of rules over budget before the others."""
    return sorted(checked.findings, key=lambda one: one.finding.rule not in checked.failing)


def grouped(checked: Checked) -> list[tuple[Charged, ...]]:
    """The findings, those that one remedy removes together: what is over budget first, then what several rules name."""
    findings = over_first(checked)
    by_id = {one.finding.id: one for one in findings}
    groups = [tuple(by_id[one.id] for one in group) for group in converging([one.finding for one in findings])]
    return sorted(groups, key=lambda group: group[0].finding.rule not in checked.failing)


def _lines(checked: Checked, verbose: bool, paint: Paint) -> Iterator[str]:
    mark = paint.good if checked.verdict is Verdict.WITHIN else paint.bad
    verdict, colon, rest = verdict_line(checked).partition(":")
    yield mark(verdict) + colon + rest
    groups = grouped(checked)
    shown = groups if verbose else groups[:_SHOWN]
    for one, *others in shown:
        yield ""
        yield from _described(one, one.finding.rule in checked.failing, verbose, paint)
        yield from (
            f"        also {other.finding.rule} +{other.charge}: {printable(other.finding.message)}" for other in others
        )
    left = sum(len(group) for group in groups[len(shown) :])
    if left:
        yield f"\nand {left} more, which add less (--verbose shows all)"
    if shown:
        yield ""
    yield from (f"not judged: {printable(u.path)}:{u.line}: {printable(u.message)}" for u in checked.unparsed)
    yield from (f"note: {printable(note)}" for note in checked.notes)
    lines = "1 added line" if checked.added_lines == 1 else f"{checked.added_lines} added lines"
    yield paint.quiet(f"{lines} against {printable(checked.against)}; in removable AST nodes, 0 is clean")


def _described(one: Charged, over: bool, verbose: bool, paint: Paint) -> Iterator[str]:
    finding = one.finding
    charge = f"+{one.charge}"
    yield f"{(paint.bad if over else paint.strong)(f'{charge:>6}')}  {finding.rule}  {printable(finding.message)}"
    named = charged_places(one)
    shown = named if verbose else named[:_PLACES]
    for place in shown:
        yield f"   {'new' if place.added else '   '}  {place}  {paint.quiet(printable(place.symbol))}"
    left = remainder(named, shown)
    if left:
        yield f"        {left}"
    yield from (f"        {paint.quiet('remedy:')} {advice}" for advice in remedies(finding))
