"""`guardloop score`: the costs of a tree as it stands."""

from __future__ import annotations

from guardloop.report.scoring import Scored, as_json, as_text
from guardloop.target import Target
from metrics.cache import user_cache
from metrics.measure import measure


def score(target: Target) -> str:
    """Measure the target and say what it costs, as text or as JSON."""
    found = target.discover()
    measured = measure(found.tree, target.settings.rule or None, user_cache())
    scored = Scored(target.root, measured, found)
    return as_json(scored) if target.settings.format == "json" else as_text(scored, verbose=target.settings.verbose)
