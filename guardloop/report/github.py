"""What a change adds as workflow commands of GitHub Actions, which become annotations on the lines of a pull request.

A command is a line of stdout, so that a line break in a message would let the judged code give commands of its own:
every text is escaped, line breaks first of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from guardloop.checked import Charged, Checked, Verdict
from guardloop.report.checking import over_first, verdict_line
from guardloop.report.escaping import printable
from guardloop.report.gravity import Gravity, gravity
from guardloop.report.places import charged_places, remainder
from guardloop.report.remedies import remedies
from metrics.scorer import Site
from metrics.source import Unparsed

_SHOWN = 10
"""Annotations of one level that one step may make; what is beyond is dropped without a word."""

_GRAVITIES = {Gravity.FAILS: "error", Gravity.COUNTS: "warning", Gravity.INFORMS: "notice"}
_VERDICTS = {Verdict.WITHIN: "notice", Verdict.OVER: "error", Verdict.UNKNOWN: "error"}
_PLACES = 5


def as_github(checked: Checked, folder: str = "") -> str:
    """The commands, the verdict last; `folder` is where the project lies in its repository."""
    return "\n".join(_commands(checked, folder))


def _commands(checked: Checked, folder: str) -> Iterator[str]:
    # One place is kept in each level for the verdict, which says how many are left out.
    shown: Counter[str] = Counter()
    for broken in checked.unparsed:
        if shown["error"] < _SHOWN - 1:
            shown["error"] += 1
            yield _unparsed(broken, folder)
    for one in over_first(checked):
        level = _GRAVITIES[gravity(one, checked)]
        if shown[level] < _SHOWN - 1:
            shown[level] += 1
            yield _annotation(level, one, folder)
    missing = len(checked.findings) + len(checked.unparsed) - shown.total()
    more = f" ({missing} more findings have no annotation)" if missing else ""
    yield _command(_VERDICTS[checked.verdict], {"title": "guardloop"}, verdict_line(checked) + more)


def _annotation(level: str, one: Charged, folder: str) -> str:
    finding = one.finding
    title = f"guardloop: {finding.rule} adds {one.charge}"
    last = (f"Remedy: {advice}" for advice in remedies(finding))
    message = "\n".join((printable(finding.message), *_others(one), *last))
    place = {} if one.place is None else _at(one.place, folder)
    return _command(level, {**place, "title": title}, message)


def _at(site: Site, folder: str) -> dict[str, str]:
    return _place(site.path, site.line, site.end_line, folder)


def _others(one: Charged) -> Iterator[str]:
    # The annotation itself stands at the first line of the first place.
    named = charged_places(one)
    if named and len(named[0].spans) > 1:
        yield f"at {named[0]}"
    for place in named[1 : _PLACES + 1]:
        yield f"also {place} ({printable(place.symbol)})"
    left = remainder(named, named[: _PLACES + 1])
    if left:
        yield left


def _unparsed(broken: Unparsed, folder: str) -> str:
    place = _place(broken.path, broken.line, broken.line, folder)
    return _command("error", {**place, "title": "guardloop: not judged"}, printable(broken.message))


def _place(path: str, line: int, end_line: int, folder: str) -> dict[str, str]:
    start = max(line, 1)
    full = f"{folder}/{path}" if folder else path
    return {"file": printable(full), "line": str(start), "endLine": str(max(end_line, start))}


def _command(level: str, properties: Mapping[str, str], message: str) -> str:
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
