"""JSON that every reader takes: bytes that are no text, which Python keeps as lone surrogates, are not in it."""

from __future__ import annotations

import json


def dumped(document: object) -> str:
    """The document with U+FFFD in the place of each byte that is no text; many readers refuse a lone surrogate."""
    return json.dumps(_readable(document), indent=1)


def _readable(value: object) -> object:
    if isinstance(value, str):
        return value if is_text(value) else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_readable(key): _readable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(inner) for inner in value]
    return value


def is_text(value: str) -> bool:
    """Whether the string can be written as UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
