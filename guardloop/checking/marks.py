"""What a change does to files that are left out for what they say of themselves, or for the environment around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """The paths of such files: those that the change adds, edits, and marks although they were judged before it."""

    added: Sequence[str] = ()
    edited: Sequence[str] = ()
    set: Sequence[str] = ()

    def remarks(self) -> Iterator[str]:
        """What there is to say: nothing leaves what is judged without a word."""
        if self.added:
            yield f"the change adds {first_of(self.added)}, which it calls generated or an environment: not judged"
        if self.edited:
            yield f"the change edits {first_of(self.edited)}, which is called generated or an environment: not judged"
        if self.set:
            yield f"the change calls {first_of(self.set)} generated or an environment: judged still, but not after it"


def moved_remarks(outward: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What there is to say of code that moves from one path to another one, which is not judged."""
    moved = [f"{path} to {to}" for path, to in sorted(outward)]
    if moved:
        yield f"the change moves code out of what is judged, from {first_of(moved)}: no credit for it"


def first_of(paths: Sequence[str]) -> str:
    """The first of some paths, and how many more there are."""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"
