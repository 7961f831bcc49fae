"""Conditions that are tested together in several functions, without a name for what they mean together.

Every condition inside functions is read as a set of literals: the operands of `and`; those of `or`, negated (De
Morgan); ifs that hold nothing but another if; negations and comparisons in one form. An `or` that picks a value, as
`given or self.default` does, is no condition. Attributes of `self` belong to the topmost class that defines them, other
names (`job` in `job.ready and not job.closed`) do not matter; but a plain flag counts only if it is a parameter, by its
name, or if another literal of the set is about it. A set of two to four literals counts if at least three conditions
(two, from three literals on) in at least two functions test it, and one of its literals has an attribute, a call, a
subscript or a text in it. Each literal of a condition counts for one set; a condition inside a
literal of another set is named with that one.
A set of n occurrences that weighs m nodes costs (n - 1) * m - 3 * n: what one predicate saves, less a call in each
place; and 4 for each near miss, a place where all but one of the literals are tested. Costs of 3 and less are left out.
A literal that only makes another one safe to ask weighs nothing: `x is not None`, `isinstance(x, Node)` or `x` before
`x.kind == "call"`.
Measured only: other pairs of telling literals that conditions in two functions test, 2 for each but the first, charged
where a change adds them; and conditional expressions that are repeated in another function, which never fail a check.

## Why it matters
Conditions that travel together are one value or one predicate that has no name. Each place must get all of it right;
the near misses are where one may have been forgotten, and a new condition must be added in every place.

## Known limits
Conditions that are split over early returns or stored in variables first are not joined. Two methods of different
objects with equal names count as the same test. Conditions outside functions are not read. Classes are told apart by
module and name, and bases are found by name only.

## References
Frequent item sets: Agrawal and Srikant, 1994. The idea of a missing reification is practitioners' folklore.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.outline import class_facts
from metrics.owners import Owners
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.scorers.reification_miss.conditions import END, OWN, OWN_CLASS, read_conditions
from metrics.scorers.reification_miss.mining import (
    Condition,
    Group,
    Literal,
    by_literal,
    groups,
    occurrences,
    outermost,
)
from metrics.scorers.reification_miss.reach import Reach
from metrics.scorers.reification_miss.repeats import read_choices, repeated_choices, repeated_pairs
from metrics.scorers.reification_miss.wording import conjunction

_LEAST = 4
_CALL = 3
"""Nodes of a call of a predicate with one receiver."""
_NEAR_MISS = 4
_OWNED = re.compile(f"([{OWN}{OWN_CLASS}])(\\w+){END}")


class ReificationMiss:
    """One finding for each set of literals."""

    rule = reading = "reification-miss"
    gated = True
    version = 2

    def facts(self, module: Module) -> Any:
        """Conditions, classes and conditional expressions of the file."""
        found = module.scopes
        return read_conditions(found), class_facts(found), read_choices(found)

    def score(self, index: Index) -> Score:
        """Find the sets that are tested often enough, and charge each what a predicate would save."""
        if index.near is not None:
            reach = Reach(index, self.rule, _conditions)
            found, conditions = reach.mined()
            choices = reach.choices()
        else:
            facts = list(index.facts(self.rule))
            owners = Owners(index, ((path, classes) for path, (_, classes, _) in facts))
            conditions = [c for path, (found, _, _) in facts for c in _conditions(path, found, owners)]
            found = occurrences([condition for condition in conditions if len(condition.literals) > 1])
            choices = [(path, choices) for path, (_, _, choices) in facts]
        named = [group for group in groups(found, by_literal(conditions)) if _cost(group) >= _LEAST]
        told = (group for group in outermost(named) if _cost(group) >= _LEAST)
        findings = [_finding(self.rule, group, index) for group in told if _is_near(group, index)]
        findings += repeated_pairs(self.rule, found, named, index)
        findings += repeated_choices(self.rule, choices, index)
        return Score.of(self.rule, findings)


def _is_near(group: Group, index: Index) -> bool:
    conditions = (*(o.condition for o in group.occurrences), *group.near)
    return any(index.is_near(condition.path, condition.line, condition.end_line) for condition in conditions)


def _conditions(path: str, found: Any, owners: Owners) -> Iterator[Condition]:
    for function, owner, is_or, line, end_line, literals in found:

        def owned(mark: re.Match[str], owner: str = owner) -> str:
            return f"{owners.owner(path, owner, mark[2])}{'.cls' if mark[1] == OWN_CLASS else ''}::{mark[2]}"

        read = (
            Literal(sign, _OWNED.sub(owned, text) if OWN in text or OWN_CLASS in text else text, *rest)
            for sign, text, *rest in literals
        )
        yield Condition(path, function, owner, is_or, line, end_line, tuple(read))


def _cost(group: Group) -> int:
    """What one predicate saves: every copy but one, less the calls; and what each near miss may cost."""
    count = len(group.occurrences)
    return (count - 1) * group.mass - _CALL * count + _NEAR_MISS * len(group.near)


def _finding(rule: str, group: Group, index: Index) -> Finding:
    where = sorted(group.occurrences, key=lambda o: (o.condition.order, o.literals[0].position))
    near = f"; {len(group.near)} test all but one" if group.near else ""
    words = conjunction(where[0], index.tree.texts[where[0].condition.path])
    return Finding(
        id=finding_id(rule, repr(group.key)),
        rule=rule,
        cost=_cost(group),
        message=f"`{words}` tested together {len(where)} times in {group.functions} functions{near}",
        sites=(
            *(_site(o.condition, index, "copy") for o in where),
            *(_site(condition, index, "near-miss") for condition in group.near),
        ),
        evidence=evidence(group),
    )


def _site(condition: Condition, index: Index, role: str) -> Site:
    symbol = index.symbol(condition.path, condition.function)
    return Site(condition.path, condition.line, condition.end_line, symbol, role)


def evidence(group: Group) -> dict[str, Any]:
    """The literals of a set, and everywhere it is tested: which function and class, which operands, which receivers."""
    return {
        "literals": [[polarity, text] for polarity, text in group.key],
        "occurrences": [
            {
                "path": o.condition.path,
                "function": o.condition.function,
                "class": o.condition.owner,
                "negated": o.condition.is_or,
                "receivers": list(o.receivers),
                "positions": [list(literal.position) for literal in o.literals],
            }
            for o in sorted(group.occurrences, key=lambda o: o.condition.order)
        ],
        "near": [{"path": c.path, "function": c.function, "line": c.line, "end_line": c.end_line} for c in group.near],
    }
