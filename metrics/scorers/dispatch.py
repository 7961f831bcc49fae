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
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from metrics import slots
from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, finding_id
from metrics.scorers.type_pressure.origins import (
    DISPATCH,
    FEWEST_CHECKS,
    MEMBER,
    Origin,
    attribution,
    check_site,
    common_labels,
    named_slot,
)
from metrics.slots import SlotModel
from metrics.testing import Costs, Example, Rewards

_WEIGHT = 5
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
        findings += [_of_members(self.rule, model, origin) for origin in _compared(model)]
        return Score.of(self.rule, findings)


def _asked(model: SlotModel) -> Iterator[Origin]:
    for origin in attribution(model).origins(DISPATCH):
        if origin.functions >= _FEWEST_FUNCTIONS and origin.weight >= FEWEST_CHECKS:
            yield origin


def _of_class(rule: str, model: SlotModel, origin: Origin) -> Finding:
    labels = common_labels(origin.shares)
    message = (
        f"{model.words(named_slot(model, origin))} is asked for its class {len(origin.shares)} times in "
        f"{origin.functions} functions ({_shown(labels)}); a method of these classes could answer"
    )
    return _finding(rule, int(_WEIGHT * (origin.weight - 1)), "class", message, origin, model)


def _compared(model: SlotModel) -> Iterator[Origin]:
    """Each value with its comparisons with members that two functions know, if three functions compare."""
    for origin in attribution(model).origins(MEMBER):
        knowing: dict[str, set[str]] = defaultdict(set)
        for share in origin.shares:
            for member in share.label.split():
                knowing[member].add(share.check.function)
        kept = [share for share in origin.shares if any(len(knowing[m]) >= _SHARED for m in share.label.split())]
        compared = replace(origin, shares=tuple(kept))
        if compared.functions >= FEWEST_CHECKS:
            yield compared


def _of_members(rule: str, model: SlotModel, origin: Origin) -> Finding:
    labels = common_labels(origin.shares)
    message = (
        f"{model.words(named_slot(model, origin))} is compared with {_shown(labels)} {len(origin.shares)} times in "
        f"{origin.functions} functions; an attribute of the members could answer"
    )
    return _finding(rule, len(origin.shares) - 1, "member", message, origin, model)


def _shown(labels: list[str]) -> str:
    return ", ".join(labels[:_SHOWN]) + (", …" if len(labels) > _SHOWN else "")


def _finding(rule: str, cost: int, kind: str, message: str, origin: Origin, model: SlotModel) -> Finding:
    identity = f"{kind} {min(model.identity(member) for member in origin.members)}"
    return Finding(
        id=finding_id(rule, identity),
        rule=rule,
        cost=cost,
        message=message,
        sites=tuple(check_site(model, share.check) for share in origin.shares),
        gated=False,
        evidence={"labels": common_labels(origin.shares)},
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
