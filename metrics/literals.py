"""Constants of a text, written out."""

from __future__ import annotations


def written(value: object) -> str:
    """A constant as text, whatever it is: Python refuses to write very long numbers in decimal."""
    try:
        return repr(value)
    except ValueError:
        return hex(value) if isinstance(value, int) else type(value).__name__
