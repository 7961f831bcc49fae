"""Which texts a hole may hold; every engine filters its proposals here."""

from __future__ import annotations

import ast
import builtins
import keyword
import textwrap

from engine.naming.words import split
from engine.protocol import NAMES, Hole, HoleKind

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_STATEMENTS = frozenset({HoleKind.LINE, HoleKind.LINES, HoleKind.REVISION})


def is_legal(hole: Hole, text: str) -> bool:
    """Whether the hole may hold the text: by its kind, `choices`, `prefix`, `taken` and `words`."""
    if text in hole.taken or not text.startswith(hole.prefix) or _changes_nothing(hole, text):
        return False
    if hole.choices:
        return text in hole.choices
    if hole.kind in NAMES:
        return is_name(text) and len(split(text)) >= hole.words
    return _parses(text, "exec" if hole.kind in _STATEMENTS else "eval")


def is_name(text: str) -> bool:
    """Whether code may define this name without shadowing a builtin or posing as a dunder or a name-mangled one."""
    return (
        text.isascii()
        and text.isidentifier()
        and not keyword.iskeyword(text)
        and text not in _BUILTINS
        and not text.startswith("__")
        and any(character.isalpha() for character in text)
    )


def is_expression(text: str) -> bool:
    """Whether a text is one expression of Python."""
    return _parses(text, "eval")


def repaired(hole: Hole, text: str) -> str:
    """The text with the hole's prefix put before it where it is missing; a builtin's name gets an underscore."""
    if hole.choices:
        return text
    if hole.kind in NAMES and not hole.prefix and (text in _BUILTINS or keyword.iskeyword(text)):
        return text + "_"
    return text if text.startswith(hole.prefix) else hole.prefix + text.lstrip("_")


def _changes_nothing(hole: Hole, text: str) -> bool:
    return hole.kind is HoleKind.REVISION and text == hole.before


def _parses(text: str, mode: str) -> bool:
    if not text.strip():
        return False
    following = [len(line) - len(line.lstrip()) for line in text.split("\n")[1:] if line.strip()]
    # The first line begins at its hole, the others at the margin: of a block's header deeper than it, or the same.
    return any(_is_valid(textwrap.dedent(" " * margin + text), mode) for margin in {0, min(following, default=0)})


def _is_valid(text: str, mode: str) -> bool:
    try:
        ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # A parser gives up on signs nested thousands deep in more than one way.
        return False
    return True
