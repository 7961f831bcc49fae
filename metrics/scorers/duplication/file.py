"""What duplication keeps of one file: functions, rows, statement runs, and the keys by which they are matched."""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
"""Fields and indices that lead from a function's node to one of its lists of statements."""

Unit = tuple[str, int]
"""A file's path, and the number of a function in it that is in no other: rows overlap within one unit only."""


class Statement(NamedTuple):
    """One statement of a block, whatever it holds included; leaves and rows are ranges of the file's."""

    shape: int
    mass: int
    first_leaf: int
    last_leaf: int
    first_row: int
    last_row: int
    line: int
    end_line: int
    position: int
    simple: bool
    exits: int
    """Returns, and the breaks and continues of loops outside."""
    returns: bool
    """Whether it is itself a return."""


class Function(NamedTuple):
    """One function; `path` leads to it from the module."""

    qualname: str
    asynchronous: bool
    overload: bool
    parameters: int
    shape: int
    mass: int
    first_leaf: int
    last_leaf: int
    first_row: int
    last_row: int
    line: int
    end_line: int


class Block(NamedTuple):
    """A list of statements in a function. None breaks a run."""

    function: int
    path: Path
    statements: tuple[Statement | None, ...]


class Pair(NamedTuple):
    """A few neighbouring rows and their mass; a `weak` one is repetitive by nature."""

    row: int
    length: int
    mass: int
    weak: bool


class File:
    """A reader of the facts, which stay plain tuples; parts that few files need are unpacked when asked for."""

    def __init__(self, path: str, facts: tuple[Any, ...]) -> None:
        self.path = path
        self.row_lines: tuple[int, ...]
        self.row_masses: tuple[int, ...]
        self.row_shapes: tuple[int, ...]
        self.row_functions: tuple[int, ...]
        self.row_lines, self.row_ends, self.row_masses, self.row_shapes, self.row_functions = facts[0]
        self.plain_functions: tuple[tuple[Any, ...], ...] = facts[1]
        self.pair_keys: tuple[int, ...] = facts[2]
        self._pairs = facts[3]
        self.seed_keys: tuple[int, ...] = facts[4]
        self.seeds: tuple[tuple[int, int], ...] = facts[5]
        """Block and first statement of each seed."""
        self._blocks = facts[6]
        self.shingles: tuple[tuple[int, ...], ...] = facts[7]
        """Keys of neighbouring rows, by function."""
        self._packed: bytes = facts[8]
        self.whole_lines: tuple[tuple[int, tuple[Any, ...]], ...] = facts[9]
        """Short functions as one pair each, with their keys."""
        self.lacking_lines: tuple[tuple[int, tuple[Any, ...]], ...] = facts[10]
        """The same, without one of their rows."""
        self._opened: dict[int, Block] = {}
        self._last_reads: dict[int, dict[str, int]] = {}

    @cached_property
    def functions(self) -> list[Function]:
        """All functions, outer ones before those inside of them."""
        return [Function(*function) for function in self.plain_functions]

    def unit(self, function: int) -> Unit:
        """The outermost function around a function, or itself."""
        return self.path, self._outermost[function]

    @cached_property
    def _outermost(self) -> list[int]:
        outermost: list[int] = []
        for number, function in enumerate(self.functions):
            last = outermost[-1] if outermost else number
            is_inside = last != number and function.first_row < self.functions[last].last_row
            outermost.append(last if is_inside else number)
        return outermost

    def keys(self, outermost: int) -> Sequence[int]:
        """What is found by: whatever is like an outermost function, or like a part of it."""
        return self._keys[outermost]

    @cached_property
    def _keys(self) -> Mapping[int, list[int]]:
        around, found = self._outermost, defaultdict[int, list[int]](list)
        for number, outermost in enumerate(around):
            found[outermost] += _function_keys(self.plain_functions[number], self.shingles[number])
        for key, (block, _) in zip(self.seed_keys, self.seeds, strict=True):
            found[around[self._blocks[block][0]]].append(key)
        for key, pair in chain(zip(self.pair_keys, self._pairs, strict=True), self.whole_lines, self.lacking_lines):
            found[around[self.row_functions[pair[0]]]].append(key)
        return found

    def pair(self, number: int) -> Pair:
        """The pair that the key of this number stands for."""
        return Pair(*self._pairs[number])

    def block(self, number: int) -> Block:
        """One of the blocks that seeds lie in."""
        block = self._opened.get(number)
        if block is None:
            function, path, statements = self._blocks[number]
            block = Block(function, path, tuple(s and Statement(*s) for s in statements))
            self._opened[number] = block
        return block

    @cached_property
    def _detail(self) -> tuple[tuple[str, ...], tuple[frozenset[str], ...], tuple[tuple[int, int], ...]]:
        leaves, bound, rows = marshal.loads(self._packed)
        return leaves, bound, rows

    @property
    def leaves(self) -> tuple[str, ...]:
        """Names, attributes and literals of the whole file, in the order in which they are evaluated."""
        return self._detail[0]

    def bound(self, function: int) -> frozenset[str]:
        """Parameters and stored names of a function."""
        return self._detail[1][function]

    def last_reads(self, function: int) -> dict[str, int]:
        """The names that a function reads, each with the number of the last leaf that does."""
        if function not in self._last_reads:
            first, last = self.functions[function].first_leaf, self.functions[function].last_leaf
            reads = {leaf: first + n for n, leaf in enumerate(self.leaves[first:last]) if leaf[0] not in "!=.~"}
            self._last_reads[function] = reads
        return self._last_reads[function]

    def row_leaves(self, row: int) -> tuple[str, ...]:
        """The leaves of one header."""
        first, last = self._detail[2][row]
        return self.leaves[first:last]


def keys_of(facts: tuple[Any, ...]) -> Iterator[int]:
    """All that `File.keys` gives of the functions of a file."""
    for function, shingles in zip(facts[1], facts[7], strict=True):
        yield from _function_keys(function, shingles)
    yield from chain(facts[2], facts[4], (key for key, _ in chain(facts[9], facts[10])))


def _function_keys(function: tuple[Any, ...], shingles: tuple[int, ...]) -> Iterator[int]:
    shape, first_row, last_row = function[4], function[8], function[9]
    if last_row - first_row > 1:
        yield shape
    yield from shingles
