"""Fills from a model that continues a prefix towards a suffix: one hole after the other, all candidates at once.

What the model writes behind a hole is cut off: a name ends where it ends; of a line, the longest expression is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from engine.enumerate import combinations, combined
from engine.naming.legal import is_expression, is_legal, repaired
from engine.naming.proposals import Ranked
from engine.protocol import NAMES, Fill, Hole, HoleKind, Sketch, readable

Complete = Callable[[str, str, int, int, int], Sequence[str]]
"""Prefix, suffix, how many completions, the most tokens of each, and a seed: completions, likeliest first."""

_BOUNDARY = re.compile(r"(?<=\w)(?!\w)|(?<=\W)")
"""Where a text may end without parting a word."""
_NAME = re.compile(r"\s*([^\W\d]\w*)")
_TOKENS = {HoleKind.LINE: 64, HoleKind.LINES: 160, HoleKind.REVISION: 64}
_TOKENS_OF_NAME, _TOKENS_OF_EXPRESSION = 12, 48
_SPARE = 2
"""Completions asked for beyond what is wanted, as some are no legal texts or the same."""
_FEWEST = 8
"""Candidates that are prepared however few are wanted: two holes that want one name need others to choose from."""
_LONGEST = 24_000
"""Characters of context on each side."""


def fills(sketch: Sketch, complete: Complete, *, engine: str, candidates: int, seed: int) -> Iterator[Fill]:
    """Yield at most `candidates` distinct legal fills."""
    if candidates < 1:
        return
    ranked: dict[str, Ranked] = {}
    for at, hole in enumerate(sketch.holes):
        ranked[hole.name] = _ranked(sketch, hole, complete, ranked, max(candidates, _FEWEST) + _SPARE, seed + at)
    for texts in islice(combined(sketch, ranked), candidates):
        yield Fill(texts, 0.0, engine, seed)


def _ranked(sketch: Sketch, hole: Hole, complete: Complete, known: dict[str, Ranked], number: int, seed: int) -> Ranked:
    if hole.choices:
        return [(-float(at), text) for at, text in enumerate(hole.choices) if text not in hole.taken]
    done = [other for other in sketch.holes if known.get(other.name)]
    prefix, suffix = around(sketch, hole, next(combinations(done, known), {}))
    tokens = _TOKENS_OF_NAME if hole.kind in NAMES else _TOKENS.get(hole.kind, _TOKENS_OF_EXPRESSION)
    written = complete(prefix[-_LONGEST:] + hole.prefix, suffix[:_LONGEST], number, tokens, seed)
    texts = (repaired(hole, _cut(hole, text)) for text in written)
    return [(-float(at), text) for at, text in enumerate(dict.fromkeys(texts)) if is_legal(hole, text)]


def around(sketch: Sketch, hole: Hole, known: dict[str, str]) -> tuple[str, str]:
    """The text before and after the first place of a hole; other holes hold what is known of them, or their names."""
    path = next(edit.path for edit in sketch.edits if hole in edit.parts)
    parts = list(sketch.parts(path))
    at = parts.index(hole)
    said = [part if isinstance(part, str) else known.get(part.name) or _stand_in(part) for part in parts]
    return readable("".join(said[:at])), readable("".join(said[at + 1 :]))


def _stand_in(hole: Hole) -> str:
    return hole.choices[0] if hole.choices else hole.prefix + re.sub(r"\W", "_", hole.name)


def _cut(hole: Hole, text: str) -> str:
    if hole.kind in NAMES:
        mark = _NAME.match(hole.prefix + text)
        return mark[1] if mark else ""
    if hole.kind in (HoleKind.LINES, HoleKind.REVISION):
        return text.rstrip()
    line = text.strip().split("\n")[0].rstrip()
    return line if hole.kind is HoleKind.LINE else _longest_expression(line)


def _longest_expression(line: str) -> str:
    ends = (mark.start() for mark in reversed([*_BOUNDARY.finditer(line)]))
    return next((text for end in ends if is_expression(text := line[:end].strip())), "")
