"""Both sides of a change, as trees of judged files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def sides(revisions: Revisions, before: Listing, after: Listing, exclude: Sequence[str], against: str) -> Sides:
    """Read what is judged of both listings: blobs in one question to git, what only the disk tells from there."""
    was, now = chosen(before, exclude), chosen(after, exclude)
    blobs = revisions.contents(blob for blob in (*was.values(), *now.values()) if blob is not None)

    def found(files: Mapping[bytes, bytes | None]) -> dict[str, bytes]:
        contents = {
            shown(path): revisions.on_disk(path) if blob is None else blobs[blob]
            for path, blob in sorted(files.items())
        }
        return {path: data for path, data in contents.items() if not is_generated(_header(data))}

    old, new = found(was), found(now)
    changed = frozenset(path for path in {*old, *new} if old.get(path) != new.get(path))
    return Sides(read(old.items(), revisions.root), read(new.items(), revisions.root), changed, against)


def shown(path: bytes) -> str:
    """A path of git as text; bytes that are not UTF-8 are spelled out."""
    return path.decode("utf-8", "backslashreplace")


def chosen(listing: Listing, exclude: Sequence[str]) -> dict[bytes, bytes | None]:
    """The files that are judged, by their names and by the environments that they lie in."""
    environments = tuple(
        path.removesuffix(_ENVIRONMENT) for path in listing.blobs if path.endswith(b"/" + _ENVIRONMENT)
    )
    return {
        path: blob
        for path, blob in listing.blobs.items()
        if path.endswith(b".py") and not path.startswith(environments) and exclusion(shown(path), exclude) is None
    }


def _header(data: bytes) -> str:
    return data[:_HEADER_LENGTH].decode("latin-1")
