"""Which lines of a program to show around its holes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MARGIN = 2
"""Lines shown above and below a place outside the definition."""

_DEFINITION = re.compile(r"\s*(?:async\s+)?(?:def|class)\s")
_DEFINED_HOLE = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+$")


@dataclass(frozen=True)
class HoleMarker:
    """One occurrence of the hole with this number, 0 to `MAX_HOLES` - 1."""

    index: int


Part = str | HoleMarker
Snippet = tuple[Part, ...]


def snippets(files: Iterable[Sequence[Part]]) -> list[Snippet]:
    """What to show of these files: definitions of holes first, then the places where holes are used.

    A hole that a `def` or `class` names is shown with that whole block and a few lines around each further place; one
    that is assigned at the left margin, with a few lines around every place. Any other hole is shown within the
    function that surrounds it.
    """
    pages = [_lines(file) for file in files]
    named = set().union(*(_defined(page) for page in pages)) if pages else set()
    definitions: list[Snippet] = []
    uses: list[Snippet] = []
    for page in pages:
        for start, end, defines in _regions(page, named):
            (definitions if defines else uses).append(_dedented(page[start:end]))
    return definitions + uses


def _lines(parts: Sequence[Part]) -> list[list[Part]]:
    lines: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, HoleMarker):
            lines[-1].append(part)
            continue
        first, *others = part.replace("\r\n", "\n").split("\n")
        if first:
            lines[-1].append(first)
        lines += [[other] if other else [] for other in others]
    return lines


def _regions(page: list[list[Part]], named: set[int]) -> Iterator[tuple[int, int, bool]]:
    """Disjoint ranges of lines that show every hole of a page, and whether each one defines a hole."""
    spans: list[tuple[int, int, bool]] = []
    for at, line in enumerate(page):
        holes = {part.index for part in line if isinstance(part, HoleMarker)}
        if not holes or (spans and spans[-1][2] and at < spans[-1][1]):
            continue
        if _names_block(line):
            spans.append((*_block(page, at), True))
        elif holes <= named:
            defines = isinstance(line[0], HoleMarker)
            spans.append((max(0, at - MARGIN), min(len(page), at + MARGIN + 1), defines))
        else:
            spans.append((*_enclosing(page, at), False))
    yield from _merged(spans)


def _merged(spans: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    merged: list[tuple[int, int, bool]] = []
    for start, end, defines in sorted(spans):
        if merged and start < merged[-1][1]:
            before = merged[-1]
            merged[-1] = (before[0], max(end, before[1]), before[2] or defines)
        else:
            merged.append((start, end, defines))
    return merged


def _defined(page: list[list[Part]]) -> set[int]:
    """The holes that a block or an assignment at the left margin of this page gives a name to."""
    defined: set[int] = set()
    for line in page:
        first, second = line[:2] if len(line) > 1 else ("", "")
        if isinstance(second, HoleMarker) and _names_block(line):
            defined.add(second.index)
        elif isinstance(first, HoleMarker) and re.match(r"\s*(=[^=]|:)", str(second)):
            defined.add(first.index)
    return defined


def _names_block(line: list[Part]) -> bool:
    return (
        len(line) > 1
        and isinstance(line[0], str)
        and isinstance(line[1], HoleMarker)
        and _DEFINED_HOLE.match(line[0]) is not None
    )


def _indent(line: list[Part]) -> int | None:
    """Columns before the first character; None for an empty line."""
    if not line:
        return None
    if isinstance(line[0], HoleMarker):
        return 0
    text = line[0].lstrip()
    return len(line[0]) - len(text) if text or len(line) > 1 else None


def _block(page: list[list[Part]], at: int) -> tuple[int, int]:
    """The lines of the block whose header is at `at`, with its decorators."""
    indent = _indent(page[at]) or 0
    end, last = at + 1, at + 1
    while end < len(page):
        depth = _indent(page[end])
        if depth is not None and depth <= indent and not str(page[end][0]).lstrip().startswith(")"):
            break
        end += 1
        last = last if depth is None else end
    start = at
    while start and _indent(page[start - 1]) == indent and str(page[start - 1][0]).lstrip().startswith("@"):
        start -= 1
    return start, last


def _enclosing(page: list[list[Part]], at: int) -> tuple[int, int]:
    """The innermost function around a line, or the lines around it at module level."""
    depth = _indent(page[at])
    for above in range(at, -1, -1):
        indent = _indent(page[above])
        if indent is None or (depth is not None and indent > depth):
            continue
        first = page[above][0]
        is_function = isinstance(first, str) and _DEFINITION.match(first) and "class " not in first
        if is_function and (above == at or depth is None or indent < depth):
            start, end = _block(page, above)
            if at < end:
                return start, end
        depth = indent if depth is None else min(depth, indent)
    return max(0, at - 2 * MARGIN), min(len(page), at + 2 * MARGIN + 1)


def _dedented(lines: list[list[Part]]) -> Snippet:
    margin = min((indent for line in lines if (indent := _indent(line)) is not None), default=0)
    parts: list[Part] = []
    for line in lines:
        if parts:
            parts.append("\n")
        parts += [line[0][margin:], *line[1:]] if line and isinstance(line[0], str) else line
    return tuple(_joined(parts))


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts with neighbouring strings joined, so that the tokenizer sees whole stretches of text."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text
