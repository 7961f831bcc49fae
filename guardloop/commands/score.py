"""`guardloop score`: the costs of a tree as it stands."""

from __future__ import annotations

from guardloop.report.scoring import as_json, as_text
from guardloop.scored import Scored
from guardloop.target import Target


def score(target: Target) -> str:
    """Measure the target and say what it costs, as text or as JSON."""
    scored = Scored.of(target)
    return as_json(scored) if target.settings.format == "json" else as_text(scored, verbose=target.settings.verbose)
