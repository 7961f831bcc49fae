"""Whose settings a change is held to: those before it, so that no change moves the bar that it is judged by."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardloop.checking.baseline import HELD, Baseline
from guardloop.checking.comparison import FILE
from guardloop.checking.revisions import Listing, Revisions
from guardloop.config import TABLE, Settings, key_of, load, parse
from guardloop.errors import ConfigError
from guardloop.git import shown
from guardloop.target import MARKS, Target

_BAR = (*HELD, "against", "staged", "baseline")
"""What decides how a change is judged; everything else is how the answer is given."""


@dataclass(frozen=True)
class Bar:
    """The settings that hold a change, and what there is to say about them."""

    settings: Settings
    notes: tuple[str, ...] = ()
    baseline: Baseline | None = None
    """What the tree is compared with, or what the ratchets hold it to."""


def bar_of(target: Target, revisions: Revisions, before: Listing, after: Listing, against: str) -> Bar:
    """The settings of the side before the change, and a note where the change edits them.

    Options of the command line hold over them, and a file that `--config` names instead of them.
    Raises `ConfigError` for settings that cannot be read.
    """
    if target.config is not None:
        return Bar(target.settings, (), _recorded(target, target.settings, revisions, before))
    _refuse_link(target.root)
    was = _settings(target, revisions, before, f"{against[:12]}:{FILE.decode()}")
    now = _settings(target, revisions, after, str(target.root / FILE.decode()))
    edited = _unlike(was, now, _BAR)
    note = f"the change edits the settings that judge it ({', '.join(edited)}); those before the change hold"
    settings = was.overridden(**target.given)
    notes = (*_moved(target, before, after), *((note,) if edited else ()))
    return Bar(settings, notes, _recorded(target, settings, revisions, before))


def bar_of_baseline(target: Target, baseline: Baseline) -> Bar:
    """The settings that a baseline was made by, and a note where those of today are others.

    Options of the command line and a file that `--config` names hold as they do over settings before a change.
    """
    if target.config is not None or baseline.settings is None:
        return Bar(target.settings, (), baseline)
    settings = baseline.settings.overridden(**target.given)
    other = _unlike(settings, target.settings, HELD)
    note = f"the settings that judge are no longer those of the baseline ({', '.join(other)}), which hold"
    return Bar(settings, (f"{note}; `guardloop baseline` takes the new ones over",) if other else (), baseline)


def _unlike(one: Settings, other: Settings, names: Sequence[str]) -> list[str]:
    return [key_of(name) for name in names if getattr(one, name) != getattr(other, name)]


def _moved(target: Target, before: Listing, after: Listing) -> Iterator[str]:
    """What there is to say where the change itself decides at which folder the project begins."""
    made = [mark for mark in MARKS if os.fsencode(mark) in after.blobs]
    if made and not (target.root / ".git").exists() and not any(os.fsencode(mark) in before.blobs for mark in MARKS):
        yield f"the change makes {target.root.name} a project by {made[0]}: code and settings around it are not seen"
    inside = {folder for path in target.paths for folder in (path, *path.parents) if folder.is_relative_to(target.root)}
    for folder in sorted(inside - {target.root}):
        marks = [os.fsencode((folder / mark).relative_to(target.root)) for mark in MARKS]
        gone = [shown(mark) for mark in marks if mark in before.blobs and mark not in after.blobs]
        if gone and not any(mark in after.blobs for mark in marks):
            yield f"the change deletes {gone[0]}, where a project began: the settings of {target.root.name} hold"


def _refuse_link(root: Path) -> None:
    """Raise `ConfigError` for settings behind a symbolic link: git holds where it leads, not what stood there."""
    path = root / FILE.decode()
    if path.is_symlink() and load(root) != Settings():
        leads = os.readlink(path)
        raise ConfigError(f"{path}: expected a regular file, got a symbolic link to {leads}; name that by --config")


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
