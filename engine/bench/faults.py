"""Programs of which the faulty statement is known: mutants of given functions, and buggy programs beside right ones."""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.spot.edits import SORTS, SmallEdit, by_statement, small_edits
from engine.spot.functions import Function, functions_of

_FEWEST_STATEMENTS, _MOST_LINES = 3, 40


@dataclass(frozen=True)
class Faulty:
    """Functions of one program, and which of their statements, counted through, are at fault."""

    name: str
    sort: str
    functions: tuple[Function, ...]
    faults: frozenset[int]
    repair: SmallEdit | None = None
    """What gives a mutant its author's text back."""

    @property
    def statements(self) -> int:
        """Of all functions together."""
        return sum(len(function.statements) for function in self.functions)


def mutants(texts: Mapping[str, str], per_sort: int, seed: int) -> list[Faulty]:
    """At most `per_sort` functions for each sort of slip, each with one slip; the same for equal files and seed."""
    rng = random.Random(seed)
    functions = [(path, function) for path in sorted(texts) for function in _suitable(texts[path])]
    rng.shuffle(functions)
    counts, found = dict.fromkeys(SORTS, 0), []
    for path, function in functions:
        edits = list(by_statement(function, small_edits(function)))
        open_sorts = [sort for sort in SORTS if counts[sort] < per_sort and any(e.sort == sort for _, e in edits)]
        if not open_sorts:
            continue
        sort = min(open_sorts, key=lambda one: (counts[one], rng.random()))
        at, edit = rng.choice([(at, edit) for at, edit in edits if edit.sort == sort])
        mutant = _mutant(f"{path}:{function.symbol}", function, at, edit)
        if mutant is not None:
            counts[sort] += 1
            found.append(mutant)
    return found


def _mutant(name: str, function: Function, at: int, edit: SmallEdit) -> Faulty | None:
    try:
        after = functions_of(edit.applied(function.text))
    except SyntaxError:
        return None
    if len(after) != 1 or len(after[0].statements) != len(function.statements):
        return None
    own = function.text[edit.start : edit.end]
    repair = SmallEdit(edit.sort, edit.start, edit.start + len(edit.text), own)
    return Faulty(name, edit.sort, tuple(after), frozenset({at}), repair)


def _suitable(text: str) -> Iterator[Function]:
    try:
        functions = functions_of(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for function in functions:
        if len(function.statements) >= _FEWEST_STATEMENTS and len(function.rows) <= _MOST_LINES:
            try:
                ast.parse(function.text)
            except SyntaxError:
                continue
            yield function


def pairs(folder: Path) -> list[Faulty]:
    """Every `NAME_buggy.py` of a folder that has its `NAME_correct.py`, in the order of their names.

    Where only something is missing, the statements on both sides of the gap are at fault.
    """
    found = []
    for buggy in sorted(folder.glob("*_buggy.py"), key=lambda path: (len(path.name), path.name)):
        name = buggy.name.removesuffix("_buggy.py")
        functions = functions_of(buggy.read_text(encoding="utf-8"))
        right = functions_of((folder / f"{name}_correct.py").read_text(encoding="utf-8"))
        faults = _differing(_said(functions), _said(right))
        found.append(Faulty(name, "pair", tuple(functions), faults))
    return found


def _said(functions: Sequence[Function]) -> list[str]:
    """Each statement with its depth, formatting aside."""
    return [
        f"{len(line) - len(line.lstrip())} {''.join(function.text[one.start : one.end].split())}"
        for function in functions
        for one in function.statements
        for line in [function.text[function.text.rfind(chr(10), 0, one.start) + 1 : one.end]]
    ]


def _differing(buggy: Sequence[str], right: Sequence[str]) -> frozenset[int]:
    found: set[int] = set()
    for tag, start, end, _, _ in difflib.SequenceMatcher(None, buggy, right, autojunk=False).get_opcodes():
        if tag == "insert":
            found |= {at for at in (start - 1, start) if 0 <= at < len(buggy)}
        elif tag != "equal":
            found |= set(range(start, end))
    return frozenset(found)
