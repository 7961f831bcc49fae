"""Messages and the rules' documentation as HTML: the little Markdown that they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardloop.report.html.markup import Markup, element, joined

_PARTS = re.compile(r"`([^`]+)`|\*([^*\s][^*]*)\*")


def inline(content: str) -> Markup:
    """A line in which backquotes are code and asterisks are emphasis."""
    parts: list[str] = []
    at = 0
    for match in _PARTS.finditer(content):
        code, emphasis = match.groups()
        parts += [content[at : match.start()], element("code", None, code) if code else element("em", None, emphasis)]
        at = match.end()
    return joined((*parts, content[at:]))


def paragraphs(content: str) -> Iterator[Markup]:
    """Headings, lists and paragraphs, parted by blank lines; a heading needs none after it."""
    for block in re.split(r"\n\s*\n", content.strip()):
        heading = re.match(r"## (.+)(?:\n|$)", block)
        if heading:
            yield element("h4", None, heading.group(1))
            block = block[heading.end() :]
        if block.startswith("* "):
            items = re.split(r"\n\* ", block[2:])
            yield element("ul", None, *(element("li", None, inline(" ".join(item.split()))) for item in items))
        elif block:
            yield element("p", None, inline(" ".join(block.split())))
