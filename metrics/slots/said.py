"""What the text of a program says of slots: where they get None, and where code asks what they hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from metrics.slots.resolution import Slot

Position = tuple[int, int, int, int]


class Nil(NamedTuple):
    """One place where a slot gets None; `function` is the key of the one it is in, or nothing.

    How: `default`, `undeclared default` of what is annotated as never None, `annotation`, `assigned`, `returned`,
    `stored` (an attribute that keeps such a parameter).
    """

    path: str
    line: int
    function: str
    how: str
    excluded: str = ""
    """The type that an annotation names, where it leaves None out."""


class Check(NamedTuple):
    """One place where code asks what the value of a slot is; `function` is the key of the one it is in, or nothing."""

    kind: str
    slot: Slot
    path: str
    position: Position
    function: str
    detail: Any
