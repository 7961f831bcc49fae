"""Code that is there more than once: runs of statements, whole functions, and functions that differ in a few places.

Counted are pairs of neighbouring statements that occur again, with literals and attribute names left open and local
names under one renaming, or with the arguments of calls left open. Each copy after the first costs its nodes: an exact
repeat about as many as it has, one that differs in arguments about half. Repeats of plain assignments cost a quarter,
and so does a synchronous function beside its asynchronous twin. Statements that do nothing are left out. What costs is
divided into findings:

* *clones*: runs inside functions, whole functions, and near misses that one function could replace, where that saves
  at least 12 nodes after paying for the definition, its parameters and the calls. Their cost is that of the repeats
  inside them. They fail a check.
* *small repeats*: the rest, for each set of functions that shares some. Measured only, so that removing one shows.

## Why it matters
A change to one copy is owed to all, and nothing says where they are.

## Known limits
Repeats inside of one statement, statements in another order, and code outside of functions are not seen. A copy that is
cut into pieces costs somewhat less, as the seams between the pieces are no repeats.

## References
I. Baxter et al., Clone Detection Using Abstract Syntax Trees, 1998; P. Bulychev and M. Minea, Duplicate Code Detection
Using Anti-Unification, 2008.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.scorers.duplication.candidates import Reach, matches, matches_near
from metrics.scorers.duplication.charging import FunctionKey, Shared, charges, nodes
from metrics.scorers.duplication.clones import Clone, Place
from metrics.scorers.duplication.file import File
from metrics.scorers.duplication.reading import facts_of

_RULE = "duplication"
_APART = 2
"""Rows of small repeats that lie no further apart are shown as one site."""


class Duplication:
    """Repeated pairs measure, clones name what to extract."""

    rule = reading = _RULE
    gated = True
    version = 4

    def facts(self, module: Module) -> tuple[Any, ...]:
        """Functions, rows, and the keys that they are matched by."""
        return facts_of(module.tree)

    def score(self, index: Index) -> Score:
        """One finding for each clone, and for each set of functions that shares more."""
        reach = None if index.near is None else Reach(index, self.rule)
        if reach is None:
            files = [File(path, facts) for path, facts in index.facts(self.rule)]
            choice, repeats = matches(files)
        else:
            choice, repeats = matches_near(reach)
            files = reach.files
        charged = charges(files, repeats, choice)
        by_path = {file.path: file for file in files}
        clones = [(charged.clones.get(n, 0), clone) for n, clone in enumerate(choice.clones)]
        shared = charged.shared
        if reach is not None:
            near = reach.near
            clones = [one for one in clones if any(place.unit in near for place in one[1].places)]
            shared = {
                keys: one for keys, one in shared.items() if any(by_path[path].unit(n) in near for path, n in keys)
            }
        found = [
            *(_clone_finding(index, clone, charge) for charge, clone in clones),
            *(_shared_finding(index, by_path, one) for one in shared.values()),
        ]
        return Score.of(self.rule, _named(found))


def _clone_finding(index: Index, clone: Clone, charge: int) -> Finding:
    places = sorted(clone.places, key=lambda place: (place.file.path, place.line, place.end_line))
    sites = tuple(_site(index, place) for place in places)
    shape = places[0].shapes if clone.kind == "fragment" else ()
    return Finding(
        id=_id(clone.kind, (site.symbol for site in sites), shape),
        rule=_RULE,
        cost=nodes(charge),
        message=_message(clone),
        sites=sites,
        evidence={
            "kind": clone.kind,
            "saving": clone.saving,
            "mass": clone.mass,
            "sites": [_evidence(place) for place in places],
            "holes": clone.holes,
            "inputs": clone.inputs,
            "outputs": clone.outputs,
            "gaps": clone.gaps,
        },
    )


def _site(index: Index, place: Place) -> Site:
    return Site(place.file.path, place.line, place.end_line, index.symbol(place.file.path, place.owner.qualname))


def _evidence(place: Place) -> dict[str, Any]:
    return {
        "path": place.file.path,
        "function": place.owner.qualname,
        "line": place.line,
        "end_line": place.end_line,
        "block": list(place.path),
        "first": place.first,
        "count": place.count,
    }


def _message(clone: Clone) -> str:
    copies, rows = len(clone.places), len(clone.places[0].shapes)
    if clone.kind == "fragment":
        what = f"{copies} copies of {_plural(rows, 'statement')}"
    elif clone.kind == "functions":
        what = f"{copies} equal functions of {_plural(rows, 'statement')}"
    else:
        what = f"{copies} functions alike but for {_plural(clone.gaps, 'place')}"
    remedy = f"; {_plural(clone.holes, 'parameter')} would unify them" if clone.holes else ""
    return f"{what}{remedy}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _shared_finding(index: Index, files: dict[str, File], shared: Shared) -> Finding:
    sites = tuple(
        sorted(chain.from_iterable(_shared_sites(index, files, key, rows) for key, rows in shared.rows.items()))
    )
    functions, rows = len(shared.rows), max(len(rows) for rows in shared.rows.values())
    within = "inside one function" if functions == 1 else f"in {functions} functions"
    return Finding(
        id=_id("repeats", sorted({site.symbol for site in sites}), ()),
        rule=_RULE,
        cost=nodes(shared.charge),
        message=f"{_plural(rows, 'statement')} repeated {within}",
        sites=sites,
        gated=False,
        evidence={"kind": "repeats"},
    )


def _shared_sites(index: Index, files: dict[str, File], key: FunctionKey, rows: Iterable[int]) -> Iterator[Site]:
    file = files[key[0]]
    symbol = index.symbol(file.path, file.functions[key[1]].qualname)
    for run in _runs(sorted(rows)):
        yield Site(file.path, file.row_lines[run[0]], max(file.row_ends[row] for row in run), symbol)


def _runs(rows: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for row in rows:
        if runs and row - runs[-1][-1] <= _APART:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _id(kind: str, symbols: Iterable[str], shape: Sequence[int]) -> str:
    return finding_id(_RULE, repr((kind, sorted(symbols), shape)))


def _named(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, with ids that tell apart what is alike in all that an id is made of."""
    seen: Counter[str] = Counter()
    for finding in sorted(findings, key=lambda finding: (finding.id, -finding.cost, finding.sites)):
        seen[finding.id] += 1
        again = seen[finding.id]
        yield finding if again == 1 else replace(finding, id=f"{finding.id}-{again}")
