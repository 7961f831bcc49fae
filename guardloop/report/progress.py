"""What is being done, on stderr: one moving line on a terminal, sparse plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

_QUIET_SECONDS = 10.0


class Progress(Protocol):
    """Hears what is done."""

    def doing(self, text: str) -> None:
        """Say what goes on now; the next call replaces it."""

    def note(self, text: str) -> None:
        """Say something that stays."""


class Silent:
    """Says nothing."""

    def doing(self, text: str) -> None:
        """Keep quiet."""

    def note(self, text: str) -> None:
        """Keep quiet."""


class Lines:
    """Plain lines: every note, and what goes on at most every ten seconds."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def doing(self, text: str) -> None:
        """Print what goes on when nothing was printed for a while."""
        if time.monotonic() - self._said >= _QUIET_SECONDS:
            self.note(text)

    def note(self, text: str) -> None:
        """Print a line."""
        self._said = time.monotonic()
        print(f"guardloop: {text}", file=sys.stderr, flush=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """The progress of a run: with a spinner where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False)
    with console.status("starting") as status:

        class Spinner:
            def doing(self, text: str) -> None:
                status.update(escape(text))

            def note(self, text: str) -> None:
                console.print(escape(text))

        yield Spinner()
