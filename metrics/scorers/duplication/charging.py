"""Divide what repeated pairs cost among the clones that hold them and the sets of functions that share the rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from metrics.scorers.duplication.choice import Choice
from metrics.scorers.duplication.clones import TWIN_SHARE
from metrics.scorers.duplication.file import File, Function, Pair
from metrics.scorers.duplication.pairs import UNIT, Repeat
from metrics.scorers.duplication.twins import twin_count

FunctionKey = tuple[str, int]
"""A file's path, and the number of a function in it."""


@dataclass
class Shared:
    """What a set of functions shares beside clones: its charge, and the rows by function."""

    charge: int = 0
    rows: dict[FunctionKey, set[int]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Charges:
    """Charges by clone, and by set of functions, in `UNIT`s."""

    clones: dict[int, int]
    shared: dict[tuple[FunctionKey, ...], Shared]


def nodes(charge: int) -> int:
    """A charge in whole nodes; whatever is charged costs one."""
    return max(1, (2 * charge + UNIT) // (2 * UNIT))


def charges(files: Sequence[File], repeats: Iterable[Repeat], choice: Choice) -> Charges:
    """Charge each repeat once: to a clone the copies that extracting it would remove, the rest to its functions."""
    by_path = {file.path: file for file in files}
    clones: Counter[int] = Counter()
    shared: dict[tuple[FunctionKey, ...], Shared] = {}
    groups: dict[FunctionKey, list[dict[FunctionKey, set[int]]]] = defaultdict(list)
    for repeat in repeats:
        left = _charge_clones(repeat, choice, clones)
        by_function: dict[FunctionKey, set[int]] = defaultdict(set)
        for file, pair in repeat.places:
            by_function[_key(file, pair)].update(range(pair.row, pair.row + pair.length))
        for key in by_function:
            groups[key].append(by_function)
        charge = _charge(repeat.charge, [_function(by_path, key) for key in left])
        if charge:
            shared.setdefault(tuple(sorted(by_function)), Shared()).charge += charge
    for keys, one in shared.items():
        _show(keys, one, groups)
    return Charges(dict(clones), shared)


def _charge_clones(repeat: Repeat, choice: Choice, charged: Counter[int]) -> list[FunctionKey]:
    """Charge the copies that extraction would remove; the functions of those that stay are the answer."""
    inside: dict[int, dict[FunctionKey, list[Function]]] = defaultdict(lambda: defaultdict(list))
    left: list[FunctionKey] = []
    for file, pair in repeat.places:
        number, key = choice.clone_at(file, pair), _key(file, pair)
        if number < 0:
            left.append(key)
        else:
            inside[number][key].append(file.functions[key[1]])
    for number, places in inside.items():
        # One copy stays: that of the place which holds the pair most often.
        kept = min(places, key=lambda key: (-len(places[key]), key))
        removed = [function for key, some in places.items() if key != kept for function in some]
        left.extend([kept] * len(places[kept]))
        if removed:
            charged[number] += _charge(repeat.charge, [places[kept][0], *removed])
    return left


def _charge(charge: int, functions: Sequence[Function]) -> int:
    """One charge for each copy after the first, less for the second of two twins."""
    return charge * (len(functions) - 1) - twin_count(functions) * (charge - charge // TWIN_SHARE)


def _key(file: File, pair: Pair) -> FunctionKey:
    return file.path, file.row_functions[pair.row]


def _function(files: dict[str, File], key: FunctionKey) -> Function:
    return files[key[0]].functions[key[1]]


def _show(
    keys: tuple[FunctionKey, ...], shared: Shared, groups: dict[FunctionKey, list[dict[FunctionKey, set[int]]]]
) -> None:
    """Show all rows that these functions have in common, those that others share too included."""
    least = min(keys, key=lambda key: (len(groups[key]), key))
    for group in groups[least]:
        if (len(keys) > 1 or len(group) == 1) and all(key in group for key in keys):
            for key in keys:
                shared.rows[key] |= group[key]
