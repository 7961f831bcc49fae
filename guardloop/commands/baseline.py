"""`guardloop baseline`: accepts what a tree costs, for later checks to compare with."""

from __future__ import annotations

from guardloop.checking.baseline import FILE, Baseline
from guardloop.errors import BaselineError
from guardloop.target import Target
from metrics.cache import user_cache
from metrics.discovery import discover
from metrics.measure import measure


def baseline(target: Target) -> str:
    """Measure the whole project and write the file; the answer says what it accepts. Raises `BaselineError`."""
    found = discover(target.root, (), target.settings.exclude)
    measured = measure(found.tree, target.settings.rule or None, user_cache())
    broken = sorted((*measured.unparsed, *found.unparsed))
    if broken:
        first = broken[0]
        raise BaselineError(
            f"{first.path}:{first.line}: expected Python, got: {first.message}; a baseline needs all files"
        )
    accepted = Baseline.of(measured, target.settings, found)
    path = target.settings.baseline or target.root / FILE
    try:
        path.write_text(accepted.as_json(), encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{path}: cannot be written: {error.strerror}") from error
    return f"{path}: findings accepted {len(accepted.entries)}, their cost {sum(accepted.costs.values())}"
