"""What `score` prints: the documented JSON, or the worst sources of complexity in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardloop import __version__
from guardloop.report.allowing import remarks
from guardloop.report.colour import Paint
from guardloop.report.escaping import printable
from guardloop.report.places import places, remainder
from guardloop.scored import Scored
from guardloop.trend import Point
from metrics.convergence import converging
from metrics.scorer import Finding, Site

SHOWN = 20
_PLACES = 8


def as_json(scored: Scored, trend: Sequence[Point] = ()) -> str:
    """The document of schema 1, with a trend where one was asked for."""
    document: dict[str, Any] = {
        "schema": 1,
        "version": __version__,
        "root": str(scored.root),
        "files": scored.files,
        "lines": scored.measured.lines,
        "costs": scored.measured.costs,
        "findings": [finding_document(finding) for finding in scored.measured.findings],
        "unparsed": [{"path": u.path, "line": u.line, "message": u.message} for u in scored.unparsed],
    }
    if trend:
        document["trend"] = [point.document for point in trend]
    return laid_out(document)


def laid_out(document: Mapping[str, Any]) -> str:
    """A document as JSON with a line for each field, and for each item of a list.

    `json` writes indented text several times as slowly as this.
    """
    encode = json.JSONEncoder().encode
    lines = []
    for name, value in document.items():
        if isinstance(value, list) and value:
            items = ",\n".join(f"  {encode(item)}" for item in value)
            lines.append(f" {encode(name)}: [\n{items}\n ]")
        else:
            lines.append(f" {encode(name)}: {encode(value)}")
    return "{\n" + ",\n".join(lines) + "\n}"


def as_text(scored: Scored, trend: Sequence[Point] = (), *, verbose: bool = False, paint: Paint | None = None) -> str:
    """What several rules name, then the worst sources; `verbose` adds what can fail no check, and all past `SHOWN`."""
    ranked = converging([finding for finding in scored.findings if finding.gated or verbose])
    shown = ranked if verbose else ranked[:SHOWN]
    more = sum(len(group) for group in ranked[len(shown) :])
    lines = _lines(scored, shown, more, verbose, paint or Paint())
    return "\n".join((*_trend_lines(trend), *lines))


def _trend_lines(trend: Sequence[Point]) -> Iterator[str]:
    for point in trend:
        yield f"{point.date}  {point.revision[:9]}  {point.gated:6d} in {point.lines} lines"
    if trend:
        yield ""


def _lines(scored: Scored, shown: Sequence[Sequence[Finding]], more: int, verbose: bool, paint: Paint) -> Iterator[str]:
    for finding, *others in shown:
        yield from _described(finding, others, verbose, paint)
    if more:
        yield f"and {more} more, which cost less (--verbose shows all)\n"
    for unparsed in scored.unparsed:
        yield f"not judged: {printable(unparsed.path)}:{unparsed.line}: {printable(unparsed.message)}"
    yield from (f"note: {printable(remark)}" for remark in remarks(scored.measured.suppression))
    accepted = scored.measured.suppression.findings
    if accepted:
        yield f"allowed by comments: {len(accepted)}, which cost {sum(finding.cost for finding in accepted)}"
    if verbose:
        yield from (f"left out: {printable(skipped.path)}: {skipped.reason}" for skipped in scored.found.skipped)
    costs = ", ".join(f"{rule} {cost}" for rule, cost in scored.costs.items())
    yield paint.strong(costs) + f"  ({scored.files} files, {scored.lines} lines; in removable AST nodes, 0 is clean)"


def _described(finding: Finding, others: Sequence[Finding], verbose: bool, paint: Paint) -> Iterator[str]:
    remark = "" if finding.gated else "  (for information)"
    yield f"{paint.strong(f'{finding.cost:5d}')}  {finding.rule}  {printable(finding.message)}{remark}"
    named = places(finding.sites)
    shown = named if verbose else named[:_PLACES]
    for place in shown:
        yield f"       {place}  {paint.quiet(printable(place.symbol))}"
    left = remainder(named, shown)
    if left:
        yield f"       {left}"
    yield from (f"       also {other.rule} {other.cost}: {printable(other.message)}" for other in others)
    yield ""


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding as the documented JSON has it; its place is that of its first site."""
    first = finding.sites[0] if finding.sites else Site("", 0, 0, "")
    return {
        "id": finding.id,
        "rule": finding.rule,
        "cost": finding.cost,
        "gated": finding.gated,
        "message": finding.message,
        "path": first.path,
        "line": first.line,
        "end_line": first.end_line,
        "symbol": first.symbol,
        "sites": [vars(site) for site in finding.sites],
    }
