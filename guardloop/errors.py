"""What stops guardloop itself: it could not run. What a candidate does wrong is a value, never an exception."""

from __future__ import annotations


class GuardloopError(Exception):
    """Could not run: place, what was found, what was wanted, and a hint, in one line. The command exits with 2."""

    exit_code = 2
