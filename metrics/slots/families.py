"""Families of slots: a value that is handed on under the same name is one source, however far it is threaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator

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


def stored_from(slot: Slot, above: Callable[[Slot], Iterable[Slot]], none_slots: Container[Slot]) -> Slot | None:
    """The nearest slot holding None whose value an attribute keeps under its name, straight or by way of others."""
    level, seen = [slot], {slot}
    while level:
        sources = [source for known in level for source in above(known)]
        found = next((source for source in sources if source in none_slots), None)
        if found is not None:
            return found
        level = [one for one in dict.fromkeys(sources) if one.kind == "attribute" and one not in seen]
        seen.update(level)
    return None


def forwards(edges: Iterable[tuple[Slot, Slot]]) -> Iterator[tuple[Slot, Slot]]:
    """The edges between parameters and attributes that keep the name, leading underscores apart."""
    for source, destination in edges:
        if is_forward(source, destination):
            yield source, destination


def is_forward(source: Slot, destination: Slot) -> bool:
    """Whether a value keeps its name on the way."""
    if source.kind not in _HANDED_ON or destination.kind not in _HANDED_ON:
        return False
    return source.name.lstrip("_") == destination.name.lstrip("_")
