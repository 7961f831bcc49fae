"""A sketch as plain data, for what proposes in another process, and the legal fills in what comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from engine.naming.legal import is_legal, repaired
from engine.protocol import NAMES, Fill, Hole, Sketch, readable

SCHEMA = 1
_WORD = r"[^\W\d]\w*"
MARK = "«{}»"
"""How a hole stands in text that is to be read."""


def request(sketch: Sketch, *, candidates: int, seed: int) -> dict[str, Any]:
    """All that an engine is told, as JSON values.

    `files` maps each path to its new text as a list of frozen strings and `{"hole": name}`.
    """
    return {
        "schema": SCHEMA,
        "rule": sketch.rule,
        "variant": sketch.variant,
        "instruction": sketch.instruction,
        "feedback": list(sketch.feedback),
        "rejected": [dict(texts) for texts in sketch.rejected],
        "context": list(sketch.context),
        "holes": [_described(hole) for hole in sketch.holes],
        "files": {
            path: [part if isinstance(part, str) else {"hole": part.name} for part in sketch.parts(path)]
            for path in sorted(sketch.sources)
        },
        "candidates": candidates,
        "seed": seed,
    }


def excerpt(sketch: Sketch, path: str, around: int) -> list[str | Hole]:
    """The new text of a file to be read, of what is frozen only `around` lines on each side of a hole."""
    parts = joined(part if isinstance(part, Hole) else readable(part) for part in sketch.parts(path))
    holes = [at for at, part in enumerate(parts) if isinstance(part, Hole)]
    if not holes:
        return parts
    return [
        part if isinstance(part, Hole) else _shortened(part, around * (at > holes[0]), around * (at < holes[-1]))
        for at, part in enumerate(parts)
    ]


def marked(parts: Iterable[str | Hole]) -> str:
    """Text in which each hole is its mark."""
    return "".join(part if isinstance(part, str) else MARK.format(part.name) for part in parts)


def aligned(parts: Iterable[str | Hole], text: str) -> dict[str, str] | None:
    """The texts that stand where these parts have holes; None if anything else differs."""
    names: dict[str, str] = {}
    pattern = ""
    for part in parts:
        if isinstance(part, str):
            pattern += re.escape(part)
        elif part.name in names.values():
            group = next(group for group, name in names.items() if name == part.name)
            pattern += f"(?P={group})"
        else:
            group = f"hole{len(names)}"
            names[group] = part.name
            pattern += f"(?P<{group}>{_WORD if part.kind in NAMES else '.+?'})"
    match = re.fullmatch(pattern, text, re.DOTALL)
    return {names[group]: said for group, said in match.groupdict().items()} if match else None


def legal_fills(
    sketch: Sketch, answers: Iterable[Mapping[str, Any]], *, engine: str, seed: int, candidates: int
) -> Iterator[Fill]:
    """At most `candidates` distinct fills of those answers (texts by hole name) that are whole and legal.

    No more answers are taken than that needs.
    """
    given: set[tuple[tuple[str, str], ...]] = set()
    for answer in answers:
        texts = _filled(sketch, answer)
        if texts is not None and (key := tuple(sorted(texts.items()))) not in given:
            given.add(key)
            yield Fill(texts, 0.0, engine, seed)
        if len(given) == candidates:
            return


def _filled(sketch: Sketch, answer: Mapping[str, Any]) -> dict[str, str] | None:
    """The answer's texts, mended where only a prefix was wanting.

    None where one is missing, illegal or used twice, or where just these were rejected before.
    """
    texts: dict[str, str] = {}
    for hole in sketch.holes:
        said = answer.get(hole.name)
        text = repaired(hole, said.strip()) if isinstance(said, str) else ""
        if not is_legal(hole, text):
            return None
        texts[hole.name] = text
    names = [texts[hole.name] for hole in sketch.holes if hole.kind in NAMES and not hole.choices]
    return texts if len(set(names)) == len(names) and not sketch.is_rejected(texts) else None


def joined(parts: Iterable[str | Hole]) -> list[str | Hole]:
    """The parts with neighbouring texts made one."""
    joined: list[str | Hole] = []
    for is_hole, some in groupby(parts, key=lambda part: isinstance(part, Hole)):
        texts = list(some)
        joined += texts if is_hole else ["".join(text for text in texts if isinstance(text, str))]
    return joined


def _described(hole: Hole) -> dict[str, Any]:
    return {
        "name": hole.name,
        "kind": str(hole.kind),
        "taken": sorted(hole.taken),
        "choices": list(hole.choices),
        "hints": list(hole.hints),
        "prefix": hole.prefix,
        "before": hole.before,
        "words": hole.words,
    }


def _shortened(text: str, head: int, tail: int) -> str:
    """The first `head` and the last `tail` lines; what is left out between them is marked."""
    lines = text.splitlines(keepends=True)
    if len(lines) <= head + tail + 1:
        return text
    return "".join([*lines[:head], "# …\n", *lines[len(lines) - tail :]])
