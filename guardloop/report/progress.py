"""What is being done, on stderr: one moving line on a terminal, sparse plain lines elsewhere.

Where drafts of an engine are shown, a terminal has them below that line until something else is done, and a pipe gets
one line for each canvas that is settled.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from guardloop.report.escaping import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status

    from engine.protocol import Draft

_QUIET_SECONDS = 10.0
_LONGEST = 100
"""Characters of a draft that are shown."""


class Progress(Protocol):
    """Hears what is done."""

    def doing(self, text: str) -> None:
        """Say what goes on now; the next call replaces it."""

    def note(self, text: str) -> None:
        """Say something that stays."""

    def draft(self, draft: Draft) -> None:
        """Show what an engine has so far."""


class Silent:
    """Says nothing."""

    def doing(self, text: str) -> None:
        """Keep quiet."""

    def note(self, text: str) -> None:
        """Keep quiet."""

    def draft(self, draft: Draft) -> None:
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

    def draft(self, draft: Draft) -> None:
        """Print what became of a canvas."""
        if draft.is_settled:
            steps = f"{draft.step} step{'s' * (draft.step > 1)}"
            self.note(f"{draft.engine} drafted {', '.join(_shown(draft)) or 'nothing'} in {steps}")


class Spinner:
    """A moving line, and below it the canvas as it settles."""

    def __init__(self, console: Console, status: Status) -> None:
        self._console, self._status, self._doing = console, status, ""

    def doing(self, text: str) -> None:
        """Replace the line."""
        from rich.text import Text

        self._doing = text
        self._status.update(Text(text))

    def note(self, text: str) -> None:
        """Print a line above the moving one."""
        from rich.text import Text

        self._console.print(Text(text))

    def draft(self, draft: Draft) -> None:
        """Show each hole's text so far."""
        self._status.update(_canvas(self._doing, draft))


def _canvas(doing: str, draft: Draft) -> RenderableType:
    from rich.text import Text

    done = "settled" if draft.is_settled else f"step {draft.step} of {draft.steps}"
    text = Text(f"{doing} ({done})")
    for line in _shown(draft):
        text.append(f"\n    {line}", style="green" if draft.is_settled else "dim")
    return text


def _shown(draft: Draft) -> list[str]:
    """One line for each hole; a model may write control characters, and lines without an end."""
    return [f"{printable(name)} = {_short(printable(text))}" for name, text in draft.texts.items()]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


@contextmanager
def progress() -> Iterator[Progress]:
    """The progress of a run: with a spinner where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("starting") as status:
        yield Spinner(console, status)
