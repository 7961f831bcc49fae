"""One value that several functions ask for its type, or convert: a value that never got a type of its own.

A check is `isinstance`, `issubclass`, `type()` in a comparison, `callable`, `hasattr`, a class pattern of `match`, or
an `except AttributeError` around one statement, about a type of the language or its library; a class of this program
with the name of such a type is none. A conversion is `str`, `int`, `float`, `bytes`, `Path`, `Decimal`, `.encode`,
`.decode` and the like, and a call of a coercer: a small function that tests the type of its first parameter and may
return it as it is, in which checks are free. Copies (`list`, `dict`, `set`, `tuple`) and `bool` are no conversions.
A check counts for the value where it comes from: it is followed back over at most three assignments, returns and
arguments to the first parameter, attribute or result; values that are handed on under one name are one. A test behind
a function that only tests its parameter counts where that function is called. In each such family, one function may
make its own parameter the type that it works with: those checks are free. Special methods like `__eq__` are left out.
The value costs 5 for each check and 2 for each conversion, less 4, shared evenly if several values may be meant, if two
functions and three checks are about it; conversions alone count from four on, or if there are two kinds of them, and
not if all of them are `str`, which mostly prints.
Attributes of unknown objects and keys, which only their name tells apart, cost half, for types that two functions ask
for. A value whose checks stand almost all where those of a dearer one do is added to that. Measured only: values that
only their name tells apart and that are only converted, and names that are handed on to more than eight places for each
function that checks: what is checked there is rarely one value.

## Why it matters
Whoever receives such a value must ask what it is before using it, and each place decides anew which types there may
be. Where it is converted once, on its way in, everything behind can rely on one type.

## Known limits
A value that is one of two types by design, and is told apart in two functions, counts like one that was left open by
mistake. What is put into containers, closures and attributes of other files' objects is not followed. Functions and
classes are found by name. Conversions by methods of one's own classes are not seen. Tests for classes of this program
are the rule `dispatch`.

## References
Alexis King, Parse, don't validate. Ranking a source by the checks that it causes is practitioners' folklore.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from metrics import slots
from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site, finding_id, worst_first
from metrics.scorers.type_pressure.origins import (
    CONVERSION,
    FEWEST_CHECKS,
    TYPE,
    Origin,
    Share,
    attribution,
    check_site,
    common_labels,
    named_slot,
    settled,
)
from metrics.slots import SlotModel

_WEIGHTS = {TYPE: 5, CONVERSION: 2}
_FIRST = 4
"""The first check of a value is legitimate."""
_FEWEST_FUNCTIONS = 2
_FEWEST_CONVERSIONS = 4
_FEWEST_CONVERTERS = 2
_PRINTING = "str"
_UNKNOWN = ("pooled", "key")
"""Slots that only their name tells apart."""
_SHARED = Fraction(1, 2)
"""Weight of such slots: which of several values is checked is unknown."""
_SAME = Fraction(3, 5)
_DILUTION = 8
"""Places for each function that checks, from which on a name that is handed on is no longer one value."""
_SHOWN = 4


class TypePressure:
    """One finding for each family of slots."""

    rule = "type-pressure"
    gated = True
    reading = slots.READING
    version = slots.VERSION

    def facts(self, module: Module) -> Any:
        """The slots of the file."""
        return slots.read(module)

    def score(self, index: Index) -> Score:
        """Charge every value the checks that it causes, all but the first."""
        model = slots.model(index)
        findings = [_finding(self.rule, model, origin, cost) for origin in _pressing(model) if (cost := _cost(origin))]
        return Score.of(self.rule, _merged(worst_first(findings)))


def _pressing(model: SlotModel) -> Iterator[Origin]:
    """The origins that several functions check, without what a boundary may ask."""
    found = attribution(model)
    # Files are read when something leads to them: by now all have been that hold a check.
    coercing = {path: frozenset(map(tuple, facts["coercing"])) for path, facts in model.files.items()}
    for origin in found.origins(TYPE, CONVERSION):
        kept = _telling(settled(origin.shares, origin.members, coercing))
        if origin.slot.kind in _UNKNOWN:
            kept = _repeated(kept)
        pressing = replace(origin, shares=tuple(kept))
        if pressing.functions >= _FEWEST_FUNCTIONS and pressing.weight >= FEWEST_CHECKS:
            yield pressing


def _telling(shares: Sequence[Share]) -> list[Share]:
    """The checks; conversions alone only if they are many, or of several kinds, and do more than print a value."""
    conversions = [share.label for share in shares if share.kind == CONVERSION]
    is_few = len(conversions) < _FEWEST_CONVERSIONS and len(set(conversions)) < _FEWEST_CONVERTERS
    is_slight = is_few or set(conversions) == {_PRINTING}
    return [] if is_slight and len(conversions) == len(shares) else list(shares)


def _repeated(shares: Sequence[Share]) -> list[Share]:
    """The checks whose types two functions ask for: under one name, they are about one value."""
    asking: dict[str, set[str]] = {}
    for share in shares:
        asking.setdefault(share.label, set()).add(share.check.function)
    return [share for share in shares if len(asking[share.label]) >= _FEWEST_FUNCTIONS]


def _cost(origin: Origin) -> int:
    weight = sum(_WEIGHTS[share.kind] * share.part for share in origin.shares) - _FIRST
    return max(0, int(weight * (_SHARED if origin.slot.kind in _UNKNOWN else 1)))


def _finding(rule: str, model: SlotModel, origin: Origin, cost: int) -> Finding:
    identity = min(model.identity(member) for member in origin.members)
    return Finding(
        id=finding_id(rule, identity),
        rule=rule,
        cost=cost,
        message=_message(model, origin),
        gated=_is_certain(origin),
        sites=(*_source_sites(model, origin), *(check_site(model, share.check) for share in origin.shares)),
        evidence=_evidence(model, origin),
    )


def _is_certain(origin: Origin) -> bool:
    """Whether the checks surely are about one value, so that they may fail a check."""
    if origin.slot.kind in _UNKNOWN:
        return any(share.kind == TYPE for share in origin.shares)
    return origin.functions * _DILUTION >= len(origin.members)


def _message(model: SlotModel, origin: Origin) -> str:
    counts = Counter(share.kind for share in origin.shares)
    words = {TYPE: "type check", CONVERSION: "conversion"}
    amounts = [f"{counts[kind]} {word}{'s' * (counts[kind] > 1)}" for kind, word in words.items() if counts[kind]]
    labels = common_labels(origin.shares)
    shown = ", ".join(labels[:_SHOWN]) + (", …" if len(labels) > _SHOWN else "")
    others = len(origin.members) - 1
    threaded = f" (and {others} more place{'s' * (others > 1)} of that name)" if others else ""
    return (
        f"{model.words(named_slot(model, origin))}{threaded} has no one type: {' and '.join(amounts)} ({shown}) in "
        f"{origin.functions} functions; convert it once, where it enters, and give it that type"
    )


def _source_sites(model: SlotModel, origin: Origin) -> Iterator[Site]:
    """The function that takes or returns the value."""
    slot = named_slot(model, origin)
    owners = [slot, *origin.members] if slot.kind == "attribute" else [slot]
    for owner in owners:
        if function := model.function(owner.owner):
            symbol = model.symbol(function.path, function.key)
            yield Site(function.path, function.line, function.line, symbol, "source")
            return


def _evidence(model: SlotModel, origin: Origin) -> dict[str, Any]:
    return {
        "slot": list(named_slot(model, origin)),
        "slots": [[*member] for member in origin.members],
        "checks": [
            {
                "kind": share.kind,
                "types": share.label,
                "path": share.check.path,
                "position": list(share.check.position),
                "slot": list(share.check.slot),
                "symbol": model.symbol(share.check.path, share.check.function),
            }
            for share in origin.shares
        ],
    }


def _merged(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Each finding with those added whose checks stand almost all where its own do, as of `left` and `right`."""
    kept: list[tuple[Finding, frozenset[tuple[str, int]]]] = []
    for finding in findings:
        places = frozenset((site.path, site.line) for site in finding.sites if site.role == "check")
        same = (n for n, (_, known) in enumerate(kept) if len(places & known) > _SAME * len(places))
        at = next((n for n in same if kept[n][0].gated == finding.gated), None)
        if at is None:
            kept.append((finding, places))
        else:
            larger, known = kept[at]
            kept[at] = replace(larger, cost=larger.cost + finding.cost), known
    return iter([finding for finding, _ in kept])
