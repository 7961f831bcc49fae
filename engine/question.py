"""How a sketch is put to a model that reads English, and how the texts are found in what it writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.exchange import MARK, excerpt, marked
from engine.protocol import Hole, HoleKind, Sketch, readable

AROUND = 40
"""Lines of frozen text that are shown on each side of the holes."""
_MOST_TAKEN = 60
SYSTEM = (
    "You complete partial Python programs. Everything is fixed but the holes, which are marked «like this»; a mark "
    "that occurs again is the same hole. Choose what an experienced maintainer of this code would write. Answer with "
    'JSON alone: {"fills": [{"HOLE": "text", ...}, ...]}, best fill first, each with a text for every hole.'
)
_WANTED = {
    HoleKind.IDENTIFIER: "a name",
    HoleKind.HELPER_NAME: "the name of a function, for what it does; not for where it was found",
    HoleKind.PARAMETER: "the name of a parameter, for what is passed in all calls",
    HoleKind.EXPRESSION: "an expression",
    HoleKind.ARGUMENT: "an argument",
    HoleKind.CONDITION: "a condition",
    HoleKind.LITERAL: "a literal",
    HoleKind.LINE: "one line of code",
    HoleKind.LINES: "some lines of code",
    HoleKind.REVISION: "a revised line of code",
}


def messages(sketch: Sketch, candidates: int) -> list[dict[str, str]]:
    """A chat that asks for that many fills."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question(sketch, candidates)}]


def question(sketch: Sketch, candidates: int) -> str:
    """The instruction, what is wanted in each hole, the code, and what was rejected."""
    parts = [sketch.instruction, "Holes:\n" + "\n".join(_described(hole) for hole in sketch.holes)]
    parts += [f"{path}:\n```python\n{marked(excerpt(sketch, path, AROUND))}\n```" for path in sorted(sketch.sources)]
    if sketch.context:
        parts.append("Also of use:\n" + "\n".join(sketch.context))
    if sketch.feedback:
        parts.append("Earlier fills were rejected:\n" + "\n".join(f"- {reason}" for reason in sketch.feedback))
    parts.append(f"Give {candidates} different fill{'s' * (candidates > 1)}.")
    return readable("\n\n".join(part for part in parts if part))


def answers(text: str) -> Iterator[Mapping[str, Any]]:
    """The fills in a model's answer, wherever in its prose the JSON stands."""
    for start in (mark.start() for mark in re.finditer(r"[\[{]", text)):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start)
        except RecursionError:
            # What begins one sign later is nested as deep.
            return
        except ValueError:
            continue
        found = value.get("fills", [value]) if isinstance(value, dict) else value
        if isinstance(found, list) and found and all(isinstance(fill, dict) for fill in found):
            yield from found
            return


def _described(hole: Hole) -> str:
    said = f"- {MARK.format(hole.name)}: {_WANTED[hole.kind]}"
    if hole.before:
        said += f"; now it is {hole.before!r}"
    if hole.choices:
        said += "; one of " + ", ".join(map(repr, hole.choices))
    if hole.prefix:
        said += f"; begins with {hole.prefix!r}"
    if hole.words > 1:
        said += f"; at least {hole.words} words"
    if hole.taken:
        said += "; none of " + ", ".join(sorted(hole.taken)[:_MOST_TAKEN])
    if hole.hints:
        said += "; the code suggests " + ", ".join(hole.hints)
    return said
