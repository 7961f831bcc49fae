"""None that checks give away: families of slots that may hold it, each charged the checks it causes elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from metrics.scorer import Finding, Site, finding_id
from metrics.slots import Check, Nil, Slot, SlotModel
from metrics.slots.checks import ENDED, OWN_DEFAULT, REFUSED

_WEIGHTS = {"nil": 4, "truth": 2, "or": 2}
_FIRST = 4
"""The first check of a source is legitimate."""
_FEWEST_CHECKS = 3
_FEWEST_SLOTS = 4
_FEWEST_FUNCTIONS = 2
_FEWEST_IN_ONE = 4
"""Checks for None of one source that count although one function holds them all: of three, two are often its ends."""
_SHARED = Fraction(1, 2)
"""Weight of attributes that several classes have: which of them is checked is unknown."""
_ASKED_BY_OTHERS = ("return", "attribute")
_REFUSING, _ENDING = 4, 2
"""None is unwanted if one check in so many refuses it, or one in so many refuses it or goes no further."""
_PROTOCOL = frozenset(
    {"__eq__", "__ne__", "__lt__", "__hash__", "__repr__", "__str__", "__get__", "__getattr__", "__setattr__"}
    | {"__getitem__", "__contains__", "__exit__", "__aexit__", "__del__"}
)
"""Methods that the language calls with or for None."""
_REMEDIES = {
    "local": "resolve the default once, where the value enters",
    "attribute": "set it when the object is made, or keep what has no value yet in a state of its own",
    "return": "raise, or return a value that needs no test",
    "global": "set it before it is used, or pass it to those who use it",
    "pooled": "set it when the object is made",
}
_STORED = "resolve the default once, before it is stored"


@dataclass(frozen=True)
class _Share:
    """A check, and its part where several sources may be meant."""

    check: Check
    part: Fraction


def checked_sources(rule: str, model: SlotModel) -> list[Finding]:
    """One finding for each family whose None is asked for in several functions."""
    caused: dict[Slot, list[_Share]] = defaultdict(list)
    for check in model.checks("nil", "truth", "or"):
        if _is_counted(check, model):
            homes = model.homes(check.slot, nil=True)
            for home in homes:
                caused[home].append(_Share(check, Fraction(1, len(homes))))
    found = (_source(rule, model, home, shares) for home, shares in sorted(caused.items()))
    return [finding for finding in found if finding is not None]


def _is_counted(check: Check, model: SlotModel) -> bool:
    function = model.function(check.function)
    return function is not None and function.name not in _PROTOCOL


def _source(rule: str, model: SlotModel, home: Slot, shares: Sequence[_Share]) -> Finding | None:
    members = model.families.members(home)
    kinds = {kind for member in members for kind in model.evidence.get(member, ())}
    kept = list(_pressing(_telling(shares, kinds, model), set(members)))
    count = sum(share.part for share in kept)
    is_widespread = len({_outermost(model, share.check.function) for share in kept}) >= _FEWEST_FUNCTIONS
    is_pressing = is_widespread and (count >= _FEWEST_CHECKS or len(members) >= _FEWEST_SLOTS)
    asked = sum(share.part for share in kept if share.check.kind == "nil")
    if not is_pressing and asked < _FEWEST_IN_ONE:
        return None
    weight = sum(_WEIGHTS[share.check.kind] * share.part for share in kept) - _FIRST
    cost = int(weight * (_SHARED if home.kind == "pooled" else 1))
    # Where only a name is known, which of its classes lets None in is a guess.
    is_known = home.kind != "pooled"
    gated = is_known and (home.kind not in _ASKED_BY_OTHERS or _is_unwanted(model, home, kept, kinds))
    return _finding(rule, model, members, [share.check for share in kept], cost, gated=gated) if cost > 0 else None


def _outermost(model: SlotModel, key: str) -> tuple[str, str]:
    """The function that is no other's part: one that is nested shares its values and its questions."""
    function = model.functions[key]
    return function.path, function.qualname.partition(".<locals>")[0]


def _telling(shares: Sequence[_Share], kinds: set[str], model: SlotModel) -> Iterator[_Share]:
    """The checks that ask for None: an empty collection, 0 and False are false as well."""
    for share in shares:
        asked = share.check.kind
        known = kinds if asked == "nil" else kinds | model.kinds(share.check.slot)
        is_ambiguous = "bool" in known or (asked == "truth" and known & {"collection", "scalar"})
        if asked == "nil" or not is_ambiguous:
            yield share


def _pressing(shares: Iterator[_Share], members: set[Slot]) -> Iterator[_Share]:
    """All but one default for each slot: `if x is None: x = …`, and `x or d` of a parameter or attribute."""
    settled: set[Slot] = set()
    for share in shares:
        check = share.check
        if (check.detail == OWN_DEFAULT or check.kind == "or") and check.slot in members and check.slot not in settled:
            settled.add(check.slot)
        else:
            yield share


def _is_unwanted(model: SlotModel, home: Slot, shares: Sequence[_Share], kinds: set[str]) -> bool:
    """Whether None is more than an answer, on which each who asks for a result or for another's attribute decides."""
    refused = sum(share.part for share in shares if _is_refused(model, home, share.check))
    ended = sum(share.part for share in shares if share.check.detail == ENDED)
    count = sum(share.part for share in shares)
    return "bool" not in kinds and (refused * _REFUSING >= count or (refused + ended) * _ENDING >= count)


def _is_refused(model: SlotModel, home: Slot, check: Check) -> bool:
    """Whether a check makes None an error or replaces it, asks for one's own attribute, or for a result kept in one."""
    if check.kind == "or" or check.detail in (REFUSED, OWN_DEFAULT):
        return True
    if home.kind == "return":
        return check.slot.kind in ("attribute", "global")
    function = model.functions[check.function]
    return model.resolution.owners.owner(function.path, function.class_name, home.name) == home.owner


def _finding(
    rule: str, model: SlotModel, members: Sequence[Slot], checks: Sequence[Check], cost: int, *, gated: bool
) -> Finding:
    slot = _named(model, members, checks)
    source = model.nils[slot][0]
    files = len({check.path for check in checks})
    threaded = f" (handed on under this name through {len(members)} places)" if len(members) > 1 else ""
    functions = len({check.function for check in checks})
    where = f"{functions} function{'s' * (functions > 1)}" + (f" of {files} files" if files > 1 else "")
    remedy = _STORED if source.how == "stored" else _REMEDIES[slot.kind]
    message = f"make {model.words(slot)}{threaded} never None: {remedy}; {len(checks)} checks in {where} ask for it"
    return Finding(
        finding_id(rule, min(model.identity(member) for member in members)),
        rule,
        cost,
        message,
        (_source_site(model, source), *(_site(model, check) for check in checks)),
        gated=gated,
        evidence=_evidence(model, slot, members, checks),
    )


def _named(model: SlotModel, members: Sequence[Slot], checks: Sequence[Check]) -> Slot:
    """The slot that stands for the family: one that holds None, the most checked of them."""
    direct = [check.slot for check in checks]
    holding = [member for member in members if member in model.nils]
    return min(holding, key=lambda slot: (-direct.count(slot), model.identity(slot)))


def _source_site(model: SlotModel, source: Nil) -> Site:
    return Site(source.path, source.line, source.line, model.symbol(source.path, source.function), "source")


def _site(model: SlotModel, check: Check) -> Site:
    return Site(check.path, check.position[0], check.position[2], model.symbol(check.path, check.function), "check")


def _evidence(model: SlotModel, slot: Slot, members: Sequence[Slot], checks: Sequence[Check]) -> dict[str, Any]:
    """The source and its family as slots, where None enters, and each check with its kind, slot and position."""
    return {
        "kind": "source",
        "slot": list(slot),
        "slots": [
            {
                "slot": list(member),
                "symbol": model.identity(member),
                "nils": [[nil.path, nil.line, nil.how] for nil in model.nils.get(member, ())],
            }
            for member in members
        ],
        "checks": [
            {
                "kind": check.kind,
                "path": check.path,
                "position": list(check.position),
                "slot": list(check.slot),
                "symbol": model.symbol(check.path, check.function),
            }
            for check in checks
        ],
    }
