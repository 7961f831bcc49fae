"""Fields that are always written together, in several places, as if they were one: and once, perhaps, forgotten.

Counted are the fields that one straight run of statements writes: attributes of a method's own object, by the topmost
class that defines them; attributes of other objects, by the name of the receiver; constant keys of dictionaries, by the
name of the dictionary; and the locals of one function. `setattr` and `update` with literal names write as assignments
do; so do methods that only set one attribute. The parts of one value that is unpacked are one write.
A set of n fields counts if at least three blocks write it, in at least two functions that do not merely set up, copy,
restore or clear an object, and if at most two in five of the functions that write any of it write only some of it.
Locals count if at least four blocks of the function write them, three of them literals only.
It costs 3 * (blocks - 1) * (n - 1), what one operation for the whole set would save, and for each of the first three
functions that leave a part of it as it is, 8 times the share of those that do not; locals, a quarter of this.

## Why it matters
Two states that must change together are one state in two places. Whoever writes the next change must know of both; one
place that forgets the second leaves the object in a state that nobody thought of.

## Known limits
That fields are written together does not say that they must be: a place that writes only some of them is a question,
not a bug. Contents of containers are not compared with attributes. Objects that a local got from an expression, and
keys that are no literals, are not told apart and left out. Bases are found by name only.

## References
S. Lu et al., MUVI: Automatically Inferring Multi-Variable Access Correlations, SOSP 2007.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.outline import class_facts
from metrics.owners import Owners
from metrics.scorer import Finding, Score, Site
from metrics.scorers.state_drift.examples import EXAMPLES as EXAMPLES
from metrics.scorers.state_drift.flags import LocalFacts, drifting_locals, without_locals
from metrics.scorers.state_drift.mining import Block, Drift, Function, Group, drifts, grouped, is_initial
from metrics.scorers.state_drift.wording import message
from metrics.scorers.state_drift.writes import CONTAINER, LOCAL, OWN, WriteFacts, read_writes


class StateDrift:
    """One finding for each set of fields."""

    rule = "state-drift"
    reading = "writes"
    gated = True
    version = 1

    def facts(self, module: Module) -> Any:
        """Writes of the functions, locals that drift, and the classes."""
        found = module.scopes
        functions = read_writes(found)
        return without_locals(functions), drifting_locals(functions), class_facts(found)

    def score(self, index: Index) -> Score:
        """Find the sets of fields that are written together often enough."""
        facts = list(index.facts(self.reading))
        owners = Owners(index, ((path, classes) for path, (_, _, classes) in facts))

        def group_of(function: Function, write: WriteFacts) -> Group:
            if write[0] in (OWN, CONTAINER):
                return write[0], owners.owner(function.path, function.owner, write[2])
            return write[0], write[1]

        found = grouped(_functions(facts), group_of)
        findings = [
            _finding(self.rule, drift, index)
            for group, blocks in found.items()
            if group[0] != CONTAINER
            for drift in drifts(group, blocks)
        ]
        for path, (_, local, _) in facts:
            findings += [_local_finding(self.rule, path, drift, index) for drift in local if drift[4]]
        return Score(self.rule, tuple(sorted(findings, key=lambda finding: (-finding.cost, finding.id))))


def _functions(facts: list[tuple[str, Any]]) -> Iterator[tuple[Function, list[list[WriteFacts]]]]:
    for path, (functions, _, _) in facts:
        for qualname, owner, line, runs in functions:
            yield Function(path, qualname, owner, line, is_initial(qualname)), runs


def _finding(rule: str, drift: Drift, index: Index) -> Finding:
    fields = sorted(drift.fields)
    name = blake2b(repr((drift.group, fields)).encode(), digest_size=8).hexdigest()
    places = sorted(drift.together, key=lambda block: (block.function.order, block.lines(drift.fields)))
    missing = sorted(drift.missing, key=lambda block: block.function.order)
    return Finding(
        id=f"{rule}:{name}",
        rule=rule,
        cost=drift.cost,
        message=message(drift.group, fields, len(places), drift.functions, [b.function.name for b in missing]),
        sites=(
            *(_site(block, drift.fields, "together", index) for block in places),
            *(_site(block, drift.fields & block.fields.keys(), "missing", index) for block in missing),
        ),
        evidence={
            "kind": drift.group[0],
            "of": drift.group[1],
            "fields": fields,
            "together": [_place(block, drift.fields) for block in places],
            "missing": [_place(block, drift.fields & block.fields.keys()) for block in missing],
        },
    )


def _site(block: Block, fields: frozenset[str], role: str, index: Index) -> Site:
    path = block.function.path
    return Site(path, *block.lines(fields), index.symbol(path, block.function.qualname), role)


def _place(block: Block, fields: frozenset[str]) -> dict[str, Any]:
    function = block.function
    writes = {name: block.fields[name] for name in sorted(fields)}
    return {
        "path": function.path,
        "function": function.qualname,
        "class": function.owner,
        "receiver": block.receiver,
        "lines": {name: [write[5], write[6]] for name, write in writes.items()},
        "constant": block.is_constant(fields),
    }


def _local_finding(rule: str, path: str, drift: LocalFacts, index: Index) -> Finding:
    qualname, fields, together, missing, cost = drift
    symbol = index.symbol(path, qualname)
    name = blake2b(repr((LOCAL, symbol, fields)).encode(), digest_size=8).hexdigest()
    return Finding(
        id=f"{rule}:{name}",
        rule=rule,
        cost=cost,
        message=message((LOCAL, qualname), fields, len(together), 1, [f"line {line}" for line, _ in missing]),
        sites=(
            *(Site(path, *lines, symbol, "together") for lines in together),
            *(Site(path, *lines, symbol, "missing") for lines in missing),
        ),
        evidence={"kind": LOCAL, "of": symbol, "fields": fields, "together": together, "missing": missing},
    )
