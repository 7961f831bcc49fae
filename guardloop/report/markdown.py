"""What a change adds as Markdown, to stand in one comment of a pull request that is written anew for each push.

The first line is a mark that is not shown, by which a program finds its own comment again. Everything that comes from
the judged code stands in code spans: there it is no markup, no HTML and mentions nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardloop.checked import Charged, Checked
from guardloop.report.checking import grouped, verdict_line
from guardloop.report.escaping import code_span, markdown
from guardloop.report.places import Place, charged_places
from guardloop.report.remedies import remedies

MARK = "<!-- guardloop: check -->"
_OPEN, _FOLDED = 5, 40
_PLACES, _MOST_PLACES = 6, 60
_LIMIT = 60_000
"""Characters; the services refuse comments of 65,536 and more."""


def as_markdown(checked: Checked) -> str:
    """The verdict, the rules with what they add, and the findings, the first five of them open."""
    head = "\n".join((MARK, *_head(checked)))
    blocks = [_block(n, group, checked) for n, group in enumerate(grouped(checked), start=1)]
    kept = _fitting(blocks[: _OPEN + _FOLDED], _LIMIT - len(head))
    parts = [head, *kept[:_OPEN]]
    if kept[_OPEN:]:
        folded = "\n\n".join(kept[_OPEN:])
        parts.append(f"<details><summary>{len(kept) - _OPEN} more, which add less</summary>\n\n{folded}\n\n</details>")
    if len(blocks) > len(kept):
        parts.append(f"{len(blocks) - len(kept)} findings are left out here; `guardloop check --verbose` shows them.")
    parts.append("\n".join(_foot(checked)))
    return "\n\n".join(parts)


def _head(checked: Checked) -> Iterator[str]:
    verdict, reason = verdict_line(checked).split(": ", 1)
    yield f"### guardloop: {verdict}"
    yield ""
    yield f"{markdown(reason)}."
    known = dict.fromkeys((*checked.charges, *checked.risen))
    rules = [rule for rule in known if checked.charges.get(rule) or rule in checked.failing]
    if rules:
        yield ""
        yield "| rule | adds | budget | |"
        yield "|---|---:|---:|---|"
        yield from (_row(rule, checked) for rule in rules)


def _row(rule: str, checked: Checked) -> str:
    budget = checked.budgets.get(rule)
    remarks = [f"**{checked.excess[rule]} over**"] if rule in checked.excess else []
    if rule in checked.risen:
        remarks.append(f"**{checked.risen[rule]} over the baseline**")
    return f"| {rule} | {checked.charges.get(rule, 0)} | {'' if budget is None else budget} | {', '.join(remarks)} |"


def _block(number: int, group: Sequence[Charged], checked: Checked) -> str:
    """A finding, and what other rules say of the same place."""
    one, *others = group
    finding = one.finding
    lines = [f"**{number}.** {_said(one, checked)}"]
    named = [_place(place) for place in charged_places(one)]
    lines += named[:_PLACES]
    if named[_PLACES:]:
        rest = "\n".join([*named[_PLACES:_MOST_PLACES], *_uncounted(len(named) - _MOST_PLACES)])
        lines.append(f"\n<details><summary>{len(named) - _PLACES} more places</summary>\n\n{rest}\n\n</details>\n")
    lines += [f"\nAlso {_said(other, checked)}" for other in others]
    return "\n".join([*lines, *(f"\nRemedy: {advice}." for advice in remedies(finding))])


def _said(one: Charged, checked: Checked) -> str:
    charge = f"**+{one.charge}**" if one.finding.rule in checked.failing else f"+{one.charge}"
    return f"{charge} {one.finding.rule}: {markdown(one.finding.message)}"


def _uncounted(left: int) -> list[str]:
    return [f"- and {left} more"] if left > 0 else []


def _place(place: Place) -> str:
    return f"- {code_span(f'{place.path}:{place.lines}')} in {code_span(place.name)}{' (new)' if place.added else ''}"


def _fitting(blocks: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for block in blocks:
        room -= len(block) + 2
        if room < 0:
            break
        kept.append(block)
    return kept


def _foot(checked: Checked) -> Iterator[str]:
    for broken in checked.unparsed[:_OPEN]:
        yield f"- not judged: {code_span(f'{broken.path}:{broken.line}')}: {markdown(broken.message)}"
    yield from (f"- {markdown(note)}" for note in checked.notes[:_FOLDED])
    if checked.unparsed or checked.notes:
        yield ""
    lines = "1 added line" if checked.added_lines == 1 else f"{checked.added_lines} added lines"
    against = code_span(checked.against)
    meaning = "costs are removable AST nodes, 0 is clean; `guardloop explain RULE` says what a rule counts"
    yield f"<sub>{lines} against {against}; {meaning}.</sub>"
