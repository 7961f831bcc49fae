"""The scorer's seam, and what a scorer says: findings that cost, and their sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from metrics.facts import Module
    from metrics.index import Index


CHARGED_WHEN_ADDED = "charged_when_added"
"""The key of evidence that marks a finding which is not gated but charged where a change adds it: a second copy."""


class ScorerError(Exception):
    """A scorer could not run: a missing tool, an answer that it could not read."""


@dataclass(frozen=True, order=True)
class Site:
    """One place of a finding: lines are 1-based and inclusive, `symbol` is `package.module:Class.function`."""

    path: str
    line: int
    end_line: int
    symbol: str
    role: str = "copy"


@dataclass(frozen=True)
class Finding:
    """One source of complexity. `cost` counts removable AST nodes; `sites` are all places it shows."""

    id: str
    """`rule:fingerprint`, of rule, entities and symbols only: moved lines and unrelated edits keep it."""
    rule: str
    cost: int
    message: str
    sites: tuple[Site, ...]
    gated: bool = True
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """The rule's own structured account, from which its sketches are built; plain JSON values."""


def finding_id(rule: str, entities: str) -> str:
    """The `id` of a finding: its rule and a fingerprint of what it is about."""
    return f"{rule}:{blake2b(entities.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By falling cost, then by id: the order in which findings are always told."""
    return sorted(findings, key=lambda finding: (-finding.cost, finding.id))


@dataclass(frozen=True)
class Score:
    """A rule's findings, worst first; costs are integers, add up, and 0 is clean."""

    rule: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, rule: str, findings: Iterable[Finding]) -> Self:
        """The score that these findings make, in whatever order they come."""
        return cls(rule, tuple(worst_first(findings)))

    @property
    def cost(self) -> int:
        """The sum over the findings."""
        return sum(finding.cost for finding in self.findings)


class Scorer(Protocol):
    """One rule. `facts` sees a file once and its answer is cached by content; `score` sees all files' facts.

    The module docstring of the scorer's file is the rule's documentation: `guardloop explain` prints it.
    """

    rule: str
    gated: bool
    reading: str
    """The name under which its facts are kept; scorers that need the same facts share one reading and one `facts`."""
    version: int
    """Part of the cache key: raise it whenever `facts` answers differently for the same text."""

    def facts(self, module: Module) -> Any:
        """What one parsed file contributes: a function of the text alone, never of its path.

        Plain values only (tuples, lists, dicts, sets, numbers, text), as `marshal` writes them to the cache.
        """

    def score(self, index: Index) -> Score:
        """Judge the tree. The order of files never matters."""
