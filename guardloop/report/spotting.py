"""What `spot` prints: statements in the order in which to look at them, with the edit that the model would make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.spot.ranking import Odds, Suspect
from guardloop import __version__
from guardloop.report.colour import Paint
from guardloop.report.escaping import printable
from guardloop.report.plain_json import dumped
from metrics.source import Unparsed

_LONGEST = 80


@dataclass(frozen=True)
class Spot:
    """A suspect statement and its file, relative to the root."""

    path: str
    suspect: Suspect


@dataclass(frozen=True)
class Spotted:
    """Everything that was read, the most suspect first, and what it took."""

    root: Path
    engine: str
    seed: int
    functions: int
    tokens: int
    seconds: float
    spots: Sequence[Spot]
    unparsed: Sequence[Unparsed]

    @property
    def tokens_per_second(self) -> int:
        """Tokens that the model read, prompts and canvases alike, loading it aside."""
        return round(self.tokens / self.seconds) if self.seconds > 0 else 0


def as_json(spotted: Spotted, limit: int) -> str:
    """The document of schema 1; `statements` counts all that were ranked, `spots` are the first of them."""
    return dumped(
        {
            "schema": 1,
            "version": __version__,
            "root": str(spotted.root),
            "engine": spotted.engine,
            "seed": spotted.seed,
            "gated": False,
            "functions": spotted.functions,
            "statements": len(spotted.spots),
            "tokens": spotted.tokens,
            "seconds": round(spotted.seconds, 3),
            "tokens_per_second": spotted.tokens_per_second,
            "spots": [_document(spot) for spot in spotted.spots[:limit]],
            "unparsed": [{"path": one.path, "line": one.line, "message": one.message} for one in spotted.unparsed],
        }
    )


def _document(spot: Spot) -> dict[str, Any]:
    suspect, odds = spot.suspect, spot.suspect.odds
    return {
        "path": spot.path,
        "line": suspect.line,
        "end_line": suspect.end_line,
        "symbol": suspect.symbol,
        "text": suspect.text,
        "score": round(suspect.score, 3),
        "edit": {
            "sort": suspect.edit.sort,
            "line": suspect.edit_line,
            "replace": suspect.replaced,
            "by": suspect.edit.text,
            "nats_given_left": round(odds.left, 3),
            "nats_given_both_sides": None if odds.both is None else round(odds.both, 3),
        },
    }


def as_text(spotted: Spotted, limit: int, paint: Paint | None = None) -> str:
    """The first statements, what could not be read, and how much was."""
    return "\n".join(_lines(spotted, limit, paint or Paint()))


def _lines(spotted: Spotted, limit: int, paint: Paint) -> Iterator[str]:
    for spot in spotted.spots[:limit]:
        suspect = spot.suspect
        place = f"{printable(spot.path)}:{suspect.line}"
        yield f"{paint.strong(f'{suspect.score:6.2f}')}  {place}  {paint.quiet(printable(suspect.symbol))}"
        yield f"        {_shortened(suspect.text)}"
        yield f"        {_advice(suspect)}"
        yield ""
    for one in spotted.unparsed:
        yield f"not read: {printable(one.path)}:{one.line}: {printable(one.message)}"
    more = len(spotted.spots) - limit
    if more > 0:
        yield f"and {more} more statements, which are less suspect (--limit shows more)"
    pace = f"{spotted.tokens} tokens in {spotted.seconds:.1f} s, {spotted.tokens_per_second} tokens/s"
    yield f"for information: {len(spotted.spots)} statements of {spotted.functions} functions ranked; {pace}"
    yield "most of these are right as they stand; `guardloop spot --help` says how far to trust the order"


def _advice(suspect: Suspect) -> str:
    own, other = _shortened(suspect.replaced), _shortened(suspect.edit.text)
    return f"`{own}` against `{other}`: {_weight(suspect.odds)}"


def _weight(odds: Odds) -> str:
    """Nats in favour of the second text."""
    both = "" if odds.both is None else f"{odds.both:+.1f} nats given both sides, "
    return f"{both}{odds.left:+.1f} given the left"


def _shortened(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
