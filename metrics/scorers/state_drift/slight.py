"""Smaller signs of state that is kept twice, measured only: each costs little, and none fails a check."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeGuard

from metrics.outline import Scope
from metrics.scorers.state_drift.mining import Block, Drift, Function, Group

_BY_NAME = frozenset({"getattr", "hasattr", "delattr", "attrgetter"})
_LEAST_COPIED = 3
_PRIVATE_COST, _PUBLIC_COST = 2, 1
_MISS_COST = 2


@dataclass(frozen=True)
class Slight:
    """A small cost: what it is about, where, and why it counts."""

    kind: str
    group: Group
    fields: tuple[str, ...]
    cost: int
    blocks: tuple[Block, ...]
    missing: tuple[Block, ...] = ()


def read_names(scopes: Iterable[Scope]) -> list[str]:
    """Names of attributes that the file reads, of whatever object, or mentions by name."""
    found: set[str] = set()
    for scope in scopes:
        nodes = scope.nodes
        found.update(node.attr for node in nodes.get(ast.Attribute, ()) if node.ctx.__class__ is ast.Load)
        for call in nodes.get(ast.Call, ()):
            called = call.func
            name = called.id if called.__class__ is ast.Name else getattr(called, "attr", "")
            if name in _BY_NAME:
                found.update(str(text.value) for text in call.args if _is_text(text))
    return sorted(found)


def property_names(scopes: Iterable[Scope]) -> list[str]:
    """Names of decorated methods: what is assigned to a property is not stored under its name."""
    functions = (s.node for s in scopes if s.owner and isinstance(s.node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return sorted({function.name for function in functions if function.decorator_list})


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def unread(
    group: Group, blocks: Sequence[Block], read: Collection[str], properties: Collection[str], is_open: bool
) -> Iterator[Slight]:
    """Attributes that are stored and never read. Code outside the tree may read public ones where a base is foreign."""
    for name in sorted({name for block in blocks for name in block.fields} - set(properties)):
        is_private = name.startswith("_")
        if name in read or (name.startswith("__") and name.endswith("__")) or (is_open and not is_private):
            continue
        places = tuple(block for block in blocks if name in block.fields)
        yield Slight("unread", group, (name,), _PRIVATE_COST if is_private else _PUBLIC_COST, places)


def pairs(group: Group, blocks: Sequence[Block], known: Sequence[Drift]) -> Iterator[Slight]:
    """Fields that two functions or more write together, too seldom to be sure."""
    taken = {pair for drift in known for pair in combinations(sorted(drift.fields), 2)}
    counts = Counter(name for block in blocks for name in block.fields)
    frequent = {name for name, count in counts.items() if count > 1}
    having: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for block in blocks:
        if not block.function.is_initial:
            for pair in combinations(sorted(frequent.intersection(block.fields)), 2):
                having[pair].append(block)
    found: dict[tuple[Block, ...], set[str]] = defaultdict(set)
    for pair, where in having.items():
        apart = [block for block in where if block.writes_apart(frozenset(pair))]
        if len({block.function for block in apart}) > 1 and pair not in taken:
            found[tuple(apart)].update(pair)
    for together, fields in found.items():
        if len({b.function.name for b in together}) > 1 or len({b.function.owner for b in together}) == 1:
            yield Slight("pair", group, tuple(sorted(fields)), len(together) - 1, together)


def mirrored(group: Group, blocks: Sequence[Block]) -> Iterator[Slight]:
    """Containers whose contents change together in two functions or more, and the functions that change only one."""
    having: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for block in blocks:
        if not block.function.is_initial:
            for pair in combinations(sorted(block.fields), 2):
                having[pair].append(block)
    written: dict[Function, set[str]] = defaultdict(set)
    for block in blocks:
        written[block.function].update(block.fields)
    for pair, together in sorted(having.items()):
        functions = {block.function for block in together}
        if len(functions) < 2:
            continue
        partial = {f for f, names in written.items() if not f.is_initial and len(names.intersection(pair)) == 1}
        if len(partial) > len(functions):
            continue
        first = {b.function: b for b in reversed(blocks) if b.function in partial and b.fields.keys() & set(pair)}
        missing = tuple(sorted(first.values(), key=lambda block: block.function.order))
        yield Slight("mirrored", group, pair, len(together) - 1 + _MISS_COST * len(missing), tuple(together), missing)


def copied(group: Group, blocks: Sequence[Block]) -> Iterator[Slight]:
    """Blocks that copy three fields or more from one object to another, each under the name that it has there."""
    for block in blocks:
        if len(block.fields) >= _LEAST_COPIED:
            yield Slight("copied", group, tuple(sorted(block.fields)), len(block.fields) // 2, (block,))
