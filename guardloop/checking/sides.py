"""Both sides of a change, as trees of judged files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guardloop.checking.blobs import Content, Contents
from guardloop.checking.elsewhere import Elsewhere
from guardloop.checking.marks import Marks
from guardloop.checking.revisions import Listing, Revisions
from guardloop.git import shown
from metrics.allowances import MARK
from metrics.cache import user_cache
from metrics.discovery import exclusion
from metrics.source import SourceTree, StoredTexts, Unparsed

_ENVIRONMENT = b"pyvenv.cfg"
Files = Mapping[bytes, bytes | None]
"""Path → blob, as in a `Listing`."""


@dataclass(frozen=True)
class Sides:
    """What a change starts from and what it leads to; `changed` are the judged paths whose bytes differ."""

    before: SourceTree
    after: SourceTree
    changed: frozenset[str]
    against: str
    marks: Marks = field(default_factory=Marks)
    unparsed: tuple[Unparsed, ...] = ()
    """Files of the side after the change that are no text."""
    elsewhere: Callable[[], Iterable[tuple[str, str, str]]] = tuple
    """What the change does to files that are not judged, for `difference`."""


def sides(
    revisions: Revisions,
    before: Listing,
    after: Listing,
    exclude: Sequence[str],
    against: str,
    always: Collection[bytes] = (),
) -> Sides:
    """What is judged of both listings, of the files to be judged `always` all. Texts are read when asked for."""
    was, named = chosen(before, exclude, always), _named(after, exclude, always)
    marked = _in_environments(after, named)
    now = {path: blob for path, blob in named.items() if path not in marked or path in was or path in always}
    contents = Contents(revisions, user_cache())
    contents.learn(blob for blob in (*was.values(), *now.values()) if blob is not None)
    old, new = ({path: contents.at(path, blob) for path, blob in sorted(side.items())} for side in (was, now))
    old = {path: content for path, content in old.items() if path in always or not content.is_generated}
    # A mark that the change sets takes no file out that was judged.
    judged = {*old, *always}
    new = {path: content for path, content in new.items() if path in judged or not content.is_generated}
    unjudged = named.keys() - new.keys()
    changed = {path for path in {*old, *new} if _digest(old, path) != _digest(new, path)}
    return Sides(
        before=_tree(old, was, contents, revisions.root),
        after=_tree(new, now, contents, revisions.root),
        changed=frozenset(map(shown, changed)),
        against=against,
        marks=Marks(
            _sorted(path for path in unjudged if path not in before.blobs),
            _sorted(path for path in unjudged & before.blobs.keys() if _differs(revisions, path, before, after)),
            _sorted(path for path in old.keys() & new.keys() - {*always} if path in marked or new[path].is_generated),
        ),
        unparsed=tuple(Unparsed(shown(path), one.line, one.problem) for path, one in new.items() if one.problem),
        elsewhere=Elsewhere(revisions, before, after, old.keys() | new.keys()).files,
    )


def _digest(side: Mapping[bytes, Content], path: bytes) -> str:
    return side[path].digest if path in side else ""


def _differs(revisions: Revisions, path: bytes, before: Listing, after: Listing) -> bool:
    """Whether a file of both listings changes: of one that only the disk tells, it may be no more than the date."""
    was, now = before.blobs[path], after.blobs[path]
    if now is None and was is not None:
        return revisions.contents([was])[was] != revisions.on_disk(path)
    return was != now


def _tree(side: Mapping[bytes, Content], files: Files, contents: Contents, root: Path) -> SourceTree:
    paths = {shown(path): path for path, content in side.items() if not content.problem}

    def read(names: Collection[str]) -> dict[str, str]:
        found = contents.texts(files, [paths[name] for name in names])
        return {name: found[paths[name]] for name in names}

    prints = {name: side[path].print for name, path in paths.items()}
    marked = frozenset(name for name, path in paths.items() if side[path].is_marked)
    return SourceTree(StoredTexts(prints, read, {MARK: marked}), root)


def chosen(listing: Listing, exclude: Sequence[str], always: Collection[bytes] = ()) -> Files:
    """The files that are judged, by their names and by the environments around them."""
    named = _named(listing, exclude, always)
    marked = _in_environments(listing, named)
    return {path: blob for path, blob in named.items() if path not in marked or path in always}


def _in_environments(listing: Listing, files: Files) -> Collection[bytes]:
    """The files that lie in environments."""
    marks = [path for path in listing.blobs if path.endswith(b"/" + _ENVIRONMENT)]
    environments = tuple(path.removesuffix(_ENVIRONMENT) for path in marks)
    return {path for path in files if path.startswith(environments)}


def _sorted(paths: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted(map(shown, paths)))


def _named(listing: Listing, exclude: Sequence[str], always: Collection[bytes]) -> Files:
    return {
        path: blob
        for path, blob in listing.blobs.items()
        if path.endswith(b".py") and (path in always or exclusion(shown(path), exclude) is None)
    }
