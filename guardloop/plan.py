"""What to work on next: the findings that sketches exist for, dearest first, without those that were tried in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.protocol import Sketch
from guardloop.journal import digest
from guardloop.sketches.protocol import Refusal, Sketcher
from guardloop.sketches.style import Style
from metrics.measure import Measurement
from metrics.scorer import Finding
from metrics.source import SourceTree


@dataclass
class Plan:
    """The findings of a run that can be worked on, and what became of those that were.

    A finding is known by its id and by the text of its sites: after an acceptance elsewhere it is not tried again,
    after a change to its own code it is.
    """

    sketchers: Mapping[str, Sketcher]
    style: Style
    rules: Sequence[str] = ()
    """Only these; all that sketches exist for when empty."""
    named: Callable[[str], bool] = lambda path: True
    """Whether a path is one that the user asked for; all of a finding's sites have to be."""
    _why: dict[str, str] = field(default_factory=dict)

    def findings(self, measured: Measurement) -> list[Finding]:
        """The asked-for findings, dearest first, tried ones included."""
        rules = self.rules or tuple(self.sketchers)
        return [
            finding
            for finding in measured.findings
            if finding.rule in self.sketchers
            and finding.rule in rules
            and finding.gated
            and all(self.named(site.path) for site in finding.sites)
        ]

    def untried(self, measured: Measurement, tree: SourceTree) -> Iterator[Finding]:
        """The findings still to be tried on this tree, dearest first."""
        for finding in self.findings(measured):
            if _neighbourhood(finding, tree) not in self._why:
                yield finding

    def shapes(self, finding: Finding, tree: SourceTree) -> Iterator[Sketch | Refusal]:
        """The sketches that would remove a finding, best first, and those refused."""
        return self.sketchers[finding.rule].sketches(finding, tree, self.style)

    def give_up(self, finding: Finding, tree: SourceTree, why: str) -> None:
        """Remember why a finding stays."""
        self._why[_neighbourhood(finding, tree)] = why

    def why(self, finding: Finding, tree: SourceTree) -> str | None:
        """Why a finding stays; None when it was not tried on code like this."""
        return self._why.get(_neighbourhood(finding, tree))


def _neighbourhood(finding: Finding, tree: SourceTree) -> str:
    texts = [finding.id]
    for site in finding.sites:
        lines = tree.texts.get(site.path, "").split("\n")
        texts.append("\n".join(lines[site.line - 1 : site.end_line]))
    return digest("\0".join(texts).encode("utf-8", "surrogatepass"))
