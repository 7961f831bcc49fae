"""The entry point: runs a command and turns what went wrong into one message and an exit code."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

COULD_NOT_START, BUG, INTERRUPTED = 2, 3, 130
# To the agents that call `guardloop hook`, 2 is the order to change the code: they are told 1, "could not tell".
_COULD_NOT_TELL = 1
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CLOSED = errno.EBADF
_BRIEF = frozenset({"score", "check", "baseline", "explain", "hook"})
"""Commands that end before collecting garbage pays."""


def start() -> NoReturn:
    """Run the command line as a program of its own, and end the process."""
    try:
        code: str | int | None = main()
    except SystemExit as ended:
        code = ended.code
    if _BRIEF.intersection(sys.argv[1:2]) and isinstance(code, int):
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            # To take apart what a large tree left in memory would take a fifth of the time of the answer.
            os._exit(code)
    sys.exit(code)


def main() -> int:
    """Run the command line and return its exit code; nothing but `SystemExit` leaves this function."""
    from guardloop.streams import discard, prepare, say

    prepare()
    could_not_start = _COULD_NOT_TELL if sys.argv[1:2] == ["hook"] else COULD_NOT_START
    try:
        _leave_working_directory()
    except FileNotFoundError:
        say("guardloop: the working directory no longer exists; change to one that does")
        return could_not_start
    if _BRIEF.intersection(sys.argv[1:2]):
        gc.disable()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    from guardloop.errors import GuardloopError
    from metrics.scorer import ScorerError

    try:
        _run()
    except (GuardloopError, ScorerError) as error:
        say(f"guardloop: {error}")
        return could_not_start
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; the interpreter must not complain about it once more at exit.
        discard(sys.stdout)
        return could_not_start
    except OSError as error:
        if error.errno not in _FULL | {_CLOSED}:
            _report_bug()
            return BUG
        wanted = "an open stdout" if error.errno == _CLOSED else "room to write in, make some and try again"
        say(f"guardloop: {error}; expected {wanted}")
        discard(sys.stdout)
        return could_not_start
    except Exception as error:
        if _is_of_engine(error):
            say(f"guardloop: {error}")
            return could_not_start
        _report_bug()
        return BUG
    return 0


def _run() -> None:
    from guardloop.cli import app

    try:
        app()
    finally:
        # Before an exit code speaks for an answer, that has to be written.
        sys.stdout.flush()


def _is_of_engine(error: Exception) -> bool:
    """Whether an engine says what it lacks; commands that need none do not wait for its import."""
    protocol = sys.modules.get("engine.protocol")
    return protocol is not None and isinstance(error, protocol.EngineError)


def _report_bug() -> None:
    import traceback

    from guardloop import __version__
    from guardloop.streams import say

    message = "this is a bug in guardloop, not in your project; please report it with the lines above and the command"
    say(f"{traceback.format_exc()}guardloop {__version__}: {message}")


def _leave_working_directory() -> None:
    """Keep the target's own `metrics` or `engine` folders from being imported in place of ours."""
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    here = os.path.realpath(os.getcwd())
    if os.path.realpath(home) != here:
        sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry or os.getcwd()) != here]


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Kill running tests at once; what is being written to the tree is finished first."""
    sandbox = sys.modules.get("guardloop.sandbox")
    if sandbox is not None:
        sandbox.interrupt()
    raise KeyboardInterrupt


if __name__ == "__main__":
    start()
