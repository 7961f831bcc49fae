"""Findings of the rule: what is said of a set of fields, and the structured account that a sketch can build on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from metrics.index import Index
from metrics.scorer import Finding, Site, finding_id
from metrics.scorers.state_drift.flags import LocalFacts
from metrics.scorers.state_drift.mining import Drift
from metrics.scorers.state_drift.slight import Slight
from metrics.scorers.state_drift.transactions import Block
from metrics.scorers.state_drift.wording import message, slight_message
from metrics.scorers.state_drift.writes import LOCAL

TOGETHER, MISSING = "together", "missing"


def drift_finding(rule: str, drift: Drift, index: Index) -> Finding:
    """Fields that move together."""
    fields = sorted(drift.fields)
    together = sorted(drift.together, key=lambda block: (block.function.order, block.lines(drift.fields)))
    missing = sorted(drift.missing, key=lambda block: block.function.order)
    names = [block.function.name for block in missing]
    return Finding(
        id=finding_id(rule, repr((drift.group, fields))),
        rule=rule,
        cost=drift.cost,
        message=message(drift.group, fields, len(together), drift.functions, names),
        sites=(
            *(_site(block, drift.fields, TOGETHER, index) for block in together),
            *(_site(block, drift.fields, MISSING, index) for block in missing),
        ),
        evidence={
            "kind": drift.group[0],
            "of": drift.group[1],
            "fields": fields,
            TOGETHER: [_place(block, drift.fields) for block in together],
            MISSING: [_place(block, drift.fields) for block in missing],
        },
    )


def local_finding(rule: str, path: str, drift: LocalFacts, index: Index) -> Finding:
    """Locals of one function that move together."""
    qualname, fields, together, missing, cost = drift
    symbol = index.symbol(path, qualname)
    return Finding(
        id=finding_id(rule, repr((LOCAL, symbol, fields))),
        rule=rule,
        cost=cost,
        message=message((LOCAL, symbol), fields, len(together), 1, [f"line {line}" for line, _ in missing]),
        sites=(
            *(Site(path, *lines, symbol, TOGETHER) for lines in together),
            *(Site(path, *lines, symbol, MISSING) for lines in missing),
        ),
        evidence={
            "kind": LOCAL,
            "of": symbol,
            "fields": fields,
            TOGETHER: [list(lines) for lines in together],
            MISSING: [list(lines) for lines in missing],
        },
    )


def slight_finding(rule: str, slight: Slight, counted: defaultdict[str, int], index: Index) -> Finding:
    """A small cost that never fails a check; `counted` tells findings about the same names apart."""
    fields = frozenset(slight.fields)
    together = sorted(
        slight.blocks, key=lambda block: (block.function.order, block.lines(fields & block.fields.keys()))
    )
    missing = sorted(slight.missing, key=lambda block: block.function.order)
    entity = repr((slight.kind, slight.group, slight.fields))
    counted[entity] += 1
    return Finding(
        id=finding_id(rule, repr((entity, counted[entity]))),
        rule=rule,
        cost=slight.cost,
        message=slight_message(slight),
        sites=(
            *(_site(block, fields, TOGETHER, index) for block in together),
            *(_site(block, fields, MISSING, index) for block in missing),
        ),
        gated=False,
    )


def _site(block: Block, fields: frozenset[str], role: str, index: Index) -> Site:
    path = block.function.path
    symbol = index.symbol(path, block.function.qualname)
    return Site(path, *block.lines(fields & block.fields.keys()), symbol, role)


def _place(block: Block, fields: frozenset[str]) -> dict[str, Any]:
    function = block.function
    written = fields & block.fields.keys()
    return {
        "path": function.path,
        "function": function.qualname,
        "class": function.owner,
        "receiver": block.receiver,
        "lines": {name: list(block.fields[name][5:7]) for name in sorted(written)},
        "constant": block.is_constant(written),
    }
