"""The sketcher's seam: a finding goes in, sketches that would remove it come out, best first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from engine.protocol import Sketch
from metrics.scorer import Finding
from metrics.source import SourceTree

if TYPE_CHECKING:
    from guardloop.sketches.style import Style


@dataclass(frozen=True)
class Refusal:
    """A shape that was thought of and not built, because it could change what the code does."""

    variant: str
    """The shape, named as a sketch of it would be."""
    reason: str
    """One line, lower case: what in the code forbids it, with its place."""


class Sketcher(Protocol):
    """Builds the shapes of the refactorings that remove one rule's findings."""

    rule: str

    def sketches(self, finding: Finding, tree: SourceTree, style: Style) -> Iterator[Sketch | Refusal]:
        """Yield the shapes that would remove the finding, best first, and those refused.

        `finding` was measured on `tree`. Never raises for what the code holds: what can't be built is a `Refusal`.
        """
