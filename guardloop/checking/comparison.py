"""What a change is compared with: what whoever asks names, else what settings name that the change has not set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from guardloop.checking.revisions import Edit, Revisions
from guardloop.config import Settings, parse
from guardloop.errors import ConfigError, RevisionError
from guardloop.target import Target

FILE = b"pyproject.toml"
_ORDER = ("against", "staged", "baseline")
_SHORT = 12


@dataclass(frozen=True)
class Comparison:
    """At most one of a revision, what is staged, and a baseline; the work tree against HEAD where it is none."""

    against: str | None = None
    staged: bool = False
    baseline: Path | None = None
    recorded: bytes | None = None
    """The baseline as it was before the change; None where it is what lies on disk."""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Comparison:
        """The first that settings name. A baseline that ratchets need says nothing of what is compared."""
        names = _ORDER[:2] if settings.ratchet else _ORDER
        named = next((name for name in names if getattr(settings, name)), None)
        return cls(**{named: getattr(settings, named)}) if named else cls()


def comparison_of(target: Target) -> Comparison:
    """What is asked for by the command line or a file that it names, else by the settings before the change.

    Raises `ConfigError` for a revision that is no text, `RevisionError` where git cannot tell.
    """
    if target.given.get("against") is not None and not target.given["against"].strip():
        # What a script meant to name and did not is no question after HEAD.
        raise ConfigError(f"--against: expected a text, got {target.given['against']!r}")
    if asked := {name: value for name in _ORDER if (value := target.given.get(name))}:
        return Comparison(**asked)
    if target.config is not None:
        return Comparison.of(target.settings)
    try:
        revisions = Revisions(target.root)
    except RevisionError:
        # Outside of git, only a baseline can be compared with, and only the folder itself can name it.
        if Comparison.of(target.settings).baseline is None:
            raise
        return Comparison.of(target.settings)
    return _before(revisions)


def _before(revisions: Revisions) -> Comparison:
    """What HEAD names; or what was named, where that says that the edit which took it out is a part of the change."""
    blob = revisions.file_of_head(FILE)
    place = f"{revisions.head()[:_SHORT]}:{FILE.decode()}"
    found = Comparison() if blob is None else _read(revisions.contents([blob])[blob], place, revisions.root)
    notes: tuple[str, ...] = ()
    for edit, old in _replaced(revisions):
        known = revisions.knows(old.against or "")
        if not known:
            notes = (f"{_told(edit, old)}, which git does not know here: name what to compare with by --against",)
        elif not revisions.is_ancestor(edit.commit, revisions.merge_base(old.against or "")):
            # Older edits overrule newer ones: what a change begins with holds, by however many steps it leaves that.
            notes = (f"{_told(edit, old)}; that is a part of the change, and what stood before it holds",)
            found = old
    return _with_baseline(revisions, replace(found, notes=notes))


def _with_baseline(revisions: Revisions, found: Comparison) -> Comparison:
    """The same, with the baseline that HEAD has where it has one: a change writes none that it is judged by."""
    path = found.baseline
    if path is None or not path.is_relative_to(revisions.root):
        return found
    name = os.fsencode(path.relative_to(revisions.root))
    blob = revisions.file_of_head(name)
    if blob is None:
        return found
    recorded = revisions.contents([blob])[blob]
    is_edited = not path.is_file() or revisions.on_disk(name) != recorded
    note = f"the change edits {path.name}, which it is judged by; that of HEAD holds"
    return replace(found, recorded=recorded, notes=(*found.notes, note) if is_edited else found.notes)


def _told(edit: Edit, old: Comparison) -> str:
    return f"{edit.commit[:_SHORT]} takes against = {old.against!r} out of the settings"


def _replaced(revisions: Revisions) -> Iterator[tuple[Edit, Comparison]]:
    """The edits of the settings, newest first, that put anything into the place of a revision to compare with."""
    edits = revisions.edits(FILE)
    texts = revisions.contents(blob for edit in edits for blob in (edit.before, edit.after) if blob is not None)
    named = {blob: _leniently(data, revisions.root) for blob, data in texts.items()}
    for edit in edits:
        old, new = (named[blob] if blob is not None else Comparison() for blob in (edit.before, edit.after))
        if old.against not in (None, "HEAD", new.against):
            yield edit, old


def _leniently(data: bytes, root: Path) -> Comparison:
    """What a version of the settings named that need not be readable any more."""
    try:
        return _read(data, "", root)
    except ConfigError:
        return Comparison()


def _read(data: bytes, place: str, root: Path) -> Comparison:
    return Comparison.of(parse(data, place, root))
