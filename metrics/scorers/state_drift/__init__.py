"""Fields that are always written together, in several places, as if they were one: and once, perhaps, forgotten.

Counted are the fields that one straight run of statements writes: attributes of a method's own object, by the topmost
class that defines them; attributes of other objects, by the name of the receiver; constant keys of dictionaries, by the
name of the dictionary; and the locals of one function. `with` and `try` do not end a run; the values of `a, b = 1, 2`
are two writes, the parts of one value that is unpacked are one. `setattr` and `update` with literal names write as
assignments do; so do calls of methods that only set one attribute.
A set of n fields counts if at least three blocks write it, in at least two functions that do not merely set up, copy,
restore or clear an object, and if at most two in five of the functions that write any of it write only some of it.
Methods that classes declare side by side under one name are no support. Locals count if at least four blocks of the
function write them, three of them literals only.
It costs 3 * (blocks - 1) * (n - 1), what one operation for the whole set would save, and for each of the first three
functions that leave a part of it as it is, 8 times the share of those that do not; locals, a quarter of this. Functions
that by their name set up, copy, load or clear an object may leave out what they like.
Measured only, never failing a check: fields that only two blocks write together, 1; attributes that a constructor sets
and nothing reads, or that only the function that writes them reads, 1, or 2 if private; own attributes that copy their
namesake in another own attribute, 1 each; three fields or more that are copied from object to object, half of them;
containers whose contents change together, their blocks less one, and 2 for each function that changes only one.

## Why it matters
Two states that must change together are one state in two places. Whoever writes the next change must know of both; one
place that forgets the second leaves the object in a state that nobody thought of.

## Known limits
That fields are written together does not say that they must be: a place that writes only some of them is a question,
not a bug. Most code has no such set: of seven projects of 6,000 to 80,000 lines, the median has five.
Of one class, receiver or dictionary, the twenty dearest sets are shown. Fields that are
written in different branches, or by helpers that set several, are not joined. Contents of containers are not compared
with attributes. Objects that a local got from an expression, and keys that are no literals, are not told apart and left
out. What is loaded is known by the function's name alone. Bases are found by name only. State that is copied from a
value that can be derived, flags given as arguments, and attributes used in one place only are not seen.

## References
S. Lu et al., MUVI: Automatically Inferring Multi-Variable Access Correlations, SOSP 2007.
Thresholds: tests/data/precision/state-drift.md; with two blocks, or with any share of partial writers, most of what is
found besides is not one state.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.owners import Owners
from metrics.scorer import Finding, Score
from metrics.scorers.state_drift.findings import drift_finding, local_finding, slight_finding
from metrics.scorers.state_drift.mining import drifts
from metrics.scorers.state_drift.reading import READING, read_state
from metrics.scorers.state_drift.slight import Slight, Uses, copied, mirrored, pairs, unread
from metrics.scorers.state_drift.transactions import Block, Function, Group, grouped, is_initial
from metrics.scorers.state_drift.writes import CONTAINER, COPY, OWN, WriteFacts


class StateDrift:
    """One finding for each set of fields."""

    rule = "state-drift"
    reading = READING
    gated = True
    version = 3

    def facts(self, module: Module) -> dict[str, Any]:
        """Writes of the file, and what is known of the attributes written."""
        return read_state(module)

    def score(self, index: Index) -> Score:
        """Find the sets of fields that are written together often enough."""
        tree = _Tree(index, list(index.facts(self.reading)))
        findings = [*tree.findings(self.rule), *tree.local_findings(self.rule)]
        return Score.of(self.rule, findings)


class _Tree:
    """The writes of all files, by what they write."""

    def __init__(self, index: Index, facts: list[tuple[str, Any]]) -> None:
        self.index = index
        self.facts = facts
        self.owners = Owners(index, ((path, one["classes"]) for path, one in facts))
        self.uses = Uses(
            Counter(name for _, one in facts for name in one["read"]),
            {name for _, one in facts for name in one["properties"]},
            {(path, *single) for path, one in facts for single in one["disguised"]},
        )
        self.groups = grouped(self._functions(), self._group)

    def _functions(self) -> Iterator[tuple[Function, list[list[WriteFacts]]]]:
        for path, one in self.facts:
            for qualname, owner, line, runs in one["functions"]:
                yield Function(path, qualname, owner, line, is_initial(qualname)), runs

    def _group(self, function: Function, write: WriteFacts) -> Group:
        kind, receiver, name, *_ = write
        if kind in (OWN, CONTAINER):
            return kind, self.owners.owner(function.path, function.owner, name)
        return kind, receiver

    def findings(self, rule: str) -> Iterator[Finding]:
        slight: list[Slight] = []
        for group, blocks in self.groups.items():
            if group[0] == CONTAINER:
                slight += mirrored(group, blocks)
            elif group[0] == COPY:
                slight += copied(group, blocks)
            else:
                found = drifts(group, blocks)
                yield from (drift_finding(rule, drift, self.index) for drift in found)
                slight += pairs(group, blocks, found)
                if group[0] == OWN:
                    slight += unread(group, blocks, self.uses, self._is_open(blocks))
        counted: defaultdict[str, int] = defaultdict(int)
        for found_slight in slight:
            yield slight_finding(rule, found_slight, counted, self.index)

    def _is_open(self, blocks: list[Block]) -> bool:
        """Whether a base outside the tree may read what these blocks write."""
        classes = {(block.function.path, block.function.owner) for block in blocks}
        return any(self.owners.has_foreign_base(known) for known in classes)

    def local_findings(self, rule: str) -> Iterator[Finding]:
        for path, one in self.facts:
            yield from (local_finding(rule, path, drift, self.index) for drift in one["flags"] if drift[4])
