"""Findings as SARIF 2.1.0, which code scanning services and editors read.

Paths are relative to the base `%SRCROOT%`; `folder` is where the project lies below it, for a repository of several.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from guardloop import __version__
from guardloop.checked import Checked, Verdict
from guardloop.documentation import documentation, headline
from guardloop.report.escaping import printable, uri
from guardloop.report.gravity import Gravity, gravity
from guardloop.report.remedies import remedies
from guardloop.scored import Scored
from metrics.allowances import Suppression
from metrics.scorer import Finding, Site
from metrics.scorers import SCORERS
from metrics.source import Unparsed

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "%SRCROOT%"
_FINGERPRINT = "guardloopFinding/v1"
Level = Literal["error", "warning", "note"]
_LEVELS: Mapping[Gravity, Level] = {Gravity.FAILS: "error", Gravity.COUNTS: "warning", Gravity.INFORMS: "note"}


@dataclass(frozen=True)
class _Result:
    """A finding, where to show it, how grave it is, and what the format has no field for."""

    finding: Finding
    place: Site | None
    level: Level
    properties: Mapping[str, Any]
    allowed: str | None = None
    """The reason that a comment gives for accepting it, if one does."""


def score_as_sarif(scored: Scored, folder: str = "") -> str:
    """Every finding of a tree: a warning if it can fail a check, else a note. Those that comments accept say so."""
    accepted = scored.measured.suppression
    results = [_of_tree(finding) for finding in scored.findings]
    results += [replace(_of_tree(finding), allowed=_reason(accepted, finding)) for finding in accepted.findings]
    return _log(results, scored.unparsed, folder, {"costs": dict(scored.costs)}, complete=True)


def _of_tree(finding: Finding) -> _Result:
    place = next(iter(finding.sites), None)
    return _Result(finding, place, "warning" if finding.gated else "note", _own(finding))


def _reason(suppression: Suppression, finding: Finding) -> str:
    """The reason of the first comment that accepts a finding."""
    own = (one for one in suppression.allowances if one.rule == finding.rule)
    return next((one.reason for one in own if any(one.covers(site) for site in finding.sites)), "")


def check_as_sarif(checked: Checked, folder: str = "") -> str:
    """What a change adds: an error if its rule is over budget, a warning if it is within, a note if it has none."""
    results = [
        _Result(one.finding, one.place, _LEVELS[gravity(one, checked)], {**_own(one.finding), "charge": one.charge})
        for one in checked.findings
    ]
    properties = {
        "verdict": checked.verdict,
        "addedLines": checked.added_lines,
        "charges": dict(checked.charges),
        "budgets": dict(checked.budgets),
    }
    return _log(results, checked.unparsed, folder, properties, complete=checked.verdict is not Verdict.UNKNOWN)


def _own(finding: Finding) -> dict[str, Any]:
    return {"cost": finding.cost, "gated": finding.gated}


def _log(
    results: Sequence[_Result],
    unparsed: Iterable[Unparsed],
    folder: str,
    properties: Mapping[str, Any],
    *,
    complete: bool,
) -> str:
    rules = [rule for rule in SCORERS if any(result.finding.rule == rule for result in results)]
    notifications = [_notification(broken, folder) for broken in unparsed]
    run = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The folder that all paths are relative to."}}},
        "invocations": [{"executionSuccessful": complete, "toolExecutionNotifications": notifications}],
        "results": [_result(result, rules.index(result.finding.rule), folder) for result in results],
        "properties": properties,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _driver(rules: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "guardloop",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: str) -> dict[str, Any]:
    text = documentation(rule)
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in rule.split("-")),
        "shortDescription": {"text": _literal(headline(rule))},
        "fullDescription": {"text": _literal(text.split("\n## ", 1)[0].strip())},
        "help": {"text": _literal(text), "markdown": text},
        "defaultConfiguration": {"level": "warning" if SCORERS[rule].gated else "note"},
        "properties": {"tags": ["maintainability"]},
    }


def _result(result: _Result, index: int, folder: str) -> dict[str, Any]:
    finding = result.finding
    text = " ".join([f"{finding.message}.", *(f"Remedy: {advice}." for advice in remedies(finding))])
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": _literal(printable(text))},
        "locations": [_location(result.place, folder)] if result.place else [],
        "relatedLocations": [
            {"id": n, **_location(site, folder), "message": {"text": _literal(_described(site))}}
            for n, site in enumerate(finding.sites)
        ],
        "partialFingerprints": {_FINGERPRINT: finding.id},
        **_suppressed(result.allowed),
        "properties": result.properties,
    }


def _suppressed(reason: str | None) -> dict[str, Any]:
    return {} if reason is None else {"suppressions": [{"kind": "inSource", "justification": printable(reason)}]}


def _location(site: Site, folder: str) -> dict[str, Any]:
    return {
        "physicalLocation": _physical(site.path, site.line, site.end_line, folder),
        "logicalLocations": [{"fullyQualifiedName": printable(site.symbol)}],
    }


def _physical(path: str, line: int, end_line: int, folder: str) -> dict[str, Any]:
    start = max(line, 1)
    return {
        "artifactLocation": {"uri": uri(f"{folder}/{path}" if folder else path), "uriBaseId": _BASE},
        "region": {"startLine": start, "endLine": max(end_line, start)},
    }


def _notification(broken: Unparsed, folder: str) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": _literal(printable(f"not judged: {broken.message}"))},
        "locations": [{"physicalLocation": _physical(broken.path, broken.line, broken.line, folder)}],
    }


def _described(site: Site) -> str:
    return printable(f"{site.role}: {site.symbol}")


def _literal(text: str) -> str:
    """A text with nothing in it that a message of the format would read as a placeholder or a link."""
    for mark, written in (("{", "{{"), ("}", "}}"), ("](", "\\](")):
        text = text.replace(mark, written)
    return text
