"""Both sides of a change, as trees of judged files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from guardloop.checking.revisions import Listing, Revisions
from metrics.discovery import Discovery, exclusion, is_generated, read

_HEADER_LENGTH = 1000
_ENVIRONMENT = b"pyvenv.cfg"


@dataclass(frozen=True)
class Sides:
    """What a change starts from and what it leads to; `changed` are the judged paths whose bytes differ."""

    before: Discovery
    after: Discovery
    changed: frozenset[str]
    against: str
    marked: tuple[str, ...] = ()
    """New files that are not judged because the change itself calls them generated, or an environment."""


def sides(revisions: Revisions, before: Listing, after: Listing, exclude: Sequence[str], against: str) -> Sides:
    """Read what is judged of both listings: blobs in one question to git, what only the disk tells from there."""
    was = chosen(before, exclude)
    now = chosen(after, exclude, judged=was.keys())
    blobs = revisions.contents(blob for blob in (*was.values(), *now.values()) if blob is not None)

    def contents(files: Mapping[bytes, bytes | None]) -> dict[bytes, bytes]:
        return {path: revisions.on_disk(path) if blob is None else blobs[blob] for path, blob in sorted(files.items())}

    old = {path: data for path, data in contents(was).items() if not is_generated(_header(data))}
    # A mark that the change sets takes no file out that was judged.
    new = {path: data for path, data in contents(now).items() if path in old or not is_generated(_header(data))}
    changed = frozenset(shown(path) for path in {*old, *new} if old.get(path) != new.get(path))
    marked = sorted(shown(path) for path in _named(after, exclude).keys() - new.keys() - was.keys())
    return Sides(_read(old, revisions), _read(new, revisions), changed, against, tuple(marked))


def _read(files: Mapping[bytes, bytes], revisions: Revisions) -> Discovery:
    return read(((shown(path), data) for path, data in files.items()), revisions.root)


def shown(path: bytes) -> str:
    """A path of git as text; bytes that are not UTF-8 are spelled out."""
    return path.decode("utf-8", "backslashreplace")


def chosen(
    listing: Listing, exclude: Sequence[str], judged: Collection[bytes] = frozenset()
) -> dict[bytes, bytes | None]:
    """The files that are judged, by their names; by the environments around them unless they are `judged` already."""
    marks = [path for path in listing.blobs if path.endswith(b"/" + _ENVIRONMENT)]
    environments = tuple(path.removesuffix(_ENVIRONMENT) for path in marks)
    files = _named(listing, exclude)
    return {path: blob for path, blob in files.items() if path in judged or not path.startswith(environments)}


def _named(listing: Listing, exclude: Sequence[str]) -> dict[bytes, bytes | None]:
    return {
        path: blob
        for path, blob in listing.blobs.items()
        if path.endswith(b".py") and exclusion(shown(path), exclude) is None
    }


def _header(data: bytes) -> str:
    return data[:_HEADER_LENGTH].decode("latin-1")
