"""Turns the canvases of a denoising loop into drafts for whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from engine.protocol import Draft, OnDraft

Read = Callable[[Sequence[int]], Mapping[str, str]]
"""The texts that stand on a row of tokens, by hole name."""
OnStep = Callable[[int, Any], None]
"""What `denoise` calls with the number of steps done and all rows."""


@contextmanager
def drafting(engine: str, steps: int, read: Read, on_draft: OnDraft | None) -> Iterator[OnStep | None]:
    """Show the first row of the canvas after each step, and once more when it is settled; None if nobody watches."""
    if on_draft is None:
        yield None
        return
    last: list[Draft] = []

    def hear(step: int, tokens: Any) -> None:
        last[:] = [Draft(engine, dict(read(tokens[0].tolist())), step, steps)]
        on_draft(last[0])

    yield hear
    for draft in last:
        on_draft(Draft(engine, draft.texts, draft.step, steps, is_settled=True))
