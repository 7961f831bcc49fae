"""Which functions a change touches, on either side: only what has a site in them has a part in its charge."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from metrics.difference import Lines
from metrics.index import Index
from metrics.rows import functions_of
from metrics.source import SourceTree

_ENDLESS = 1 << 30
Touched = Mapping[str, Collection[str]]
"""The names of functions by module; nothing stands for what is in no function."""


def touched_functions(tree: SourceTree, own: Mapping[str, Lines]) -> dict[str, set[str]]:
    """The functions that hold lines that only this side of a change has."""
    found: dict[str, set[str]] = defaultdict(set)
    index = Index({}, tree)
    for path, lines in own.items():
        numbers = sorted(lines.own)
        for name, (first, last) in _stretches(tree, path) if numbers else ():
            if bisect_left(numbers, first) < bisect_right(numbers, last):
                found[index.module(path)].add(name)
    return found


def symbols(named: Iterable[str]) -> dict[str, set[str]]:
    """The outermost functions that symbols stand for."""
    found: dict[str, set[str]] = defaultdict(set)
    for symbol in named:
        module, _, name = symbol.partition(":")
        # A function that is not the first of its name in a file may have a number.
        found[module].add(name.partition(".<locals>")[0].partition("#")[0])
    return found


def stretches(tree: SourceTree, *touched: Touched) -> dict[str, list[tuple[int, int]]]:
    """Where the functions of these names stand, by path; and what is in no function, where that is touched."""
    index = Index({}, tree)
    modules = {module for some in touched for module in some}
    found: dict[str, list[tuple[int, int]]] = {}
    for path in index.paths(modules):
        names = {name for some in touched for name in some.get(index.module(path), ())}
        if lines := [lines for name, lines in _stretches(tree, path) if name in names]:
            found[path] = lines
    return found


def _stretches(tree: SourceTree, path: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """The functions of a file, and what lies between them."""
    text = tree.read([path])[path]
    end = 0
    for name, first, last in functions_of(text):
        if first > end + 1:
            yield "", (end + 1, first - 1)
        yield name, (first, last)
        end = last
    yield "", (end + 1, _ENDLESS)
