"""Whose settings a change is held to: those before it, so that no change moves the bar that it is judged by."""

from __future__ import annotations

import os
from dataclasses import dataclass

from guardloop.checking.baseline import Baseline
from guardloop.checking.comparison import FILE
from guardloop.checking.revisions import Listing, Revisions
from guardloop.config import TABLE, Settings, key_of, parse
from guardloop.errors import ConfigError
from guardloop.target import Target

_BAR = ("rule", "exclude", "budgets", "allow_suppressions", "against", "staged", "baseline", "ratchet")
"""What decides how a change is judged; everything else is how the answer is given."""


@dataclass(frozen=True)
class Bar:
    """The settings that hold a change, and what there is to say about them."""

    settings: Settings
    notes: tuple[str, ...] = ()
    baseline: Baseline | None = None
    """What the ratchets hold the tree to."""


def bar_of(target: Target, revisions: Revisions, before: Listing, after: Listing, against: str) -> Bar:
    """The settings of the side before the change, and a note where the change edits them.

    Options of the command line hold over them, and a file that `--config` names instead of them.
    Raises `ConfigError` for settings that cannot be read.
    """
    if target.config is not None:
        return Bar(target.settings, (), _recorded(target, target.settings, revisions, before))
    was = _settings(target, revisions, before, f"{against[:12]}:{FILE.decode()}")
    now = _settings(target, revisions, after, str(target.root / FILE.decode()))
    edited = [key_of(name) for name in _BAR if getattr(was, name) != getattr(now, name)]
    note = f"the change edits the settings that judge it ({', '.join(edited)}); those before the change hold"
    settings = was.overridden(**target.given)
    return Bar(settings, (note,) if edited else (), _recorded(target, settings, revisions, before))


def _recorded(target: Target, settings: Settings, revisions: Revisions, before: Listing) -> Baseline | None:
    """The baseline as it was before the change; from disk where git does not hold it."""
    if not settings.ratchet:
        return None
    if settings.baseline is None:
        raise ConfigError(f"{TABLE}.ratchet: expected {TABLE}.baseline beside it, got none")
    path = settings.baseline
    inside = os.fsencode(path.relative_to(target.root).as_posix()) if path.is_relative_to(target.root) else b""
    blob = before.blobs.get(inside)
    if blob is None:
        return Baseline.load(path)
    return Baseline.parse(revisions.contents([blob])[blob], str(path))


def _settings(target: Target, revisions: Revisions, side: Listing, place: str) -> Settings:
    if FILE not in side.blobs:
        return Settings()
    blob = side.blobs[FILE]
    data = revisions.on_disk(FILE) if blob is None else revisions.contents([blob])[blob]
    return parse(data, place, target.root)
