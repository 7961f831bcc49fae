"""Texts with holes: pieces of a file with some spans replaced and re-indented, brackets that fit the line."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.protocol import Hole
from guardloop.sketches.duplication.program import Parsed, indentation
from guardloop.sketches.duplication.region import Copy, Refused

Part = str | Hole
Text = tuple[Part, ...]
EXPECTED_NAME = 20
"""How long a name in a hole is taken to be when a line is filled."""


@dataclass(frozen=True)
class Replacement:
    """Other text for the characters `start` to `end` of a file."""

    start: int
    end: int
    parts: Text


def length(text: Text) -> int:
    """How many characters the text is expected to have."""
    return sum(EXPECTED_NAME if isinstance(part, Hole) else len(part) for part in text)


def joined(texts: Sequence[Text], separator: str) -> Text:
    """The texts with a separator between them."""
    parts: list[Part] = []
    for text in texts:
        if parts:
            parts.append(separator)
        parts.extend(text)
    return tuple(parts)


def bracketed(head: Text, items: Sequence[Text], tail: str, margin: str, step: str, line_length: int) -> Text:
    """`head(items)tail` on one line if it fits, else the items on the next line, else each on a line of its own.

    `margin` is the indentation of the line that it starts on and `step` one more level. The brackets are added here; no
    comma after the last item, which would keep a formatter from joining the lines once it knows the names.
    """
    flat = joined(items, ", ")
    inner = margin + step
    if any(isinstance(part, str) and "\n" in part for part in flat):
        items = [tuple(p.replace("\n", "\n" + inner) if isinstance(p, str) else p for p in item) for item in items]
        return (*head, "(\n" + inner, *joined(items, ",\n" + inner), "\n" + margin + ")" + tail)
    if not items or len(margin) + length(head) + 2 + length(flat) + len(tail) <= line_length:
        return (*head, "(", *flat, ")" + tail)
    if len(inner) + length(flat) <= line_length:
        return (*head, "(\n" + inner, *flat, "\n" + margin + ")" + tail)
    return (*head, "(\n" + inner, *joined(items, ",\n" + inner), "\n" + margin + ")" + tail)


def full_end(copy: Copy) -> int:
    """The end of the run, a comment on its last line included; raises `Refused` if other code shares its lines."""
    file, line = copy.file, copy.statements[-1].end_lineno or 0
    first = file.first_line(copy.statements[0])
    before = file.text[file.line_starts[first - 1] : copy.start]
    after = file.text[copy.end : file.line_starts[line - 1] + len(file.line(line))]
    if before.strip() or (after.strip() and not after.strip().startswith("#")):
        raise Refused(f"{copy}: it shares a line with other code")
    if file.text.startswith("elif", copy.start):
        raise Refused(f"{copy}: it starts with an `elif`")
    return copy.end + len(after.rstrip())


def moved(copy: Copy, margin: str, replacements: Sequence[Replacement]) -> Text:
    """The run's text, indented by `margin`, with these spans replaced; lines end in a line feed."""
    file, end = copy.file, full_end(copy)
    first = file.first_line(copy.statements[0])
    last = copy.statements[-1].end_lineno or first
    base = indentation(file.line(first))
    spans = [*replacements, *_indents(file, first, last, base, margin)]
    start = file.line_starts[first - 1]
    return _normalised(spliced(file, start, end, spans))


def _indents(file: Parsed, first: int, last: int, base: str, margin: str) -> list[Replacement]:
    found = []
    for number in range(first, last + 1):
        line, start = file.line(number), file.line_starts[number - 1]
        if number in file.string_lines:
            continue
        if not line.strip():
            found.append(Replacement(start, start + len(line), ()))
        elif line.startswith(base):
            found.append(Replacement(start, start + len(base), (margin,)))
        else:
            found.append(Replacement(start, start + len(indentation(line)), (margin,)))
    return found


def spliced(file: Parsed, start: int, end: int, replacements: Sequence[Replacement]) -> Text:
    """A piece of the file with spans replaced; a span inside another one is dropped."""
    parts: list[Part] = []
    at = start
    for one in sorted(replacements, key=lambda r: (r.start, -r.end)):
        if one.start >= at and one.end <= end:
            parts.append(file.text[at : one.start])
            parts.extend(one.parts)
            at = one.end
    return (*parts, file.text[at:end])


def _normalised(text: Text) -> Text:
    return tuple(part.replace("\r\n", "\n") if isinstance(part, str) else part for part in text)


def argument(file: Parsed, node: ast.expr) -> str:
    """An expression's text as an argument of a call, in brackets where it needs them; its lines stay as they are."""
    text = file.segment(node)
    if "\n" in text:
        text = _dedented(file, node, text)
    if is_inside_string(file, node):
        text = ast.unparse(node)
    if not _is_argument(text, node):
        text = f"({text})"
    if not _is_argument(text, node):
        raise Refused(f"{file.path}:{node.lineno}: `{ast.unparse(node)}` can't be passed on as it is written")
    return text


def _dedented(file: Parsed, node: ast.expr, text: str) -> str:
    """The lines without the indentation of the first one; all on one line where a line begins inside of a string."""
    if any(line in file.string_lines for line in range(node.lineno + 1, (node.end_lineno or 0) + 1)):
        return ast.unparse(node)
    base = indentation(file.line(node.lineno))
    return "\n".join(line.removeprefix(base) for line in text.replace("\r\n", "\n").split("\n"))


def is_inside_string(file: Parsed, node: ast.AST) -> bool:
    """Whether the node is a part of an f-string."""
    return any(isinstance(above, ast.JoinedStr) for above in file.enclosing(node))


def _is_argument(text: str, node: ast.expr) -> bool:
    return _parses_as(f"_({text})", node)


def _parses_as(call: str, node: ast.expr) -> bool:
    try:
        parsed = ast.parse(call, mode="eval").body
    except SyntaxError:
        return False
    simple = isinstance(parsed, ast.Call) and len(parsed.args) == 1 and not parsed.keywords
    return simple and isinstance(parsed, ast.Call) and ast.dump(parsed.args[0]) == ast.dump(node)


def occurrence(file: Parsed, node: ast.expr, parts: Text) -> Replacement:
    """Put other text where an expression stands; raises `Refused` where its place isn't known (inside an f-string)."""
    start, end = file.offset(node.lineno, node.col_offset), file.end(node)
    if not _parses_as(f"_(({file.text[start:end]}))", node):
        raise Refused(f"{file.path}:{node.lineno}: the place of `{ast.unparse(node)}` in its string is not known")
    return Replacement(start, end, parts)


def comments(copy: Copy) -> list[str]:
    """The comments inside a run."""
    file = copy.file
    first, last = file.first_line(copy.statements[0]), copy.statements[-1].end_lineno or 0
    return [text for number, text in file.comments if first <= number <= last]


def lost_comments(copies: Sequence[Copy]) -> tuple[str, ...]:
    """The comments of the other copies that the first one does not have: with their code they go."""
    kept = set(comments(copies[0]))
    return tuple(dict.fromkeys(text for copy in copies[1:] for text in comments(copy) if text not in kept))


def attached_start(file: Parsed, line: int) -> int:
    """The first line of what stands right above a definition and belongs to it: its comments."""
    while line > 1 and file.line(line - 1).strip().startswith("#"):
        line -= 1
    return line


def step_of(file: Parsed) -> str:
    """One level of indentation in this file."""
    match = re.search(r"^([ \t]+)\S", file.text, re.MULTILINE)
    return "\t" if match and match.group(1).startswith("\t") else "    "
