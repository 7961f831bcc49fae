"""Families of slots: a value that is handed on under the same name is one source, however far it is threaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from metrics.slots.resolution import Slot

_HANDED_ON = ("local", "attribute")


class Families:
    """Sets of slots that are joined; a family is known by its least slot."""

    def __init__(self) -> None:
        self._above: dict[Slot, Slot] = {}
        self._members: dict[Slot, list[Slot]] | None = None

    def root(self, slot: Slot) -> Slot:
        """The slot by which its family is known."""
        above = self._above
        while (parent := above.get(slot, slot)) != slot:
            above[slot] = above.get(parent, parent)
            slot = parent
        return slot

    def join(self, first: Slot, second: Slot) -> None:
        """Make two families one."""
        one, other = sorted((self.root(first), self.root(second)))
        if one != other:
            self._above[other] = one

    def members(self, root: Slot) -> list[Slot]:
        """All slots of a family, in their order."""
        if self._members is None:
            found: dict[Slot, list[Slot]] = defaultdict(list)
            for slot in sorted(self._above):
                found[self.root(slot)].append(slot)
            self._members = {known: sorted({known, *slots}) for known, slots in found.items()}
        return self._members.get(root, [root])


def joined(edges: Iterable[tuple[Slot, Slot]], none_slots: set[Slot]) -> Families:
    """Join slots that pass their value on under the same name, unless None enters on the way."""
    families = Families()
    for source, destination in edges:
        if (source in none_slots) == (destination in none_slots):
            families.join(source, destination)
    return families


def forwards(edges: Iterable[tuple[Slot, Slot]]) -> Iterator[tuple[Slot, Slot]]:
    """The edges between parameters and attributes that keep the name, leading underscores apart."""
    for source, destination in edges:
        if _is_forward(source, destination):
            yield source, destination


def _is_forward(source: Slot, destination: Slot) -> bool:
    if source.kind not in _HANDED_ON or destination.kind not in _HANDED_ON:
        return False
    return source.name.lstrip("_") == destination.name.lstrip("_")
