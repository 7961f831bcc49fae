"""The shape of what the tools answer: the documents that the commands print with `--format json`."""

from __future__ import annotations

# The server derives the schemas that clients see from these, which `typing.TypedDict` does not allow before 3.12.
from typing_extensions import TypedDict


class Site(TypedDict):
    """One place of a finding; lines are 1-based and inclusive."""

    path: str
    line: int
    end_line: int
    symbol: str
    role: str


class Finding(TypedDict):
    """One source of complexity; `cost` counts removable AST nodes."""

    id: str
    rule: str
    cost: int
    gated: bool
    message: str
    path: str
    line: int
    end_line: int
    symbol: str
    sites: list[Site]


class Unparsed(TypedDict):
    """A file that could not be judged."""

    path: str
    line: int
    message: str


class ScoreDocument(TypedDict):
    """The costs of a tree; `findings` are the worst ones, `omitted` counts those that were asked to be left out."""

    schema: int
    version: str
    root: str
    files: int
    lines: int
    costs: dict[str, int]
    findings: list[Finding]
    omitted: int
    unparsed: list[Unparsed]


class ChargedFinding(Finding):
    """A finding, what of its cost the change answers for, and which of its sites the change added."""

    charge: int
    new_sites: list[int]


class CheckDocument(TypedDict):
    """What a change adds against what it may add; `verdict` is `within`, `over` or `unknown`, which is no pass."""

    schema: int
    verdict: str
    against: str
    added_lines: int
    charges: dict[str, int]
    budgets: dict[str, int]
    findings: list[ChargedFinding]
    omitted: int
    unparsed: list[Unparsed]
    notes: list[str]


class RuleDocument(TypedDict):
    """A rule's own documentation."""

    rule: str
    documentation: str
