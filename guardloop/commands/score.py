"""`guardloop score`: the costs of a tree as it stands."""

from __future__ import annotations

from guardloop.git import place_in_repository
from guardloop.report.colour import paint_for
from guardloop.report.formats import rendered_score
from guardloop.report.progress import progress
from guardloop.scored import Scored
from guardloop.target import Target
from guardloop.trend import Point, trend


def score(target: Target) -> str:
    """Measure the target and say what it costs, in the format that the settings name."""
    settings = target.settings
    return rendered_score(
        Scored.of(target),
        settings.format,
        verbose=settings.verbose,
        folder=place_in_repository(target.root) if settings.format == "sarif" else "",
        trend=_trend(target),
        paint=paint_for(),
    )


def _trend(target: Target) -> tuple[Point, ...]:
    if not target.settings.trend:
        return ()
    with progress() as shown:
        return trend(target, target.settings.trend, shown)
