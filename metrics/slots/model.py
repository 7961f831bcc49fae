"""The slots of a tree: the flows between them, their families, the checks on them, and where values come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from metrics.index import Index
from metrics.slots.checks import NIL, NONE_TYPE, TRUTH, TYPE, CheckFacts
from metrics.slots.families import Families, forwards, joined, stored_from
from metrics.slots.flows import CallFacts
from metrics.slots.hidden import HiddenFacts
from metrics.slots.keys import called_name
from metrics.slots.links import is_bound
from metrics.slots.reading import READING
from metrics.slots.resolution import Finder, Function, Resolution, Slot
from metrics.slots.said import Check, Nil

HOPS = 3
"""Assignments, arguments or results that a checked value is followed back."""
_UNKNOWN = ("pooled", "key")
_TURNING = (TRUTH, NIL)
"""Kinds of checks that may turn out to be of another kind."""
_QUESTIONS = ("is_", "has_", "can_", "should_", "_is_", "_has_")


def _stored(nils: list[Nil]) -> Nil:
    return nils[0]._replace(how="stored")


class SlotModel:
    """What all scorers of slots share. Everything iterates in the order of paths and texts."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.files = self._read()
        self.resolution = Resolution(index, self.files, self._finder())
        self.functions = self.resolution.functions
        self._predicates: dict[str, dict[str, Check]] = {}
        self.nils: Mapping[Slot, list[Nil]]
        """Slots that hold None by the text of the program."""
        self.evidence: Mapping[Slot, set[str]]
        """Kinds of the literals and annotations of a slot."""
        self._sources: Mapping[Slot, list[Slot]]
        self.families: Families
        self._link()

    def _read(self) -> dict[str, dict[str, Any]]:
        return dict(self.index.facts(READING))

    def _finder(self) -> Finder | None:
        return None

    def _link(self) -> None:
        slot = self.resolution.slot
        nils, sources = defaultdict[Slot, list[Nil]](list), defaultdict[Slot, list[Slot]](list)
        evidence = defaultdict[Slot, set[str]](set)
        for path, facts in self.files.items():
            for nil in facts["nils"]:
                found = slot(path, nil[0])
                if found and not self._is_answer(found):
                    nils[found].append(self._nil(path, nil))
            for ref, kind in facts["evidence"]:
                if found := slot(path, ref):
                    evidence[found].add(kind)
            for source, destination in facts["flows"]:
                if (of := slot(path, source)) and (to := slot(path, destination)) and of != to:
                    sources[to].append(of)
            for callee, _, _, passed, named in facts["calls"]:
                for to, value in self._passed(path, callee, passed, named):
                    if value.__class__ is str:
                        if value != "nil":
                            evidence[to].add(value)
                    elif (of := slot(path, value)) and of != to:
                        sources[to].append(of)
        self.nils, self.evidence, self._sources = nils, evidence, sources
        self._join(nils, sources)

    def _nil(self, path: str, facts: Any) -> Nil:
        _, number, line, how, excluded = facts
        return Nil(path, line, self._inside(f"{path}#{number}"), how, excluded)

    def _is_answer(self, slot: Slot) -> bool:
        """Whether a slot is a result whose None is a way to say no, or may be ruled out by how it is asked for."""
        if slot.kind != "return":
            return False
        function = self.functions[slot.owner]
        is_question = function.name.startswith(_QUESTIONS)
        return is_question or (function.path, function.qualname) in self.resolution.overloaded

    def _passed(self, path: str, callee: Any, passed: Any, named: Any) -> Iterator[tuple[Slot, Any]]:
        """The parameters that a call gives a value, and the values."""
        function = self.resolution.callee(path, callee)
        if function is not None:
            bound = is_bound(callee)
            for at, value in (*enumerate(passed), *named):
                if value is not None and (to := self.resolution.parameter(function, at, bound)):
                    yield to, value

    def _join(self, nils: dict[Slot, list[Nil]], sources: Mapping[Slot, list[Slot]]) -> None:
        """Join slots by forwarding under one name."""
        interface = self.resolution.is_interface
        edges = [(of, to) for to, some in sources.items() for of in some]
        kept = [(of, to) for of, to in forwards(edges) if interface(of) and interface(to)]
        above: dict[Slot, list[Slot]] = defaultdict(list)
        for source, destination in kept:
            above[destination].append(source)
        storing = (to for to in above if to.kind == "attribute" and to not in nils)
        # An attribute that stores a parameter with a None default is None as well.
        found = {to: stored_from(to, lambda slot: above.get(slot, ()), nils) for to in storing}
        nils |= {to: [_stored(nils[source])] for to, source in found.items() if source}
        self.families = joined(kept, set(nils))

    def sources(self, slot: Slot) -> list[Slot]:
        """The slots whose value reaches this one directly."""
        return self._sources.get(slot, [])

    def homes(self, slot: Slot, *, nil: bool = False) -> list[Slot]:
        """The families that a checked value comes from, at most three hops back: those that may hold None, or all.

        A path ends at the first slot of an interface that qualifies; nobody knows what pooled slots were assigned.
        """
        key = slot, nil
        if key not in self._homes:
            self._homes[key] = sorted(self._found_homes(slot, nil))
        return self._homes[key]

    def kinds(self, slot: Slot) -> set[str]:
        """What is known of the values that may reach a slot: kinds of literals and annotations on all ways to it."""
        if slot not in self._kinds:
            level, seen = [slot], {slot}
            for _ in range(HOPS):
                level = [of for known in level for of in self._sources.get(known, ()) if of not in seen]
                seen.update(level)
            self._kinds[slot] = {kind for known in seen for kind in self.evidence.get(known, ())}
        return self._kinds[slot]

    @cached_property
    def _kinds(self) -> dict[Slot, set[str]]:
        return {}

    @cached_property
    def _homes(self) -> dict[tuple[Slot, bool], list[Slot]]:
        return {}

    def _found_homes(self, slot: Slot, nil: bool) -> set[Slot]:
        families = self.families
        found: set[Slot] = set()
        seen, level = {slot}, [slot]
        for _ in range(HOPS + 1):
            above: list[Slot] = []
            for known in level:
                if self.qualifies(known, nil):
                    found.add(families.root(known))
                elif self.is_passing(known, nil):
                    above += [source for source in self._sources.get(known, ()) if source not in seen]
                    seen.update(above)
            level = list(dict.fromkeys(above))
        return found

    def qualifies(self, slot: Slot, nil: bool) -> bool:
        """Whether what is asked of a value is asked of this slot, where it comes from it: see `homes`."""
        return self.resolution.is_interface(slot) and (not nil or slot in self.nils)

    def is_passing(self, slot: Slot, nil: bool) -> bool:
        """Whether a value that comes from a slot that does not qualify comes from elsewhere."""
        return slot.kind not in _UNKNOWN and not (nil and self._is_answer(slot))

    def checks(self, *kinds: str) -> Iterator[Check]:
        """The checks of these kinds inside functions and modules. One inside a transparent predicate counts where the
        predicate is used instead."""
        asked = ((path, facts) for path, file in self.files.items() for facts in file["checks"])
        yield from self._meant(asked, frozenset(kinds))
        yield from (check for check in self.predicate_calls if check.kind in kinds)

    def _meant(self, asked: Iterable[tuple[str, CheckFacts]], wanted: Collection[str]) -> Iterator[Check]:
        """What checks are about, those that turn out to be of the wanted kinds."""
        slot = self.resolution.slot
        for path, (kind, ref, number, position, detail) in asked:
            if kind not in wanted and kind not in _TURNING:
                continue
            found = slot(path, ref)
            key = f"{path}#{number}"
            if found is None or self.predicate(key):
                continue
            if found.kind == "return" and kind == TRUTH and (inner := self.predicate(found.owner)):
                # Calls of predicates of parameters are read as calls: an argument is what they check.
                kind, found, detail = inner.kind, inner.slot, inner.detail
                if self._is_of_parameter(inner):
                    continue
            if detail == NONE_TYPE and self.resolution.is_class(NONE_TYPE):
                # The program has a type of that name itself.
                kind, detail = TYPE, (NONE_TYPE,)
            if kind in wanted:
                yield Check(kind, found, path, position, self._inside(key), detail)

    def _inside(self, key: str) -> str:
        return key if key in self.functions else ""

    def predicate(self, key: str) -> Check | None:
        """The test of a parameter or attribute that is all of a function's body."""
        path = key.rpartition("#")[0]
        return self._predicates_of(path).get(key) if path in self.files else None

    def _predicates_of(self, path: str) -> dict[str, Check]:
        if path not in self._predicates:
            self._predicates[path] = self._read_predicates(path)
        return self._predicates[path]

    def _read_predicates(self, path: str) -> dict[str, Check]:
        facts = self.files[path]
        keys = {f"{path}#{function[0]}" for function in facts["functions"] if "predicate" in function[7]}
        found: dict[str, list[Check]] = defaultdict(list)
        for kind, ref, number, position, detail in facts["checks"] if keys else ():
            key = f"{path}#{number}"
            if key in keys and (tested := self.resolution.slot(path, ref)):
                kind, detail = (TRUTH, "") if (kind, detail) == ("conv", "bool") else (kind, detail)
                found[key].append(Check(kind, tested, path, position, key, detail))
        return {key: checks[0] for key, checks in found.items() if len(checks) == 1}

    def _is_of_parameter(self, check: Check) -> bool:
        return check.slot.kind == "local" and check.slot.owner == check.function

    @cached_property
    def predicate_calls(self) -> list[Check]:
        """The checks that calls of predicates of a parameter are."""
        names = {self.functions[key].name for path in self.files for key in self._predicates_of(path)}
        return [*self._tests(one for one in self.calls() if called_name(one[1][0]) in names)]

    def calls(self) -> Iterator[tuple[str, CallFacts]]:
        """The path and facts of all calls."""
        return ((path, call) for path, facts in self.files.items() for call in facts["calls"])

    def hidden(self) -> Iterator[tuple[str, HiddenFacts]]:
        """The path and facts of all that hides None."""
        return ((path, one) for path, facts in self.files.items() for one in facts["hidden"])

    def is_coercing(self, name: str) -> bool:
        """Whether a function of this name may make one type of several."""
        return name in self._coercing

    @cached_property
    def _coercing(self) -> set[str]:
        coercers = ((path, number) for path, facts in self.files.items() for number, _ in facts["coercers"])
        return {self.functions[f"{path}#{number}"].name for path, number in coercers}

    def _tests(self, calls: Iterable[tuple[str, CallFacts]]) -> Iterator[Check]:
        """The checks that these calls are, where they are of predicates of a parameter."""
        for path, (callee, number, position, passed, named) in calls:
            function = self.resolution.callee(path, callee)
            inner = self.predicate(function.key) if function else None
            if inner is None or not self._is_of_parameter(inner):
                continue
            key = self._inside(f"{path}#{number}")
            for to, value in self._passed(path, callee, passed, named):
                is_tested = to == inner.slot and isinstance(value, tuple)
                if is_tested and (slot := self.resolution.slot(path, value)):
                    yield Check(inner.kind, slot, path, position, key, inner.detail)

    def function(self, key: str) -> Function | None:
        """The function of a key."""
        return self.functions.get(key)

    def symbol(self, path: str, key: str) -> str:
        """The symbol of a function, or of the module where there is none."""
        function = self.functions.get(key)
        return self.index.symbol(path, function.qualname if function else "")

    def words(self, slot: Slot) -> str:
        """A slot in plain words: `timeout` of `pkg.client:Client.__init__`."""
        if slot.kind == "local":
            return f"`{slot.name}` of `{self._name(slot.owner)}`"
        if slot.kind == "return":
            return f"the result of `{self._name(slot.owner)}`"
        if slot.kind == "attribute":
            return f"`{slot.owner.rpartition(':')[2]}.{slot.name}`"
        if slot.kind == "global":
            return f"`{self.index.module(slot.owner)}.{slot.name}`"
        return f"key `{slot.name}`" if slot.kind == "key" else f"attribute `{slot.name}` of several classes"

    def identity(self, slot: Slot) -> str:
        """A slot's name that moved lines and unrelated edits keep: symbols in place of numbers."""
        function = self.functions.get(slot.owner)
        owner = self.index.symbol(function.path, function.qualname) if function else slot.owner
        return f"{slot.kind} {owner} {slot.name}"

    def _name(self, key: str) -> str:
        function = self.functions.get(key)
        return function.qualname if function else key
