"""A project as it stands: what it costs, and what of it could not be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metrics.cache import user_cache
from metrics.measure import Measurement, measure
from metrics.scorer import Finding
from metrics.source import Unparsed

if TYPE_CHECKING:
    from guardloop.target import Target
    from metrics.discovery import Discovery


@dataclass(frozen=True)
class Scored:
    """A measured tree, and what of its folder could not be measured."""

    root: Path
    measured: Measurement
    found: Discovery

    @classmethod
    def of(cls, target: Target) -> Scored:
        """Measure the judged files of the target by the rules that its settings name."""
        found = target.discover()
        return cls(target.root, measure(found.tree, target.settings.rule or None, user_cache()), found)

    @property
    def costs(self) -> Mapping[str, int]:
        """Each rule's cost, in removable AST nodes; 0 is clean."""
        return self.measured.costs

    @property
    def findings(self) -> Sequence[Finding]:
        """The findings of all rules: highest cost first, then by id."""
        return self.measured.findings

    @property
    def files(self) -> int:
        """Judged files, those that are no Python included."""
        return self.measured.files + len(self.found.unparsed)

    @property
    def lines(self) -> int:
        """Code lines, without blank ones and comments."""
        return self.measured.lines

    @property
    def unparsed(self) -> list[Unparsed]:
        """Files that could not be read, for their bytes or for their grammar."""
        return sorted((*self.measured.unparsed, *self.found.unparsed))
