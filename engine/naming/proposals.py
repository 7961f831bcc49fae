"""Legal texts for each hole of a sketch, ranked."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence

from engine.naming.constant import class_names, constant_names, constant_value
from engine.naming.expression import expression_texts
from engine.naming.helper import helper_names
from engine.naming.legal import is_legal, repaired
from engine.naming.misfit import misfit
from engine.naming.outline import Outline
from engine.naming.parameter import parameter_names
from engine.naming.roles import Proposal
from engine.naming.words import snake
from engine.protocol import NAMES, Hole, HoleKind, Sketch

Ranked = list[tuple[float, str]]
"""Texts with how well they fit, best first."""

_MOST_WORDS = 5


def proposals(sketch: Sketch, *, limit: int) -> dict[str, Ranked]:
    """At most `limit` legal texts for each hole, by hole name, best first."""
    outline = Outline.of(sketch)
    return {hole.name: _ranked(outline, hole)[:limit] for hole in sketch.holes}


def _ranked(outline: Outline, hole: Hole) -> Ranked:
    if hole.choices:
        # Whoever closed the set has put it in order.
        return _falling(text for text in hole.choices if is_legal(hole, text))
    if hole.kind not in NAMES:
        return _falling(text for text in expression_texts(outline, hole) if is_legal(hole, text))
    written, words = _named(outline, hole)
    best: dict[str, float] = {}
    for score, phrase in words:
        text = written(phrase)
        best[text] = max(best.get(text, 0.0), score - _clumsiness(phrase))
    best = {text: score - misfit(outline, hole, text) for text, score in best.items()}
    ranked = [(best[text], text) for text in best if is_legal(hole, text)]
    return sorted(ranked, key=lambda entry: (-entry[0], entry[1])) + list(_numbered(hole, written, words=best))


def _named(outline: Outline, hole: Hole) -> tuple[Callable[[Sequence[str]], str], Iterable[Proposal]]:
    """How the hole's words are written, and the words."""
    value = constant_value(outline, hole)
    if value is not None:
        return (lambda words: repaired(hole, snake(words).upper())), constant_names(outline, hole, value)
    if any(isinstance(node, ast.ClassDef) for node in outline.mentions[hole.name]):
        return (lambda words: repaired(hole, "".join(map(str.capitalize, words)))), class_names(outline, hole)
    names = helper_names if _is_function(outline, hole) else parameter_names
    return (lambda words: repaired(hole, snake(words))), names(outline, hole)


def _is_function(outline: Outline, hole: Hole) -> bool:
    return hole.kind is HoleKind.HELPER_NAME or outline.definition(hole) is not None


def _clumsiness(words: Sequence[str]) -> float:
    """What a name loses for being long, for repeating itself, for saying next to nothing."""
    long = max(0, len(words) - 3) + (10 if len(words) > _MOST_WORDS else 0)
    letters = len("".join(words))
    short = 4.0 if letters < 2 else 1.0 if letters < 3 else 0.0
    return long + short + 2.0 * (len(words) - len(set(words)))


def _falling(texts: Iterable[str]) -> Ranked:
    return [(-0.5 * at, text) for at, text in enumerate(dict.fromkeys(texts))]


def _numbered(hole: Hole, written: Callable[[Sequence[str]], str], words: Iterable[str]) -> Iterator[tuple[float, str]]:
    """Names that are legal whatever is taken, so that a hole is never left without one."""
    for at in range(2, 10):
        text = written(["shared" if hole.kind is HoleKind.HELPER_NAME else "value", str(at)])
        if is_legal(hole, text) and text not in words:
            yield -float(at), text
