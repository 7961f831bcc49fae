"""The text that a filled sketch writes, laid out as a formatter would where the file is laid out so already.

How long a line is depends on the names in its holes, so that a sketch alone cannot tell where a line breaks.
"""

from __future__ import annotations

import ast
import difflib
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from engine.protocol import Fill, Sketch
from metrics.scorer import ScorerError
from metrics.tools import ruff

# The widths that projects choose, the formatters' own first; a file tells by itself which of them it was laid out for.
_WIDTHS = (88, 79, 80, 99, 100, 110, 119, 120)
_TOLERATED = 0.01
"""The share of lines that may lie otherwise: formatters and their releases differ in small things."""
_SECONDS = 20


def written(sketch: Sketch, fill: Fill) -> dict[str, str]:
    """The new text of every touched file; only lines that the sketch wrote are laid out anew."""
    return {path: _laid_out(sketch, fill, path, text) for path, text in sketch.after(fill).items()}


def _laid_out(sketch: Sketch, fill: Fill, path: str, text: str) -> str:
    width = formatted_width(sketch.sources[path])
    formatted = _formatted(text, width) if width else None
    if formatted is None or formatted == text:
        return text
    result = _merged(text, formatted, frozenset(_edited_lines(sketch, fill, path)))
    return result if _same_code(result, text) else text


@lru_cache(maxsize=512)
def formatted_width(text: str) -> int:
    """The width of line that a formatter laid the text out for; 0 if it was laid out by hand."""
    best = (len(text.split("\n")) * _TOLERATED, 0)
    for width in _WIDTHS if text.strip() else ():
        formatted = _formatted(text, width)
        if formatted is None:
            return 0
        if formatted == text:
            return width
        lines = Counter(text.split("\n"))
        lines.subtract(formatted.split("\n"))
        best = min(best, (float(sum(map(abs, lines.values()))), width))
    return best[1]


def _formatted(text: str, width: int) -> str | None:
    flags = ["--isolated", "--no-cache", "--line-length", str(width), "--config", "format.quote-style='preserve'"]
    try:
        run = subprocess.run(
            [ruff.program(), "format", *flags, "-"],
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
        return run.stdout.decode() if run.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, ScorerError, UnicodeError):
        # Without a formatter the text is right all the same.
        return None


def _edited_lines(sketch: Sketch, fill: Fill, path: str) -> Iterator[int]:
    """The 0-based lines of the new text that an edit reaches into."""
    source, at, line = sketch.sources[path], 0, 0
    for edit in sketch.edits:
        if edit.path == path:
            line += source.count("\n", at, edit.start)
            text = "".join(part if isinstance(part, str) else fill.texts[part.name] for part in edit.parts)
            # A line above and one below, for a statement that the edit is only a part of.
            yield from range(max(0, line - 1), line + text.count("\n") + 2)
            line += text.count("\n")
            at = edit.end


def _merged(text: str, formatted: str, edited: frozenset[int]) -> str:
    """The text with those of the formatter's changes that touch edited lines."""
    lines, others = text.split("\n"), formatted.split("\n")
    same = next((at for at, (a, b) in enumerate(zip(lines, others, strict=False)) if a != b), 0)
    matcher = difflib.SequenceMatcher(None, lines[same:], others[same:], autojunk=False)
    result = lines[:same]
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        start, end = start + same, end + same
        is_ours = any(line in edited for line in range(start, max(end, start + 1)))
        result += others[other_start + same : other_end + same] if is_ours else lines[start:end]
    return "\n".join(result)


def _same_code(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError):
        return False
