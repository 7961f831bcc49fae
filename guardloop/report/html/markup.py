"""HTML that is escaped by construction: a text becomes markup only through `element` or by being `Markup` already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

_VOID = frozenset({"input", "meta", "rect", "polyline", "circle", "line"})
Attributes = Mapping[str, str | int | float | bool]


class Markup(str):
    """Text that is HTML. Never made from text of the judged code except by `text`."""

    __slots__ = ()


def text(content: str) -> Markup:
    """The text as it reads; characters that no HTML document may hold become replacement characters."""
    return Markup(escape("".join(_allowed(character) for character in content)))


def _allowed(character: str) -> str:
    code = ord(character)
    hidden = (code < 0x20 and character not in "\t\n") or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
    # Bidirectional controls would show code in another order than it runs in.
    reordering = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return "\ufffd" if hidden or reordering or code & 0xFFFE == 0xFFFE else character


def joined(parts: Iterable[str]) -> Markup:
    """The parts after each other."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts))


def element(name: str, attributes: Attributes | None = None, *children: str) -> Markup:
    """An element. An attribute that is true stands without a value, one that is false is left out."""
    given = "".join(_attribute(key, value) for key, value in (attributes or {}).items() if value is not False)
    if name in _VOID and not children:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def _attribute(name: str, value: str | int | float | bool) -> str:
    if value is True:
        return f" {name}"
    return f' {name}="{text(number(value) if isinstance(value, int | float) else value)}"'


def number(value: float) -> str:
    """A number for a drawing, in as few characters as its hundredths need."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
