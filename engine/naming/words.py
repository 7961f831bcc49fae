"""Identifiers as words: split, join, what several have in common, singular and plural."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce


def vocabulary(words: str) -> frozenset[str]:
    """The words of a line of text as a set."""
    return frozenset(words.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Their last letters look like a plural's, but they are one thing.
_SINGULAR = vocabulary(
    "address alias axis basis bus canvas class status focus gas has is process progress access success this news "
    "settings series species args kwargs params opts always bias os js css https pass radius less was does"
)
_UNCOUNTED = vocabulary("args kwargs params opts settings series species news data metadata info content text")
_IRREGULAR = {"children": "child", "indices": "index", "people": "person", "matrices": "matrix", "vertices": "vertex"}
_IRREGULAR_PLURAL = {word: plural for plural, word in _IRREGULAR.items()}


def split(identifier: str) -> list[str]:
    """The lower-case words of a snake_case, CamelCase or UPPER_CASE identifier."""
    return [word.lower() for word in _WORD.findall(identifier)]


def snake(words: Sequence[str]) -> str:
    """Join words as a function or variable is written; a leading digit is dropped because no name begins so."""
    kept = [word for at, word in enumerate(words) if word and (at == 0 or word != words[at - 1])]
    while kept and kept[0][0].isdigit():
        kept = kept[1:]
    return "_".join(kept)


def common(names: Iterable[str]) -> list[str]:
    """The longest sequence of words that all names have in this order, not necessarily next to each other."""
    sequences = [split(name) for name in names]
    return reduce(_shared, sequences) if sequences else []


def _shared(a: list[str], b: list[str]) -> list[str]:
    best: list[list[list[str]]] = [[[] for _ in range(len(b) + 1)] for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            best[i + 1][j + 1] = [*best[i][j], x] if x == y else max(best[i][j + 1], best[i + 1][j], key=len)
    return best[-1][-1]


def singular(word: str) -> str:
    """One of what `word` names several of; the word itself when it is not a plural."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SINGULAR or not word.endswith("s") or word.endswith("ss") or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """Several of what `word` names one of; a plural stays as it is."""
    if word in _IRREGULAR_PLURAL:
        return _IRREGULAR_PLURAL[word]
    if singular(word) != word or word in _UNCOUNTED:
        return word
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"
