"""Pieces of source as they are shown: lines with numbers, tokens told apart, and what differs between copies marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from keyword import kwlist

from metrics.scorer import Site

MOST_LINES = 48
MOST_LETTERS = 240
"""Of one line; what is longer is data, which nobody reads to its end."""
_MOST_COMPARED = 1500
"""Tokens of texts that are compared: the time that it takes grows with their square."""
_CONTEXT = 2
"""Lines shown around a site that is too short to be understood alone."""
_SHORT = 3
_ALIKE = 0.35
"""Texts that agree in less than this have nothing to compare: everything would be marked."""

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>[rbfuRBFU]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)
        |"(?:[^"\\\n]|\\.)*(?:"|$)|'(?:[^'\\\n]|\\.)*(?:'|$)))
    |(?P<word>\w+)|(?P<space>\s+)|(?P<sign>.)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
"""Texts and comments are compared word by word: one other word in a message is not another message."""
_KEYWORDS = frozenset(kwlist)


@dataclass(frozen=True)
class Token:
    """A piece of one line; `kind` is how it is shown, `differs` whether another copy has something else there."""

    text: str
    kind: str = ""
    differs: bool = False


@dataclass(frozen=True)
class Line:
    """A line of source; one that is only context is no part of the site."""

    number: int
    tokens: tuple[Token, ...]
    context: bool = False


@dataclass(frozen=True)
class Excerpt:
    """A site and its lines; `missing` lines at its end are not shown."""

    site: Site
    lines: tuple[Line, ...]
    missing: int = 0


def excerpt(site: Site, source: str) -> Excerpt:
    """The lines of a site, with a few around it if it is short, less the indentation that all of them share."""
    # Not `splitlines`: Python's own lines end at these only.
    lines = re.split(r"\r\n|\r|\n", source)
    first = min(max(site.line, 1), len(lines))
    last = min(max(site.end_line, first), len(lines))
    end = min(last, first + MOST_LINES - 1)
    around = _CONTEXT if last - first < _SHORT else 0
    start, stop = max(first - around, 1), min(end + around, len(lines))
    texts = _dedented([_shortened(line) for line in lines[start - 1 : stop]])
    before, after = texts[: first - start], texts[end - start + 1 :]
    own = lexed("\n".join(texts[first - start : end - start + 1]))
    shown = [
        *(Line(start + n, (Token(text),), context=True) for n, text in enumerate(before)),
        *(Line(first + n, tokens) for n, tokens in enumerate(own)),
        *(Line(end + 1 + n, (Token(text),), context=True) for n, text in enumerate(after)),
    ]
    return Excerpt(site, tuple(shown), last - end)


def compared(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    """The excerpts with the tokens marked in which each differs from the first; the first, from the second."""
    if len(excerpts) < 2:
        return list(excerpts)
    first, *others = excerpts
    # Every copy but the first is compared with it, and the first with the copy after it.
    return [_marked(first, others[0]), *(_marked(other, first) for other in others)]


def lexed(source: str) -> list[tuple[Token, ...]]:
    """The tokens of each line. Never fails: what is no Python is shown as it stands."""
    lines: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(source):
        kind = _kind(match)
        first, *rest = match.group().split("\n")
        for n, piece in enumerate((first, *rest)):
            if n:
                lines.append([])
            lines[-1].extend(Token(word, kind) for word in _WORDS.findall(piece))
    return [tuple(line) for line in lines]


def _kind(match: re.Match[str]) -> str:
    if match.lastgroup == "word":
        return "keyword" if match.group() in _KEYWORDS else ""
    return match.lastgroup if match.lastgroup in ("comment", "string") else ""


def _shortened(line: str) -> str:
    line = line[: 2 * MOST_LETTERS].expandtabs(4).rstrip()
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…"


def _dedented(lines: Sequence[str]) -> list[str]:
    indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line[indent:] for line in lines]


def _marked(excerpt: Excerpt, other: Excerpt) -> Excerpt:
    own, others = _significant(excerpt), _significant(other)
    if max(len(own), len(others)) > _MOST_COMPARED:
        return excerpt
    matcher = SequenceMatcher(None, own, others, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return excerpt
    same = {n for block in matcher.get_matching_blocks() for n in range(block.a, block.a + block.size)}
    positions = iter(range(len(own)))
    return replace(
        excerpt, lines=tuple(replace(line, tokens=_with_marks(line, positions, same)) for line in excerpt.lines)
    )


def _significant(excerpt: Excerpt) -> list[str]:
    return [token.text for line in excerpt.lines if not line.context for token in line.tokens if token.text.strip()]


def _with_marks(line: Line, positions: Iterator[int], same: set[int]) -> tuple[Token, ...]:
    if line.context:
        return line.tokens
    marked = [
        replace(token, differs=next(positions) not in same) if token.text.strip() else token for token in line.tokens
    ]
    return tuple(_bridged(marked))


def _bridged(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with the space between two marked ones marked as well, so that they read as one."""
    for before, token, after in zip((None, *tokens), tokens, (*tokens[1:], None), strict=False):
        between = before is not None and after is not None and before.differs and after.differs
        yield replace(token, differs=True) if between and not token.text.strip() else token
