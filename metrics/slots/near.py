"""The model of slots of a tree, as far as findings with a site in some of its files need it.

Nothing but what these files ask, declare and take in is resolved, where it comes from, and who else asks for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from metrics.index import Index
from metrics.keys import key_of
from metrics.owners import class_key
from metrics.slots.checks import COMPARISON, CONVERSION, NIL, OR, TRUTH, TYPE, CheckFacts
from metrics.slots.demand import Found, Grown
from metrics.slots.families import is_forward, stored_from
from metrics.slots.flows import CallFacts
from metrics.slots.hidden import HiddenFacts
from metrics.slots.keys import CLASS, COERCER, LOOKED, NAMED, called_name
from metrics.slots.links import Links
from metrics.slots.model import HOPS, SlotModel
from metrics.slots.reading import READING
from metrics.slots.resolution import Finder, Slot
from metrics.slots.said import Check, Nil, Position

_NIL_KINDS = frozenset({NIL, TRUTH, OR})
_TYPE_KINDS = (TYPE, CONVERSION, COMPARISON)
_Line = tuple[str, int]
_ByLine = tuple[dict[int, list[tuple[str, CheckFacts]]], dict[int, list[tuple[str, CallFacts]]]]


def model(index: Index) -> SlotModel:
    """The model of this index, built once for all scorers."""
    found: SlotModel = index.derived(READING, lambda: SlotModel(index) if index.near is None else NearModel(index))
    return found


class NearModel(SlotModel):
    """A model that answers for what is near as that of the whole tree does, and may lack what is asked elsewhere.

    Files are read when something leads to a name that they hold.
    """

    def _read(self) -> dict[str, dict[str, Any]]:
        self._lines = self.index.near_lines
        # Files of one module share their symbols.
        self._own = self.index.paths({self.index.module(path) for path in self._lines})
        return dict(self.index.facts(READING, self._own))

    def _finder(self) -> Finder:
        self._found_names: dict[tuple[str, str], Sequence[str]] = {}
        return self._find

    def _find(self, kind: str, name: str) -> Sequence[str]:
        """Read the files that may hold a name of a kind."""
        if (kind, name) not in self._found_names:
            paths = self.index.tied(READING, [class_key(name) if kind == CLASS else key_of(kind, name)])
            for path, facts in self.index.facts(READING, [path for path in paths if path not in self.files]):
                self.files[path] = facts
                self.resolution.read(path, facts)
            self._found_names[kind, name] = [path for path in paths if path in self.files]
        return self._found_names[kind, name]

    def _link(self) -> None:
        self._near = [(path, self.files[path]) for path in self._lines if path in self.files]
        self._links = Links(self.files, self.resolution, self._find)
        self._sources = Found(self._links.sources, lambda: ())
        self.evidence = Found(self._links.evidence, lambda: ())
        self._own_nils: Mapping[Slot, list[Nil]] = Found(self._said, lambda: ())
        self.nils = Found(self._held, self._near_nils)
        self.families = Grown(self._beside)

    def is_coercing(self, name: str) -> bool:
        """Whether a function that may have this name may make one type of several."""
        return bool(self._find(COERCER, name))

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
        """The slots that get None there."""
        near = ((path, nil) for path, facts in self._near for nil in facts["nils"] if self._is_near(path, nil[2]))
        meant = {self.resolution.slot(path, nil[0]): None for path, nil in near}
        return (slot for slot in meant if slot)

    def _is_near(self, path: str, line: int, end_line: int | None = None) -> bool:
        return self.index.is_near(path, line, end_line or line)

    def _near_checks(self, kinds: Collection[str]) -> Iterator[Check]:
        """What is asked there, those calls included that are checks."""

        def near(path: str, position: Position) -> bool:
            return self._is_near(path, position[0], position[2])

        asked = ((path, one) for path, facts in self._near for one in facts["checks"] if near(path, one[3]))
        yield from self._meant(asked, kinds)
        calls = ((path, call) for path, facts in self._near for call in facts["calls"] if near(path, call[2]))
        yield from (check for check in self._tests(calls) if check.kind in kinds)

    def checks(self, *kinds: str) -> Iterator[Check]:
        """Those of the checks that may be in one finding with what lies there."""
        if _NIL_KINDS.issuperset(kinds):
            return self._checks_of(self._asked_nil, kinds)
        return self._checks_of(self._asked_types, kinds)

    def _checks_of(self, wanted: Collection[Slot], kinds: Collection[str]) -> Iterator[Check]:
        """The checks of these slots, in the order of the text, and then the calls that are some."""
        handles = {handle for slot in wanted for handle in self._links.handles(slot)}
        asking = {f"{path}#{facts[2]}" for path, facts in self._facts(handles)}
        turning = {key for key in asking if (inner := self.predicate(key)) and inner.slot in wanted}
        handles |= {handle for key in turning for handle in self._links.handles(Slot("return", key, ""))}
        found = (*self._meant(self._facts(handles), kinds), *self._tests(self._passing(wanted)))
        return (check for check in found if check.slot in wanted and check.kind in kinds)

    def _facts(self, handles: Collection[Hashable]) -> Iterator[tuple[str, CheckFacts]]:
        handle = self._links.handle
        local = {one[0] for one in handles if isinstance(one, tuple)}
        named = {path for one in handles if isinstance(one, str) for path in self._find(NAMED, one)}
        return (
            (path, facts)
            for path in sorted(local | named)
            for facts in self.files[path]["checks"]
            if handle(path, facts[1]) in handles
        )

    def _passing(self, slots: Iterable[Slot]) -> list[tuple[str, CallFacts]]:
        """The calls that are handed the value of one of these slots."""
        found = sorted({one for slot in slots for one in self._links.passing(slot)})
        return [(path, self.files[path]["calls"][number]) for path, number in found]

    def calls(self) -> Iterator[tuple[str, CallFacts]]:
        """The calls that are handed what counts there when it is asked for its type."""
        return iter(self._passing(self._asked_types))

    def hidden(self) -> Iterator[tuple[str, HiddenFacts]]:
        """What hides None in the files themselves, and elsewhere in the attributes that they look into."""
        near = {one[1][2] for path, facts in self._near for one in facts["hidden"] if one[1][0] == "own"}
        paths = {path for name in near for path in self._find(LOOKED, name)}.union(self._own)
        return (
            (path, one)
            for path in sorted(paths & self.files.keys())
            for one in self.files[path]["hidden"]
            if path in self._own or (one[1][0] == "own" and one[1][2] in near)
        )

    @cached_property
    def _asked_nil(self) -> set[Slot]:
        """The slots whose checks for None count for a source that has a site there."""
        homes = {home for check in self._near_checks(_NIL_KINDS) for home in self.homes(check.slot, nil=True)}
        return self._asked(homes | {self.families.root(slot) for slot in self.nils}, nil=True)

    @cached_property
    def _asked_types(self) -> set[Slot]:
        """The slots whose checks for types count for a value that has a site there, or for one that is checked on the
        same lines: two may be found to be one."""
        near = {check.slot for check in self._near_checks(_TYPE_KINDS)}
        calls = ((path, call) for path, facts in self._near for call in facts["calls"])
        near |= {slot for slot, (path, line) in self._conversions(calls) if self._is_near(path, line)}
        homes = {home for slot in near for home in self.homes(slot)}
        homes |= {self.families.root(slot) for slot in self._near_functions()}
        wanted, seen, new_homes = set[Slot](), set[_Line](), homes
        while new_homes:
            new = self._asked(new_homes, nil=False) - wanted
            wanted |= new
            lines = {(check.path, check.position[0]) for check in self._checks_of(new, _TYPE_KINDS)}
            lines |= {line for slot, line in self._conversions(self._passing(new)) if slot in new}
            slots = {slot for line in lines - seen for slot in self._slots_on(line)}
            seen |= lines
            new_homes = {home for slot in slots for home in self.homes(slot)} - homes
            homes = homes | new_homes
        return wanted

    def _slots_on(self, line: _Line) -> set[Slot]:
        """The slots that are asked for their types on a line."""
        path, number = line
        asked, calls = self._by_line(path)
        checks = (*self._meant(asked[number], _TYPE_KINDS), *self._tests(calls[number]))
        return {check.slot for check in checks} | {slot for slot, _ in self._conversions(calls[number])}

    def _by_line(self, path: str) -> _ByLine:
        """The checks and calls of a file by line."""
        if path not in self._lines_of:
            asked = defaultdict[int, list[tuple[str, CheckFacts]]](list)
            calls = defaultdict[int, list[tuple[str, CallFacts]]](list)
            for check in self.files[path]["checks"]:
                asked[check[3][0]].append((path, check))
            for call in self.files[path]["calls"]:
                calls[call[2][0]].append((path, call))
            self._lines_of[path] = asked, calls
        return self._lines_of[path]

    @cached_property
    def _lines_of(self) -> dict[str, _ByLine]:
        return {}

    def _conversions(self, calls: Iterable[tuple[str, CallFacts]]) -> Iterator[tuple[Slot, _Line]]:
        """What is handed first to a function that may convert it, and where."""
        for path, (callee, _, position, passed, _) in calls:
            first = passed[0] if passed else None
            if not isinstance(first, tuple) or not self.is_coercing(called_name(callee)):
                continue
            if slot := self.resolution.slot(path, first):
                yield slot, (path, position[0])

    def _near_functions(self) -> Iterator[Slot]:
        """What the functions there take and return."""
        for path, file in self._near:
            for number, _, _, line, end_line, positional, named, _ in file["functions"]:
                if self._is_near(path, line, end_line):
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
            for number in self._numbers(function.path)[function.qualname]:
                key = f"{function.path}#{number}"
                if key != function.key:
                    yield self.families.root(slot._replace(owner=key))

    def _numbers(self, path: str) -> Mapping[str, list[int]]:
        """The functions of a file by name."""
        if path not in self._numbers_of:
            numbers = defaultdict[str, list[int]](list)
            for number, qualname, *_ in self.files[path]["functions"]:
                numbers[qualname].append(number)
            self._numbers_of[path] = numbers
        return self._numbers_of[path]

    @cached_property
    def _numbers_of(self) -> dict[str, Mapping[str, list[int]]]:
        return {}
