"""Mappings whose values are found when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from metrics.slots.families import Families
from metrics.slots.resolution import Slot

_V = TypeVar("_V", bound=Collection[Any])


class Found(Mapping[Slot, _V]):
    """Values by slot, found when they are asked for; a slot without any is not in it. Iterates over `near` slots."""

    def __init__(self, find: Callable[[Slot], _V], near: Callable[[], Iterable[Slot]]) -> None:
        self._find = find
        self._near = near
        self._known: dict[Slot, _V] = {}

    def _value(self, slot: Slot) -> _V:
        if slot not in self._known:
            self._known[slot] = self._find(slot)
        return self._known[slot]

    def get(self, slot: Slot, default: Any = None) -> Any:
        """What is found for a slot, or the default where there is nothing."""
        return self._value(slot) or default

    def __getitem__(self, slot: Slot) -> _V:
        if value := self._value(slot):
            return value
        raise KeyError(slot)

    def __contains__(self, slot: object) -> bool:
        return isinstance(slot, Slot) and bool(self._value(slot))

    def __iter__(self) -> Iterator[Slot]:
        return (slot for slot in self._near() if slot in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Grown(Families):
    """Families that are joined when a member is asked for."""

    def __init__(self, beside: Callable[[Slot], Iterable[Slot]]) -> None:
        super().__init__()
        self._beside = beside
        self._families: dict[Slot, list[Slot]] = {}

    def root(self, slot: Slot) -> Slot:
        """The slot by which its family is known."""
        return self._family(slot)[0]

    def members(self, root: Slot) -> list[Slot]:
        """All slots of a family, in their order."""
        return self._family(root)

    def _family(self, slot: Slot) -> list[Slot]:
        if slot not in self._families:
            family, waiting = {slot}, [slot]
            while waiting:
                more = set(self._beside(waiting.pop())) - family
                family |= more
                waiting += more
            ordered = sorted(family)
            self._families |= dict.fromkeys(ordered, ordered)
        return self._families[slot]
