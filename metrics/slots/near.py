"""The model of slots of a tree, as far as findings with a site in some of its files need it.

Nothing but what these files ask, declare and take in is resolved, where it comes from, and who else asks for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from metrics.index import Index
from metrics.slots.checks import COMPARISON, CONVERSION, NIL, OR, TRUTH, TYPE, CheckFacts
from metrics.slots.families import Families, is_forward, stored_from
from metrics.slots.links import Links
from metrics.slots.model import HOPS, Check, Nil, SlotModel
from metrics.slots.reading import READING
from metrics.slots.resolution import Slot

_V = TypeVar("_V", bound=Collection[Any])
_NIL_KINDS = frozenset({NIL, TRUTH, OR})
_TYPE_KINDS = (TYPE, CONVERSION, COMPARISON)
_Line = tuple[str, int]


def model(index: Index) -> SlotModel:
    """The model of this index, built once for all scorers."""
    found: SlotModel = index.derived(READING, lambda: SlotModel(index) if index.near is None else NearModel(index))
    return found


class _Found(Mapping[Slot, _V]):
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


class _Grown(Families):
    """Families that are joined when a member is asked for."""

    def __init__(self, beside: Callable[[Slot], Iterable[Slot]]) -> None:
        super().__init__()
        self._beside = beside
        self._families: dict[Slot, list[Slot]] = {}

    def root(self, slot: Slot) -> Slot:
        return self._family(slot)[0]

    def members(self, root: Slot) -> list[Slot]:
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


class NearModel(SlotModel):
    """A model that answers for `index.near` as that of the whole tree does, and may lack what is asked elsewhere."""

    def _link(self) -> None:
        self._near = [
            (path, self.files[path]) for path in self.files if self.index.near and path in self.index.near.lines
        ]
        self._links = Links(self.files, self.resolution)
        self._sources = _Found(self._links.sources, lambda: ())
        self.evidence = _Found(self._links.evidence, lambda: ())
        self._own_nils: Mapping[Slot, list[Nil]] = _Found(self._said, lambda: ())
        self.nils = _Found(self._held, self._near_nils)
        self.families = _Grown(self._beside)

    def _said(self, slot: Slot) -> list[Nil]:
        return [] if self._is_answer(slot) else [self._nil(path, nil) for path, nil in self._links.nils(slot)]

    def _held(self, slot: Slot) -> list[Nil]:
        own = self._own_nils.get(slot, [])
        if own or slot.kind != "attribute":
            return list(own)
        source = stored_from(slot, self._handed_to, self._own_nils)
        return [self._own_nils[source][0]._replace(how="stored")] if source else []

    def _handed_to(self, slot: Slot) -> list[Slot]:
        """The slots that hand their value on to this one under its name."""
        interface = self.resolution.is_interface
        found = (source for source in self._sources.get(slot, ()) if is_forward(source, slot) and interface(source))
        return [*found] if interface(slot) else []

    def _beside(self, slot: Slot) -> Iterator[Slot]:
        """The slots that are joined with this one."""
        if self.resolution.is_interface(slot):
            targets = (to for to in self._links.targets(slot) if is_forward(slot, to))
            handed = (*self._handed_to(slot), *filter(self.resolution.is_interface, targets))
            yield from (other for other in handed if (other in self.nils) == (slot in self.nils))

    def _near_nils(self) -> Iterator[Slot]:
        """The slots that get None in one of the files."""
        meant = {self.resolution.slot(path, nil[0]): None for path, facts in self._near for nil in facts["nils"]}
        return (slot for slot in meant if slot)

    def checks(self, *kinds: str) -> Iterator[Check]:
        """Those of the checks that may be in one finding with what lies in the files."""
        if not _NIL_KINDS.issuperset(kinds):
            return (check for check in self._type_checks if check.kind in kinds and check.slot in self._asked_types)
        wanted = self._asked_nil
        turning = (key for key, inner in self.predicates.items() if inner.slot in wanted)
        handles = {handle for slot in wanted for handle in self._links.handles(slot)}
        handles |= {handle for key in turning for handle in self._links.handles(Slot("return", key, ""))}
        found = (*self._meant(self._facts(handles), kinds), *self._of_calls(kinds))
        return (check for check in found if check.slot in wanted)

    def _of_calls(self, kinds: Collection[str]) -> Iterator[Check]:
        return (check for check in self.predicate_calls if check.kind in kinds)

    def _facts(self, handles: Collection[Hashable]) -> Iterator[tuple[str, CheckFacts]]:
        handle = self._links.handle
        return (
            (path, facts)
            for path, file in self.files.items()
            for facts in file["checks"]
            if handle(path, facts[1]) in handles
        )

    @cached_property
    def _asked_nil(self) -> set[Slot]:
        """The slots whose checks for None count for a source that has a site in the files."""
        asked = ((path, facts) for path, file in self._near for facts in file["checks"])
        paths = {path for path, _ in self._near}
        calls = (check for check in self._of_calls(_NIL_KINDS) if check.path in paths)
        homes = {home for c in (*self._meant(asked, _NIL_KINDS), *calls) for home in self.homes(c.slot, nil=True)}
        return self._asked(homes | {self.families.root(slot) for slot in self.nils}, nil=True)

    @cached_property
    def _type_checks(self) -> list[Check]:
        return [*super().checks(*_TYPE_KINDS)]

    @cached_property
    def _asked_types(self) -> set[Slot]:
        """The slots whose checks for types count for a value that has a site in the files, or for one that is checked
        on the same lines: two may be found to be one."""
        slots_on, lines_of = defaultdict[_Line, set[Slot]](set), defaultdict[Slot, set[_Line]](set)
        for slot, line in self._type_asks():
            slots_on[line].add(slot)
            lines_of[slot].add(line)
        paths = {path for path, _ in self._near}
        slots = {slot for line, some in slots_on.items() if line[0] in paths for slot in some}
        homes = {home for slot in slots for home in self.homes(slot)}
        homes |= {self.families.root(slot) for slot in self._near_functions()}
        while True:
            wanted = self._asked(homes, nil=False)
            beside = {slot for one in wanted & lines_of.keys() for line in lines_of[one] for slot in slots_on[line]}
            more = {home for slot in beside for home in self.homes(slot)} - homes
            if not more:
                return wanted
            homes |= more

    def _type_asks(self) -> Iterator[tuple[Slot, _Line]]:
        """Which slots are asked for their types where; calls of what converts its argument may be such, too."""
        yield from ((check.slot, (check.path, check.position[0])) for check in self._type_checks)
        converting = ((path, number) for path, file in self.files.items() for number, _ in file["coercers"])
        names = {self.functions[f"{path}#{number}"].name for path, number in converting}
        for path, file in self.files.items():
            for callee, _, position, passed, _ in file["calls"]:
                name = callee[1] if callee[0] == "other" else callee[-1]
                is_converted = name in names and passed and isinstance(passed[0], tuple)
                if is_converted and (slot := self.resolution.slot(path, passed[0])):
                    yield slot, (path, position[0])

    def _near_functions(self) -> Iterator[Slot]:
        """What the functions of the files take and return."""
        for path, file in self._near:
            for number, _, _, _, _, positional, named, _ in file["functions"]:
                owner = f"{path}#{number}"
                yield Slot("return", owner, "")
                yield from (Slot("local", owner, name) for name in (*positional, *named))

    def _asked(self, homes: Iterable[Slot], *, nil: bool) -> set[Slot]:
        """The slots that these families, or those with functions of the same names, are the homes of."""
        members = {member for home in homes for member in self.families.members(home)}
        members |= {m for one in members for like in self._alike(one) for m in self.families.members(like)}
        reached = {member for member in members if self.qualifies(member, nil)}
        level = [*reached]
        for _ in range(HOPS):
            found = {to for slot in level for to in self._links.targets(slot)} - reached
            level = [to for to in found if not self.qualifies(to, nil) and self.is_passing(to, nil)]
            reached.update(level)
        return reached

    def _alike(self, slot: Slot) -> Iterator[Slot]:
        """The slots that are named like this one: of functions of one name, as two branches may define."""
        function = self.functions.get(slot.owner)
        if function is not None:
            for number, qualname, *_ in self.files[function.path]["functions"]:
                key = f"{function.path}#{number}" if qualname == function.qualname else function.key
                if key != function.key:
                    yield self.families.root(slot._replace(owner=key))
