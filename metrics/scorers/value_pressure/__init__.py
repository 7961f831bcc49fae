"""One value that several functions compare with the same literals: an enumeration that nobody has written down.

A value is known by the place it is read from. Attributes of `self` belong to the topmost class that defines them, and
so do attributes of other objects whose name only one class defines. Parameters, text keys (`job["mode"]`,
`job.get("mode")`) and other attributes are known by their name; under one name, literals belong together that one
function tests. A local is the place it was assigned from.
A test is a literal in `==`, `!=`, `is`, `in` or `match`; a constant of a module or plain class is the literal it stands
for; a call of a function that only tests its parameter, or of a method that only compares an attribute with it, is that
test. Each literal counts once in each function, a collection of literals that has a name as one of them. Literals that
only one function tests do not count, nor do single characters, numbers below three, and members of enumerations.
A value that n conditions test in at least three functions costs 4 * (n - 1), as the first one has to be, and 1 for each
literal more that one condition names.
Measured only, never failing a check: a value that two functions test, or that is compared with numbers only, n - 1 (but
two literals or more that are texts are charged where a change adds the second function); two or more texts that one
value is compared with and that functions return, assign or pass by name, half of the tests and of these places; tuples
of m values that a function returns or an attribute holds and that k places take apart, k * (m - 1) / 2; items that a
function reads by two or more different numbers, half of the reads; classes whose `__init__` only keeps three or more
parameters under their names, half of these.

## Why it matters
Every function that compares knows the spelling of the values, and which values there are. A new value must be added in
each of them, and nothing tells which; a misspelt one compares unequal, in silence. One enumeration names the values
once; a method or an attribute of its members takes the place of each set of tests.

## Known limits
Tables are no tests: a dictionary from literals to what is to be done about them is one of the remedies. Values of
local variables that are unpacked or assigned twice are not followed, nor are tests by `startswith`, patterns or order.
Literals given by another program (HTTP methods, a wire format) count like one's own.

## References
Martin Fowler, Refactoring: Replace Primitive with Object, Replace Conditional with Polymorphism. Ranking a source by
the tests that it causes is practitioners' folklore.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import CHARGED_WHEN_ADDED, Finding, Score, Site, finding_id
from metrics.scorers.value_pressure.groups import Group, groups
from metrics.scorers.value_pressure.slight import slight_findings
from metrics.tested.reading import READING, VERSION, read_tested
from metrics.tested.sources import Tree

_WEIGHT = 4
_FUNCTIONS = 3
_SHOWN = 4


class ValuePressure:
    """One finding for each source and set of literals."""

    rule = "value-pressure"
    gated = True
    reading = READING
    version = VERSION

    def facts(self, module: Module) -> Any:
        """What the functions test."""
        return read_tested(module.scopes)

    def score(self, index: Index) -> Score:
        """Charge every test of a source but the first."""
        tree = Tree(index)
        sources = tree.sources()
        findings = [_finding(self.rule, group, tree, index) for group in groups(sources)]
        findings += slight_findings(self.rule, tree, sources, index)
        return Score.of(self.rule, findings)


def _finding(rule: str, group: Group, tree: Tree, index: Index) -> Finding:
    source, literals = group.source, group.literals
    gated = group.functions >= _FUNCTIONS and not group.is_numeric
    is_second_copy = not gated and len(literals) > 1 and not group.is_numeric
    return Finding(
        id=finding_id(rule, f"{source.owner}\0{source.name}\0{min(literals)}"),
        rule=rule,
        cost=_cost(group) if gated else len(group.tests) - 1,
        message=_message(group),
        sites=tuple(_sites(group, tree, index)),
        gated=gated,
        evidence={**evidence(group), **({CHARGED_WHEN_ADDED: True} if is_second_copy else {})},
    )


def _cost(group: Group) -> int:
    """What an enumeration saves: every condition but the first, and the literals that a condition names beside one."""
    return (len(group.conditions) - 1) * _WEIGHT + len(group.tests) - len(group.conditions)


def _message(group: Group) -> str:
    literals, source = group.literals, group.source
    shown = ", ".join(literals[:_SHOWN]) + (", …" if len(literals) > _SHOWN else "")
    of = f" of `{source.owner.rpartition(':')[2]}`" if ":" in source.owner else ""
    return (
        f"`{source.name}`{of} is compared with {shown}: {len(group.tests)} tests in {group.functions} functions; "
        "one enumeration would name its values, and its members can answer what is asked of them"
    )


def _sites(group: Group, tree: Tree, index: Index) -> Iterator[Site]:
    if at := tree.definition(group.source):
        yield Site(at.path, at.line, at.end_line, index.symbol(at.path, at.function), "source")
    for test in group.conditions:
        yield Site(test.path, test.line, test.end_line, index.symbol(test.path, test.function), "check")


def evidence(group: Group) -> dict[str, Any]:
    """The source, its literals, most used first, and which function tests which of them."""
    return {
        "owner": group.source.owner,
        "name": group.source.name,
        "literals": group.literals,
        "tests": [{"path": t.path, "function": t.function, "line": t.line, "literal": t.literal} for t in group.tests],
    }
