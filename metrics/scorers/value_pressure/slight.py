"""Small signs of values that lack a type, measured only: records without names, texts given here and tested there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from metrics.index import Index
from metrics.scorer import Finding, Site, finding_id
from metrics.scorers.value_pressure.groups import connected
from metrics.tested.records import GIVEN, TAKEN
from metrics.tested.sources import Source, Tested, Tree


def slight_findings(rule: str, tree: Tree, sources: dict[Source, list[Tested]], index: Index) -> Iterator[Finding]:
    """All of them; none is gated."""
    yield from _bare_tuples(rule, tree, index)
    yield from _positional_reads(rule, tree, index)
    yield from _kept_fields(rule, tree, index)
    yield from _given_and_tested(rule, tree, sources, index)


def _bare_tuples(rule: str, tree: Tree, index: Index) -> Iterator[Finding]:
    """Tuples that a function returns, or an attribute holds, and that other places take apart."""
    sides: dict[tuple[str, int], dict[str, list[Site]]] = defaultdict(lambda: {GIVEN: [], TAKEN: []})
    for path, facts in tree.facts:
        for side, name, function, width, line, end_line in facts["tuples"]:
            sides[name, width][side].append(Site(path, line, end_line, index.symbol(path, function), side))
    for (name, width), found in sorted(sides.items()):
        given, taken = sorted(found[GIVEN]), sorted(found[TAKEN])
        cost = len(taken) * (width - 1) // 2
        if given and cost:
            shown = name.strip(".[]")
            message = f"`{shown}` gives {width} values that {len(taken)} places tell apart by position; name them once"
            yield _slight(rule, cost, f"tuple\0{name}\0{width}", message, [*given, *taken])


def _positional_reads(rule: str, tree: Tree, index: Index) -> Iterator[Finding]:
    """Items of one value that one function reads by two or more numbers."""
    for path, facts in tree.facts:
        reads: dict[str, list[tuple[int, Site]]] = defaultdict(list)
        for function, count, line, end_line in facts["positions"]:
            symbol = index.symbol(path, function)
            reads[symbol].append((count, Site(path, line, end_line, symbol, "read")))
        for symbol, found in sorted(reads.items()):
            cost = sum(count // 2 for count, _ in found)
            message = f"{sum(count for count, _ in found)} items are read by their position; a record would name them"
            yield _slight(rule, cost, f"position\0{symbol}", message, [site for _, site in found])


def _kept_fields(rule: str, tree: Tree, index: Index) -> Iterator[Finding]:
    """Classes whose `__init__` only keeps what it is given."""
    for path, facts in tree.facts:
        # A class may be defined once for each case; the first stands for all.
        fields = {owner: (count, line) for owner, count, line in reversed(facts["fields"])}
        for owner, (count, line) in sorted(fields.items()):
            site = Site(path, line, line, index.symbol(path, owner), "source")
            message = f"`{owner}` keeps {count} fields by hand; a dataclass or named tuple would"
            yield _slight(rule, count // 2, f"fields\0{site.symbol}", message, [site])


def _given_and_tested(rule: str, tree: Tree, sources: dict[Source, list[Tested]], index: Index) -> Iterator[Finding]:
    """Texts that one value is compared with and that functions give; what is given counts for one value only."""
    given: dict[str, list[Site]] = defaultdict(list)
    for path, facts in tree.facts:
        for function, text, line in facts["produced"]:
            given[text].append(Site(path, line, line, index.symbol(path, function), GIVEN))
    parts = [(source, part) for source in sources for part in connected(sources[source])]
    for source, part in sorted(parts, key=lambda pair: (-len(pair[1]), pair[0], sorted(pair[1]))):
        both = sorted({test.literal for test in part}.intersection(given))
        if len(both) > 1:
            sites = sorted({site for literal in both for site in given.pop(literal)})
            tests = [Site(t.path, t.line, t.end_line, index.symbol(t.path, t.function), "check") for t in sorted(part)]
            message = f"`{source.name}` is compared with {', '.join(both[:4])}, which {len(sites)} places give as texts"
            entity = f"given\0{source.owner}\0{source.name}\0{both[0]}"
            yield _slight(rule, (len(tests) + len(sites)) // 2, entity, message, [*tests, *sites])


def _slight(rule: str, cost: int, entity: str, message: str, sites: list[Site]) -> Finding:
    return Finding(finding_id(rule, entity), rule, cost, message, tuple(sites), gated=False)
