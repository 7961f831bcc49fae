"""The slots of a tree: the flows between them, their families, the checks on them, and where values come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from metrics.index import Index
from metrics.slots.checks import NIL, NONE_TYPE, TRUTH, TYPE
from metrics.slots.families import Families, forwards, joined
from metrics.slots.reading import READING
from metrics.slots.resolution import Function, Resolution, Slot

_HOPS = 3
_TURNING = (TRUTH, NIL)
"""Kinds of checks that may turn out to be of another kind."""
_QUESTIONS = ("is_", "has_", "can_", "should_", "_is_", "_has_")
Position = tuple[int, int, int, int]


def model(index: Index) -> SlotModel:
    """The model of this index, built once for all scorers."""
    found: SlotModel = index.derived(READING, lambda: SlotModel(index))
    return found


class Nil(NamedTuple):
    """One place where a slot gets None; `function` is the key of the one it is in, or nothing.

    How: `default`, `undeclared default` of what is annotated as never None, `annotation`, `assigned`, `returned`,
    `stored` (an attribute that keeps such a parameter).
    """

    path: str
    line: int
    function: str
    how: str
    excluded: str = ""
    """The type that an annotation names, where it leaves None out."""


class Check(NamedTuple):
    """One place where code asks what the value of a slot is; `function` is the key of the one it is in, or nothing."""

    kind: str
    slot: Slot
    path: str
    position: Position
    function: str
    detail: Any


class SlotModel:
    """What all scorers of slots share. Everything iterates in the order of paths and texts."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.files: dict[str, dict[str, Any]] = dict(index.facts(READING))
        self.resolution = Resolution(index, self.files)
        self.functions = self.resolution.functions
        self.nils: dict[Slot, list[Nil]] = defaultdict(list)
        """Slots that hold None by the text of the program."""
        self.evidence: dict[Slot, set[str]] = defaultdict(set)
        """Kinds of the literals and annotations of a slot."""
        self._sources: dict[Slot, list[Slot]] = defaultdict(list)
        self._link()
        self.families = self._joined()

    def _link(self) -> None:
        slot = self.resolution.slot
        for path, facts in self.files.items():
            for ref, number, line, how, excluded in facts["nils"]:
                found = slot(path, ref)
                if found and not self._is_answer(found):
                    self.nils[found].append(Nil(path, line, self._inside(f"{path}#{number}"), how, excluded))
            for ref, kind in facts["evidence"]:
                if found := slot(path, ref):
                    self.evidence[found].add(kind)
            for source, destination in facts["flows"]:
                if (of := slot(path, source)) and (to := slot(path, destination)) and of != to:
                    self._sources[to].append(of)
            for callee, _, _, passed, named in facts["calls"]:
                self._pass(path, callee, passed, named)

    def _is_answer(self, slot: Slot) -> bool:
        """Whether a slot is a result whose None is a way to say no, or may be ruled out by how it is asked for."""
        if slot.kind != "return":
            return False
        function = self.functions[slot.owner]
        is_question = function.name.startswith(_QUESTIONS)
        return is_question or (function.path, function.qualname) in self.resolution.overloaded

    def _pass(self, path: str, callee: Any, passed: Any, named: Any) -> None:
        function = self.resolution.callee(path, callee)
        if function is None:
            return
        # A method called through its class gets its object as an argument.
        is_bound = not (callee[0] == "other" and callee[2])
        arguments: list[tuple[int | str, Any]] = [*enumerate(passed), *named]
        for at, value in arguments:
            if value is None or not (to := self.resolution.parameter(function, at, is_bound)):
                continue
            if value.__class__ is str:
                if value != "nil":
                    self.evidence[to].add(value)
            elif (of := self.resolution.slot(path, value)) and of != to:
                self._sources[to].append(of)

    def _joined(self) -> Families:
        """Slots joined by forwarding under one name."""
        interface = self.resolution.is_interface
        edges = [(of, to) for to, sources in self._sources.items() for of in sources]
        kept = [(of, to) for of, to in forwards(edges) if interface(of) and interface(to)]
        for source, destination in kept:
            # An attribute that stores a parameter with a None default is None as well.
            if destination.kind == "attribute" and destination not in self.nils and source in self.nils:
                self.nils[destination].append(self.nils[source][0]._replace(how="stored"))
        return joined(kept, set(self.nils))

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
            for _ in range(_HOPS):
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
        for _ in range(_HOPS + 1):
            above: list[Slot] = []
            for known in level:
                if self.resolution.is_interface(known) and (not nil or known in self.nils):
                    found.add(families.root(known))
                elif known.kind not in ("pooled", "key") and not (nil and self._is_answer(known)):
                    above += [source for source in self._sources.get(known, ()) if source not in seen]
                    seen.update(above)
            level = list(dict.fromkeys(above))
        return found

    def checks(self, *kinds: str) -> Iterator[Check]:
        """The checks of these kinds inside functions and modules. One inside a transparent predicate counts where the
        predicate is used instead."""
        wanted = frozenset(kinds)
        slot = self.resolution.slot
        for path, facts in self.files.items():
            for kind, ref, number, position, detail in facts["checks"]:
                if kind not in wanted and kind not in _TURNING:
                    continue
                found = slot(path, ref)
                key = f"{path}#{number}"
                if found is None or key in self.predicates:
                    continue
                if found.kind == "return" and kind == TRUTH and (inner := self.predicates.get(found.owner)):
                    # Calls of predicates of parameters are read as calls: an argument is what they check.
                    kind, found, detail = inner.kind, inner.slot, inner.detail
                    if self._is_of_parameter(inner):
                        continue
                if detail == NONE_TYPE and self.resolution.is_class(NONE_TYPE):
                    # The program has a type of that name itself.
                    kind, detail = TYPE, (NONE_TYPE,)
                if kind in wanted:
                    yield Check(kind, found, path, position, self._inside(key), detail)
        yield from (check for check in self._predicate_calls if check.kind in wanted)

    def _inside(self, key: str) -> str:
        return key if key in self.functions else ""

    @cached_property
    def predicates(self) -> dict[str, Check]:
        """Functions whose body is one test of a parameter or attribute, by key, and that test."""
        names = {key for key, function in self.functions.items() if "predicate" in function.marks}
        found: dict[str, list[Check]] = defaultdict(list)
        for path, facts in self.files.items():
            for kind, ref, number, position, detail in facts["checks"]:
                key = f"{path}#{number}"
                if key in names and (tested := self.resolution.slot(path, ref)):
                    kind, detail = (TRUTH, "") if (kind, detail) == ("conv", "bool") else (kind, detail)
                    found[key].append(Check(kind, tested, path, position, key, detail))
        return {key: checks[0] for key, checks in found.items() if len(checks) == 1}

    def _is_of_parameter(self, check: Check) -> bool:
        return check.slot.kind == "local" and check.slot.owner == check.function

    @cached_property
    def _predicate_calls(self) -> list[Check]:
        found: list[Check] = []
        for path, facts in self.files.items():
            for callee, number, position, passed, named in facts["calls"]:
                function = self.resolution.callee(path, callee)
                inner = self.predicates.get(function.key) if function else None
                if function is None or inner is None or not self._is_of_parameter(inner):
                    continue
                is_bound = not (callee[0] == "other" and callee[2])
                arguments: list[tuple[int | str, Any]] = [*enumerate(passed), *named]
                key = self._inside(f"{path}#{number}")
                for at, value in arguments:
                    is_tested = self.resolution.parameter(function, at, is_bound) == inner.slot
                    if is_tested and isinstance(value, tuple) and (slot := self.resolution.slot(path, value)):
                        found.append(Check(inner.kind, slot, path, position, key, inner.detail))
        return found

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
