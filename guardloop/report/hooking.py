"""What `hook` tells an agent: few lines, one remedy each, to be acted on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardloop.checked import Charged, Checked
from guardloop.report.checking import verdict_line
from guardloop.report.escaping import printable
from guardloop.report.remedies import remedies

SHOWN = 3
_SITES = 4
_WIDTH = 300


def as_feedback(checked: Checked, findings: Sequence[Charged]) -> str:
    """The verdict and the worst of these findings, each with its places and its remedy."""
    return "\n".join(line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…" for line in _lines(checked, findings))


def _lines(checked: Checked, findings: Sequence[Charged]) -> Iterator[str]:
    yield f"guardloop: {verdict_line(checked)}"
    for number, one in enumerate(findings[:SHOWN], start=1):
        yield f"{number}. {one.finding.rule} +{one.charge}: {printable(one.finding.message)}"
        yield from _sites(one)
        yield from (f"   remedy: {advice}" for advice in remedies(one.finding))
    if len(findings) > SHOWN:
        yield f"and {len(findings) - SHOWN} more: guardloop check --against {printable(checked.against)}"


def _sites(one: Charged) -> Iterator[str]:
    # What the change added comes first: it is what the reader has just written.
    order = [*one.new_sites, *(n for n in range(len(one.finding.sites)) if n not in one.new_sites)]
    for n in order[:_SITES]:
        site = one.finding.sites[n]
        added = " (new)" if n in one.new_sites else ""
        yield f"   {printable(site.path)}:{site.line}-{site.end_line} {printable(site.symbol)}{added}"
    if len(order) > _SITES:
        yield f"   and {len(order) - _SITES} more places"
