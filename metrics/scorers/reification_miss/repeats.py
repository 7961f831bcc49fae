"""Small repeats around conditions, measured only: pairs tested twice, and conditional expressions written again."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from metrics.index import Index
from metrics.outline import Scope
from metrics.scorer import CHARGED_WHEN_ADDED, Finding, Site, finding_id
from metrics.scorers.reification_miss.conditions import marked_text, node_mass
from metrics.scorers.reification_miss.mining import Group, Key, Occurrence, is_about_types, unnamed
from metrics.scorers.reification_miss.wording import conjunction

PAIR_COST = 2
_LEAST_CHOICE, _MOST_CHOICE = 6, 500
"""Nodes below which a conditional expression is not worth a name: `a if b else c` with one attribute has five."""

ChoiceFacts = tuple[str, str, int, int, int]
"""Function, text, first line, last line, mass of a conditional expression."""


def read_choices(scopes: Iterable[Scope]) -> list[ChoiceFacts]:
    """Every conditional expression inside functions that is heavy enough, local names numbered; a chain counts once."""
    found = []
    for scope in scopes:
        choices = [node for node in scope.tests if isinstance(node, ast.IfExp)] if scope.is_function else []
        arms = {arm for node in choices for arm in (node.body, node.orelse)}
        for node in choices:
            if node not in arms and _LEAST_CHOICE <= (mass := node_mass(node)) <= _MOST_CHOICE:
                plain = unnamed(marked_text(node, scope))
                found.append((scope.qualname, plain, node.lineno, node.end_lineno or node.lineno, mass))
    return found


def repeated_pairs(
    rule: str, found: dict[Key, list[Occurrence]], named: Sequence[Group], index: Index
) -> list[Finding]:
    """Pairs of telling literals that conditions in two functions or more test, if none of these sets holds them."""
    taken = {(o.condition, x.position) for group in named for o in group.occurrences for x in o.literals}
    findings = []
    pairs = (key for key in found if len(key) == 2 and not is_about_types(key))
    for key in sorted(pairs, key=lambda key: (-len(found[key]), key)):
        free = [o for o in found[key] if not taken.intersection((o.condition, x.position) for x in o.literals)]
        where = sorted(free, key=lambda o: o.condition.order)
        functions = len({o.condition.place for o in where})
        if functions > 1 and all(literal.is_telling for literal in where[0].literals):
            taken.update((o.condition, x.position) for o in where for x in o.literals)
            if not any(index.is_near(o.condition.path, o.condition.line, o.condition.end_line) for o in where):
                continue
            words = conjunction(where[0], index.tree.texts[where[0].condition.path])
            sites = [
                Site(o.condition.path, o.condition.line, o.condition.end_line, index.symbol(*o.condition.place))
                for o in where
            ]
            message = f"`{words}` tested together in {functions} functions"
            finding = _slight(rule, (len(where) - 1) * PAIR_COST, repr(key), message, sites)
            findings.append(replace(finding, evidence={CHARGED_WHEN_ADDED: True}))
    return findings


def repeated_choices(rule: str, files: Iterable[tuple[str, list[ChoiceFacts]]], index: Index) -> list[Finding]:
    """Conditional expressions that two or more functions write alike."""
    places: dict[str, list[tuple[Site, int]]] = defaultdict(list)
    for path, choices in files:
        for function, plain, line, end_line, mass in choices:
            places[plain].append((Site(path, line, end_line, index.symbol(path, function)), mass))
    findings = []
    for plain in sorted(places):
        sites = sorted(site for site, _ in places[plain])
        if len({site.symbol for site in sites}) > 1:
            cost = (len(sites) - 1) * max(1, places[plain][0][1] // 6)
            message = f"the same conditional expression {len(sites)} times"
            findings.append(_slight(rule, cost, f"choice {plain}", message, sites))
    return findings


def _slight(rule: str, cost: int, entity: str, message: str, sites: Sequence[Site]) -> Finding:
    return Finding(finding_id(rule, entity), rule, cost, message, tuple(sites), gated=False)
