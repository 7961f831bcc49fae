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
GIVERS = vocabulary(
    "get fetch find compute calculate count build make create collect read load parse format iter choose determine "
    "select extract convert resolve lookup"
)
"""Verbs that promise a value."""
VERBS = vocabulary(
    "abort accept acquire activate add adjust allocate allow analyze append apply assemble assert assign attach "
    "begin bind build cache calculate call cancel change check choose clean clear clone close collapse collect "
    "combine compare compile compose compress compute configure confirm connect consume contain convert copy "
    "count create decode decorate decrypt define delete deliver deny describe destroy detach detect determine "
    "disable disconnect dispatch display divide do download draw drop dump emit enable encode encrypt end ensure "
    "enter escape evaluate execute exit expand expect export extend extract fail fetch fill filter finalize find "
    "finish fire fit fix flatten flush fold forget format forward freeze generate get give go group guard guess "
    "handle hash hide identify ignore import increment index infer init initialize inject insert inspect install "
    "instantiate interpolate invalidate invert invoke iter iterate join keep kill launch limit link list listen "
    "load locate lock log look make map mark match measure merge migrate mock modify monitor mount move multiply "
    "mutate negotiate normalize notify observe open order override pack pad paint parse partition pass patch peek "
    "perform persist pick pop populate post prepare prepend preprocess preserve print process produce prompt propagate "
    "provide prune publish pull purge push put query queue quote raise read rebuild receive reconnect record "
    "recover redirect reduce refresh register reject release reload remove rename render reorder repeat replace "
    "report request require reset resize resolve respond restore resume retrieve retry return reverse revert "
    "rewrite roll rotate round route run sample sanitize save scale scan schedule search select send serialize "
    "serve set setup shift show shuffle shutdown sign simplify skip sleep sort spawn split start stop store "
    "stream strip submit subscribe substitute subtract sum swap switch sync tag take tear terminate test throw "
    "toggle tokenize track train transfer transform translate traverse trim truncate try unescape unpack unquote "
    "unregister unwrap update upgrade upload use validate verify visit wait walk warn watch wrap write yield zip"
)


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
