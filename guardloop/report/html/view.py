"""What the report can be narrowed to: everything that can fail a check, or one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from guardloop.trend import Point
from metrics.scorer import Finding
from metrics.scorers import SCORERS


@dataclass(frozen=True)
class View:
    """A choice of findings; `owned` is how the style finds them."""

    name: str
    label: str
    owned: str
    shows: Callable[[Finding], bool]
    cost_at: Callable[[Point], int | None]
    """What it cost at a revision; None where that was not measured."""
    remark: str = ""

    @property
    def selector(self) -> str:
        """The id of its choice."""
        return f"rule-{self.name}"

    @property
    def style(self) -> str:
        """The rule that hides all but its findings while it is chosen, so that choosing needs no script."""
        chosen = f"body:has(#{self.selector}:checked)"
        others = f'{chosen} .finding:not({self.owned}), {chosen} .view:not([data-view="{self.name}"])'
        return f"{others} {{ display: none; }}\n"

    def of(self, findings: Iterable[Finding]) -> list[Finding]:
        """Its own among these findings."""
        return [finding for finding in findings if self.shows(finding)]

    def values(self, trend: Sequence[Point]) -> list[int]:
        """Its cost at each point of a trend; empty where one of them did not measure it."""
        costs = [cost for point in trend if (cost := self.cost_at(point)) is not None]
        return costs if len(costs) == len(trend) else []


def views(rules: Iterable[str]) -> list[View]:
    """The views of a report on these rules; the first is the one to begin with."""
    gated = View(
        name="gated",
        label="all that can fail a check",
        owned="[data-gated]",
        shows=lambda finding: finding.gated,
        cost_at=lambda point: point.gated,
    )
    return [gated, *map(_view_of, rules)]


def _view_of(rule: str) -> View:
    return View(
        name=rule,
        label=rule,
        owned=f'[data-rule="{rule}"]',
        shows=lambda finding: finding.rule == rule,
        cost_at=lambda point: point.costs.get(rule),
        remark="" if SCORERS[rule].gated else "for information",
    )
