"""Colour where a person looks at a terminal, and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True)
class Paint:
    """Marks parts of a line; with `on` false, each answers with its text as it is."""

    on: bool = False

    def strong(self, text: str) -> str:
        """What the eye should find first."""
        return self._in("1", text)

    def quiet(self, text: str) -> str:
        """What is only looked up."""
        return self._in("2", text)

    def bad(self, text: str) -> str:
        """What fails."""
        return self._in("1;31", text)

    def good(self, text: str) -> str:
        """What passes."""
        return self._in("32", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def paint_for(stream: TextIO | None = None, environment: Mapping[str, str] | None = None) -> Paint:
    """Colour for a terminal (default: stdout), unless `NO_COLOR` is set to anything or the terminal is a dumb one."""
    stream = sys.stdout if stream is None else stream
    environment = os.environ if environment is None else environment
    return Paint(stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb")
