"""How much state there is: attributes that objects store, and those that most decisions and writers meet in.

Each class costs 1 for every attribute that its methods, or those of classes derived from it, store on the object; an
attribute belongs to the topmost class that defines it. An attribute on which at least two tests decide and that at
least two functions write costs the product of the two besides: so many pairs of a writer and a decision must agree.
Information only: never fails a check.

## Why it matters
State is what a reader must know to tell what the next call will do. One attribute less is one thing less to keep right;
an attribute that many write and many ask is where a state machine hides.

## Known limits
Attributes that a class body declares, containers' contents and the state of modules are not counted; neither is what
functions outside the class write. Tests that read an attribute through a local or a method are not seen.

## References
S. Henry and D. Kafura, Software Structure Metrics Based on Information Flow, 1981: what flows in times what flows out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.owners import Owners
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.scorers.state_drift.reading import READING, read_state
from metrics.scorers.state_drift.writes import OWN
from metrics.testing import Costs, Example, Rewards

LEAST_DECISIONS = LEAST_WRITERS = 2

Slots = dict[str, dict[str, list[Site]]]
"""Places by attribute, by the symbol of the class that owns it."""


class State:
    """One finding for each class that stores something, one for each attribute that many places write and ask."""

    rule = "state"
    reading = READING
    gated = False
    version = 1

    def facts(self, module: Module) -> dict[str, Any]:
        """Writes and decisions of the file."""
        return read_state(module)

    def score(self, index: Index) -> Score:
        """Count what each class stores, and weigh what its attributes decide."""
        facts = list(index.facts(self.reading))
        owners = Owners(index, ((path, one["classes"]) for path, one in facts))
        places = {
            index.symbol(path, name): Site(path, line, line, index.symbol(path, name), "class")
            for path, one in facts
            for name, line in one["lines"].items()
        }
        writes, tests = _writes(facts, owners, index), _decisions(facts, owners, index)
        findings = [_stored(self.rule, places[owner], slots) for owner, slots in writes.items() if owner in places]
        for owner, slots in writes.items():
            for name, written in slots.items():
                asked = tests.get(owner, {}).get(name, [])
                if len(asked) >= LEAST_DECISIONS and len({site.symbol for site in written}) >= LEAST_WRITERS:
                    findings.append(_decisive(self.rule, owner, name, written, asked))
        return Score.of(self.rule, findings)


def _writes(facts: Iterable[tuple[str, Any]], owners: Owners, index: Index) -> Slots:
    found: Slots = defaultdict(lambda: defaultdict(list))
    for path, one in facts:
        for qualname, owner, _, runs in one["functions"]:
            symbol = index.symbol(path, qualname)
            for kind, _, name, _, _, line, end_line in (write for run in runs for write in run):
                if kind == OWN:
                    found[owners.owner(path, owner, name)][name].append(Site(path, line, end_line, symbol, "write"))
    return found


def _decisions(facts: Iterable[tuple[str, Any]], owners: Owners, index: Index) -> Slots:
    found: Slots = defaultdict(lambda: defaultdict(list))
    for path, one in facts:
        for owner, name, qualname, line, end_line in one["decisions"]:
            site = Site(path, line, end_line, index.symbol(path, qualname), "decision")
            found[owners.owner(path, owner, name)][name].append(site)
    return found


def _stored(rule: str, place: Site, slots: dict[str, list[Site]]) -> Finding:
    names = sorted(slots)
    return Finding(
        id=finding_id(rule, repr((place.symbol,))),
        rule=rule,
        cost=len(names),
        message=f"`{place.symbol.rpartition(':')[2]}` stores {len(names)} attribute{'s' * (len(names) > 1)}",
        sites=(place,),
        gated=False,
        evidence={"class": place.symbol, "attributes": names},
    )


def _decisive(rule: str, owner: str, name: str, written: list[Site], asked: list[Site]) -> Finding:
    writers = len({site.symbol for site in written})
    return Finding(
        id=finding_id(rule, repr((owner, name))),
        rule=rule,
        cost=writers * len(asked),
        message=f"`{owner.rpartition(':')[2]}.{name}` is written by {writers} functions and decides {len(asked)} tests",
        sites=(*sorted(written), *sorted(asked)),
        gated=False,
        evidence={"class": owner, "attribute": name, "writers": writers, "decisions": len(asked)},
    )


_DOOR = """
    class Door:
        def __init__(self):
            self.open = False
            self.name = ""

        def pull(self):
            if not self.open:
                self.open = True

        def push(self):
            if self.open:
                self.open = False
"""
_VALVE = """
    class Valve:
        def __init__(self, size):
            self.size = size
            self.area = size * size

        def flow(self, speed):
            return self.area * speed if self.size else 0
"""
EXAMPLES: tuple[Example, ...] = (
    Costs(_DOOR, {1: 2, 3: 6}),
    Costs(_VALVE, {1: 2}),
    Rewards(_VALVE, _VALVE.replace("            self.area = size * size\n", "").replace("self.area", "self.size**2")),
)
