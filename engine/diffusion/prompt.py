"""What a checkpoint reads and writes: snippets of code with numbered holes, and a canvas of one slot for each hole.

    prompt   <bos> <task> <snip> snippet <snip> snippet ... <canvas>      at most `budget` tokens
    canvas   text of hole 0 <eos> <pad>... | text of hole 1 <eos> <pad>... | ...

Training and inference both go through this file, so that what a model sees later is what it learned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.diffusion.snippet import HoleMarker, Part, Snippet, snippets
from engine.protocol import NAMES, Hole, HoleKind, Sketch, readable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_HOLES = 8
NAME_SLOT, WIDE_SLOT, LONG_SLOT = 8, 32, 64
PAD, EOS, BOS, MASK, SNIP, CANVAS = range(6)
FIRST_HOLE = 6
SPECIAL_TOKENS = (
    ["<pad>", "<eos>", "<bos>", "<mask>", "<snip>", "<canvas>"]
    + [f"<h{index}>" for index in range(MAX_HOLES)]
    + [f"<{kind.value}>" for kind in HoleKind]
)
"""In order of their token ids, from 0."""


@dataclass(frozen=True)
class Prompt:
    """What one pass asks: the holes that it fills, in slot order, and the code around them."""

    kind: HoleKind
    holes: tuple[Hole, ...]
    snippets: tuple[Snippet, ...]


def slot_width(kind: HoleKind) -> int:
    """Canvas tokens of one slot."""
    if kind is HoleKind.LINES:
        return LONG_SLOT
    return NAME_SLOT if kind in NAMES else WIDE_SLOT


def task_token(kind: HoleKind) -> int:
    """The id of the task's token."""
    return FIRST_HOLE + MAX_HOLES + list(HoleKind).index(kind)


def slot(text: str, width: int, tokenizer: Tokenizer) -> list[int] | None:
    """The tokens of a text, `<eos>` and padding, `width` in all; None when the text is too long."""
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return None if len(ids) >= width else [*ids, EOS, *[PAD] * (width - 1 - len(ids))]


def slots(texts: Sequence[str], kind: HoleKind, tokenizer: Tokenizer) -> list[int] | None:
    """The whole canvas for these texts; None when one of them doesn't fit its slot."""
    canvas: list[int] = []
    for text in texts:
        ids = slot(text, slot_width(kind), tokenizer)
        if ids is None:
            return None
        canvas += ids
    return canvas


def decode_slot(ids: Sequence[int], tokenizer: Tokenizer) -> str:
    """The text of one slot: everything before its first `<eos>`, special tokens dropped."""
    ids = list(ids)
    text: str = tokenizer.decode(ids[: ids.index(EOS)] if EOS in ids else ids, skip_special_tokens=True)
    return text


def decode_slots(canvas: Sequence[int], kind: HoleKind, tokenizer: Tokenizer) -> list[str]:
    """The text of every slot of a canvas."""
    width = slot_width(kind)
    return [decode_slot(canvas[at : at + width], tokenizer) for at in range(0, len(canvas), width)]


def margin(parts: Iterable[str | Hole], hole: Hole) -> str:
    """The blanks before a hole that begins its line; empty when it stands behind other text."""
    line = ""
    for part in parts:
        if part == hole:
            return "" if line.strip() else line
        line = part.rpartition("\n")[2] if isinstance(part, str) and "\n" in part else line + str(part)
    return ""


def outdented(text: str, margin: str) -> str:
    """A text as a slot holds it: later lines relative to the first, as prompts are shown without their margin."""
    return text.replace("\n" + margin, "\n")


def indented(text: str, margin: str) -> str:
    """What a slot says as a file holds it."""
    return text.replace("\n", "\n" + margin)


def render(kind: HoleKind, snippets: Sequence[Snippet], tokenizer: Tokenizer, budget: int) -> list[int]:
    """The prompt's tokens, at most `budget`.

    The first snippet keeps two thirds when the rest doesn't fit otherwise; later ones that don't fit whole are left
    out, the first of them excepted, of which what surrounds its hole is kept.
    """
    ids = [BOS, task_token(kind)]
    room = budget - len(ids) - 1
    encoded = [_encode(snippet, tokenizer) for snippet in snippets]
    rest = sum(len(tokens) + 1 for tokens in encoded[1:])
    first = max(room - rest, room if len(encoded) == 1 else room * 2 // 3)
    for at, tokens in enumerate(encoded):
        if at < 2:
            tokens = _trim(tokens, (first if at == 0 else room) - 1)
        if len(tokens) < room and tokens:
            ids += [SNIP, *tokens]
            room -= len(tokens) + 1
    return [*ids, CANVAS]


def _encode(snippet: Snippet, tokenizer: Tokenizer) -> list[int]:
    ids: list[int] = []
    for part in snippet:
        if isinstance(part, HoleMarker):
            ids.append(FIRST_HOLE + part.index)
        else:
            ids += tokenizer.encode(readable(part), add_special_tokens=False).ids
    return ids


def _trim(ids: list[int], size: int) -> list[int]:
    """Head and tail where they hold every hole, else what surrounds the first hole."""
    if len(ids) <= size:
        return ids
    if size < 8:
        return []
    head = size * 2 // 3
    kept = [*ids[:head], SNIP, *ids[len(ids) - (size - head - 1) :]]
    holes = {token for token in ids if _is_hole(token)}
    if holes <= set(kept):
        return kept
    place = next(at for at, token in enumerate(ids) if _is_hole(token))
    start = max(0, min(place - size // 2, len(ids) - size))
    return ids[start : start + size]


def _is_hole(token: int) -> bool:
    return FIRST_HOLE <= token < FIRST_HOLE + MAX_HOLES


def from_sketch(sketch: Sketch, filled: Mapping[str, str] | None = None) -> Prompt:
    """The prompt for the holes of a sketch that have no text in `filled`: up to eight names, or else one wide hole.

    Ask again with the texts so far until `holes` is empty. Holes that wait for a later pass show their first hint.
    """
    filled = filled or {}
    waiting = sorted((hole for hole in sketch.holes if hole.name not in filled), key=_turn)
    names = [hole for hole in waiting if hole.kind in NAMES]
    asked = names[:MAX_HOLES] or waiting[:1]
    index = {hole.name: at for at, hole in enumerate(asked)}

    def shown(part: str | Hole) -> Part:
        if isinstance(part, str):
            return part
        if part.name in index:
            return HoleMarker(index[part.name])
        return filled.get(part.name) or (part.choices or part.hints or (part.name,))[0]

    files = [[shown(part) for part in sketch.parts(path)] for path in sketch.sources]
    return Prompt(asked[0].kind if asked else HoleKind.IDENTIFIER, tuple(asked), tuple(snippets(files)))


def _turn(hole: Hole) -> int:
    return (HoleKind.HELPER_NAME, hole.kind).index(hole.kind)
