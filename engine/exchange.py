"""A sketch as plain data, for what proposes in another process, and the legal fills in what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from engine.naming.legal import is_legal, repaired
from engine.protocol import NAMES, Fill, Hole, Sketch

SCHEMA = 1
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
        "context": list(sketch.context),
        "holes": [_described(hole) for hole in sketch.holes],
        "files": {
            path: [part if isinstance(part, str) else {"hole": part.name} for part in sketch.parts(path)]
            for path in sorted(sketch.sources)
        },
        "candidates": candidates,
        "seed": seed,
    }


def excerpt(sketch: Sketch, path: str, around: int) -> str:
    """The new text of a file with marked holes; of frozen text, only `around` lines on each side of an edit's holes."""
    parts = list(sketch.parts(path))
    holes = [at for at, part in enumerate(parts) if isinstance(part, Hole)]
    if not holes:
        return "".join(part for part in parts if isinstance(part, str))
    said = []
    for at, part in enumerate(parts):
        if isinstance(part, Hole):
            said.append(MARK.format(part.name))
        else:
            said.append(_shortened(part, around if at > holes[0] else 0, around if at < holes[-1] else 0))
    return "".join(said)


def legal_fills(
    sketch: Sketch, answers: Iterable[Mapping[str, Any]], *, engine: str, seed: int, candidates: int
) -> Iterator[Fill]:
    """At most `candidates` distinct fills of those answers (texts by hole name) that are whole and legal."""
    distinct = {
        tuple(sorted(texts.items())): texts for answer in answers if (texts := _filled(sketch, answer)) is not None
    }
    return (Fill(texts, 0.0, engine, seed) for texts in islice(distinct.values(), candidates))


def _filled(sketch: Sketch, answer: Mapping[str, Any]) -> dict[str, str] | None:
    """The answer's texts, mended where only a prefix was wanting; None where one is missing, illegal or used twice."""
    texts: dict[str, str] = {}
    for hole in sketch.holes:
        said = answer.get(hole.name)
        text = repaired(hole, said.strip()) if isinstance(said, str) else ""
        if not is_legal(hole, text):
            return None
        texts[hole.name] = text
    names = [texts[hole.name] for hole in sketch.holes if hole.kind in NAMES and not hole.choices]
    return texts if len(set(names)) == len(names) else None


def _described(hole: Hole) -> dict[str, Any]:
    return {
        "name": hole.name,
        "kind": str(hole.kind),
        "taken": sorted(hole.taken),
        "choices": list(hole.choices),
        "hints": list(hole.hints),
        "prefix": hole.prefix,
    }


def _shortened(text: str, head: int, tail: int) -> str:
    """The first `head` and the last `tail` lines; what is left out between them is marked."""
    lines = text.splitlines(keepends=True)
    if len(lines) <= head + tail + 1:
        return text
    return "".join([*lines[:head], "# …\n", *lines[len(lines) - tail :]])
