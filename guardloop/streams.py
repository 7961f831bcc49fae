"""The standard streams as a program can rely on them: all of them open, and none at a loss for a character."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Open what the caller closed, and let stdout escape what its encoding lacks.

    An answer that has no stdout must fail to be written; what is said on stderr may be lost.
    """
    # The lowest free number is that of the closed stream: no file that is opened later may take its place.
    for name, access, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, access), mode, encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Tell the user on stderr; where that is full or gone, the exit code has to do."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Give what a stream still holds back a place to go when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
