"""One value whose class, or whose enumeration member, several functions ask for before they decide what to do.

A check is `isinstance` (or a class pattern of `match`) with a class of this program, or a comparison with members of an
enumeration or other constants by name. It counts for the value where it comes from, as in the rule `type-pressure`. A
value costs 5 for each check of its class but the first, if there are three in two functions; and 1 for each comparison
with members but the first, if there are three in three functions and two of them know the member.

This rule informs only; it never fails a check.

## Why it matters
Every such function knows all kinds of the value there are. A method that each class has, or an attribute of the
members, would put what differs where it belongs. Where many operations are done on few kinds, as on syntax trees, one
function per operation is right, and nothing needs to be done: of ten findings read, three were worth a change.

## Known limits
As of `type-pressure`. Visitors and tables of functions by class are not read.

## References
Martin Fowler, Refactoring: Replace Conditional with Polymorphism. Philip Wadler on the expression problem, 1998.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from metrics import slots
from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site
from metrics.scorers.type_pressure.origins import DISPATCH, Attribution, Origin, common_labels, named_slot
from metrics.slots import Check, Slot, SlotModel
from metrics.testing import Costs, Example, Rewards

_WEIGHT = 5
_FEWEST = 3
_FEWEST_FUNCTIONS = 2
_SHARED = 2
_SHOWN = 4


class Dispatch:
    """One finding for each value and kind of check."""

    rule = "dispatch"
    gated = False
    reading = slots.READING
    version = slots.VERSION

    def facts(self, module: Module) -> Any:
        """The slots of the file."""
        return slots.read(module)

    def score(self, index: Index) -> Score:
        """Charge every value the decisions over what it is."""
        model = slots.model(index)
        findings = [_of_class(self.rule, model, origin) for origin in _asked(model)]
        findings += [_of_members(self.rule, model, slot, checks) for slot, checks in _compared(model)]
        return Score(self.rule, tuple(sorted(findings, key=lambda finding: (-finding.cost, finding.id))))


def _asked(model: SlotModel) -> Iterator[Origin]:
    for origin in Attribution(model).origins(DISPATCH):
        if origin.functions >= _FEWEST_FUNCTIONS and origin.weight >= _FEWEST:
            yield origin


def _of_class(rule: str, model: SlotModel, origin: Origin) -> Finding:
    labels = common_labels(origin.shares)
    message = (
        f"{model.words(named_slot(model, origin))} is asked for its class {len(origin.shares)} times in "
        f"{origin.functions} functions ({_shown(labels)}); a method of these classes could answer"
    )
    identity = f"class {min(model.identity(member) for member in origin.members)}"
    checks = [share.check for share in origin.shares]
    return _finding(rule, int(_WEIGHT * (origin.weight - 1)), identity, message, checks, labels, model)


def _compared(model: SlotModel) -> Iterator[tuple[Slot, list[tuple[Check, list[str]]]]]:
    """Each source with the comparisons with members that two functions know, if three functions compare."""
    found: dict[Slot, list[tuple[Check, list[str]]]] = defaultdict(list)
    for check in model.checks("cmp"):
        members = [text for text in check.detail if text[:1].isalpha() and "'" not in text and '"' not in text]
        homes = model.homes(check.slot) if members and check.function else []
        if len(homes) == 1:
            found[homes[0]].append((check, members))
    for slot in sorted(found):
        knowing: dict[str, set[str]] = defaultdict(set)
        for check, members in found[slot]:
            for member in members:
                knowing[member].add(check.function)
        kept = [(check, known) for check, members in found[slot] if (known := _known(members, knowing))]
        if len({check.function for check, _ in kept}) >= _FEWEST:
            yield slot, kept


def _known(members: list[str], knowing: Mapping[str, set[str]]) -> list[str]:
    return [member for member in members if len(knowing[member]) >= _SHARED]


def _of_members(rule: str, model: SlotModel, slot: Slot, compared: list[tuple[Check, list[str]]]) -> Finding:
    labels = sorted({member for _, members in compared for member in members})
    functions = len({check.function for check, _ in compared})
    message = (
        f"{model.words(slot)} is compared with {_shown(labels)} {len(compared)} times in {functions} functions; "
        "an attribute of the members could answer"
    )
    checks = [check for check, _ in compared]
    identity = f"member {model.identity(slot)} {labels[0]}"
    return _finding(rule, len(compared) - 1, identity, message, checks, labels, model)


def _shown(labels: list[str]) -> str:
    return ", ".join(labels[:_SHOWN]) + (", …" if len(labels) > _SHOWN else "")


def _finding(
    rule: str, cost: int, identity: str, message: str, checks: list[Check], labels: list[str], model: SlotModel
) -> Finding:
    ordered = sorted(checks, key=lambda check: (check.path, check.position))
    return Finding(
        id=f"{rule}:{blake2b(identity.encode(), digest_size=8).hexdigest()}",
        rule=rule,
        cost=cost,
        message=message,
        sites=tuple(
            Site(check.path, check.position[0], check.position[2], model.symbol(check.path, check.function), "check")
            for check in ordered
        ),
        gated=False,
        evidence={"labels": labels},
    )


_ASKED = """
    class Circle:
        pass

    class Square:
        pass

    class Pen:
        def draw(self, shape):
            if isinstance(shape, Circle):
                return self.round(shape)
            return self.fill(shape=shape)

        def fill(self, shape):
            if isinstance(shape, Circle):
                return self.paint(shape)
            if isinstance(shape, Square):
                return self.flood(shape)

        def erase(self, shape):
            self.draw(shape=shape)
"""
_POLYMORPHIC = """
    class Circle:
        def drawn(self, pen):
            return pen.round(self)

    class Square:
        def drawn(self, pen):
            return pen.flood(self)

    class Pen:
        def draw(self, shape):
            return shape.drawn(self)

        def fill(self, shape):
            return shape.drawn(self)
"""
_MEMBERS = """
    class Job:
        def __init__(self, mode):
            self.mode = mode

        def start(self):
            if self.mode is Mode.FAST:
                self.skip()

        def stop(self):
            if self.mode is not Mode.FAST:
                self.wait()

        def report(self):
            return "quick" if self.mode is Mode.FAST else "slow"
"""

EXAMPLES: tuple[Example, ...] = (
    Costs(_ASKED, {9: 10}),
    Costs(_POLYMORPHIC, {}),
    Costs(_MEMBERS, {6: 2}),
    Rewards(_ASKED, _POLYMORPHIC),
)
