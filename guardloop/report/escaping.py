"""Text of the judged code made safe for a format: names, paths and quoted code may hold anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

# Line separators end a line for some readers, and the bidirectional controls reorder what a person sees.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_HIDDEN = re.compile(r"[^\x20-\x7e]")
_CODE = re.compile(r"`([^`]+)`")
# An underscore inside of a word is none of Markdown's marks, but one at its edge is.
_PLAIN_WORD = re.compile(r"(?:[A-Za-z0-9]++(?:_++[A-Za-z0-9]++)*+|[.,;:()'%+→…-])*+| ")


def printable(text: str) -> str:
    """The text on one line, with control, formatting and undecodable characters written as escapes."""
    return _HIDDEN.sub(lambda match: _escape(match.group()), text)


def _escape(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")


def uri(path: str) -> str:
    """A relative path as a URI reference; bytes that are no text keep their values."""
    # A first segment with a colon would read as a scheme: `quote` writes it as %3A.
    return quote(path, safe="/", errors="surrogateescape")


def code_span(text: str) -> str:
    """A Markdown code span: nothing in it is read as markup, as HTML or as a mention. Not for cells of tables."""
    text = printable(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{padding}{text}{padding}{fence}" if text.strip() else ""


def markdown(text: str) -> str:
    """A message as Markdown: what stands in backquotes, and every word that is not a plain one, becomes code."""
    parts = _CODE.split(printable(text))
    # `split` gives plain text and the contents of backquotes in turn.
    return _apart(piece for n, part in enumerate(parts) for piece in ([code_span(part)] if n % 2 else _plain(part)))


def _plain(text: str) -> Iterator[str]:
    for word in re.split("( )", text):
        yield word if _is_plain(word) else code_span(word)


def _apart(pieces: Iterable[str]) -> str:
    """The pieces after each other, with a space between two code spans, whose fences would join otherwise."""
    text = ""
    for piece in pieces:
        text += f" {piece}" if text.endswith("`") and piece.startswith("`") else piece
    return text


def _is_plain(word: str) -> bool:
    return _PLAIN_WORD.fullmatch(word) is not None and not word.startswith("www.")
