"""None that no check shows: lookups that may find nothing, by what is looked into; excepts that swallow errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metrics.scorer import Finding, Site, finding_id
from metrics.slots import SlotModel
from metrics.slots.hidden import BROAD, GET, GETATTR, NARROW, OR, POP
from metrics.slots.places import Ref

_WEIGHTS = {GET: 1, POP: 1, OR: 1, GETATTR: 2}
_EXCEPT = 2


@dataclass(frozen=True)
class Lookup:
    """One expression or handler that stands for a value that may be missing."""

    kind: str
    receiver: Ref
    path: str
    function: str
    position: tuple[int, int, int, int]
    key: str


def lookups(model: SlotModel) -> Iterator[Lookup]:
    """All of them, in the order of paths; within a file, of scopes."""
    for path, (kind, receiver, number, position, key) in model.hidden():
        yield Lookup(kind, receiver, path, f"{path}#{number}", position, key)


def hidden_sources(rule: str, model: SlotModel) -> list[Finding]:
    """One finding for each object that is looked into with a default, each function that swallows errors."""
    receivers: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    swallowed: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    guarded: dict[tuple[str, str], list[Lookup]] = defaultdict(list)
    for lookup in lookups(model):
        if lookup.kind in _WEIGHTS:
            receivers[_receiver(lookup, model)].append(lookup)
        elif lookup.kind in (BROAD, NARROW):
            place = lookup.path, model.symbol(lookup.path, lookup.function)
            (swallowed if lookup.kind == BROAD else guarded)[place].append(lookup)
    found = [_looked_into(rule, model, key, where) for key, where in sorted(receivers.items())]
    found += [_excepting(rule, model, place, where, BROAD) for place, where in sorted(swallowed.items())]
    # Asking forgiveness once is the language's own idiom; a function that lives by it is measured.
    found += [_excepting(rule, model, place, where, NARROW) for place, where in sorted(guarded.items()) if where[1:]]
    return [finding for finding in found if finding.cost]


def _receiver(lookup: Lookup, model: SlotModel) -> tuple[str, str]:
    """An attribute of the method's object wherever its class is used; else a name within its file."""
    if lookup.receiver[0] == "own":
        _, class_name, attribute = lookup.receiver
        return model.resolution.owners.owner(lookup.path, class_name, attribute), f"self.{attribute}"
    if lookup.receiver[0] == "variable":
        _, number, text = lookup.receiver
        return model.symbol(lookup.path, f"{lookup.path}#{number}"), text
    return model.index.module(lookup.path), lookup.receiver[1]


def _looked_into(rule: str, model: SlotModel, receiver: tuple[str, str], where: Sequence[Lookup]) -> Finding:
    ordered = sorted(where, key=lambda lookup: (lookup.path, lookup.position))
    cost = sum(_WEIGHTS[lookup.kind] for lookup in ordered) - _WEIGHTS[ordered[0].kind]
    keys = {lookup.key for lookup in ordered if lookup.key}
    functions = len({lookup.function for lookup in ordered})
    asked = f"{len(ordered)} lookups in {functions} function{'s' * (functions > 1)} allow for a missing value"
    record = f", a record whose {len(keys)} fields always have a value" if len(keys) > 1 else ""
    message = f"make `{receiver[1]}` complete where it enters{record}: {asked}"
    return Finding(
        finding_id(rule, f"lookups {receiver[0]} {receiver[1]}"),
        rule,
        cost,
        message.replace("  ", " "),
        tuple(_site(model, lookup, "check" if at else "source") for at, lookup in enumerate(ordered)),
        gated=(bool(keys) or any(lookup.kind == OR for lookup in ordered)) and not _is_foreign(model, receiver[1]),
        evidence={"kind": "lookups", "receiver": list(receiver), "lookups": [_plain(model, one) for one in ordered]},
    )


def _is_foreign(model: SlotModel, receiver: str) -> bool:
    """Whether a call into a library gives what is asked: its form is no choice of the program that reads it there."""
    return receiver.endswith("()") and next(model.resolution.every(receiver.removesuffix("()")), None) is None


def _excepting(rule: str, model: SlotModel, place: tuple[str, str], where: Sequence[Lookup], kind: str) -> Finding:
    _, symbol = place
    name = symbol.rpartition(":")[2]
    count = f"{len(where)} excepts" if len(where) > 1 else "an except"
    if kind == BROAD:
        message = (
            f"`{name}` swallows every error in {count}, and goes on without the value; name the error, or let it out"
        )
    else:
        message = f"`{name}` has {count} around one access; ask for the value in a way that cannot fail"
    return Finding(
        finding_id(rule, f"{kind} {symbol}"),
        rule,
        _EXCEPT * len(where),
        message,
        tuple(_site(model, lookup, "check" if at else "source") for at, lookup in enumerate(where)),
        gated=kind == BROAD,
        evidence={"kind": kind, "lookups": [_plain(model, lookup) for lookup in where]},
    )


def _site(model: SlotModel, lookup: Lookup, role: str) -> Site:
    line, _, end_line, _ = lookup.position
    return Site(lookup.path, line, end_line, model.symbol(lookup.path, lookup.function), role)


def _plain(model: SlotModel, lookup: Lookup) -> dict[str, object]:
    symbol = model.symbol(lookup.path, lookup.function)
    return {
        "kind": lookup.kind,
        "path": lookup.path,
        "position": list(lookup.position),
        "key": lookup.key,
        "symbol": symbol,
    }
