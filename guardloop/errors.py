"""Why guardloop could not run; what a gate says of a candidate is a value, never one of these.

Messages are one line, lower case, without a full stop: where, what was found, what was wanted; then a hint.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GuardloopError(Exception):
    """Something outside of guardloop kept it from starting or going on: exit 2."""


class ConfigError(GuardloopError):
    """A configuration file, or an option, that asks for something that does not exist."""


class TargetError(GuardloopError):
    """The paths named cannot be worked on."""


class RevisionError(GuardloopError):
    """A side of a change that git cannot give."""


class BaselineError(GuardloopError):
    """A baseline that cannot be read or written."""


class WorkspaceError(GuardloopError):
    """The user's tree cannot be changed safely."""


class TreeChangedError(WorkspaceError):
    """Someone else changed the tree during the run, so that what was judged is no longer what is there."""


class AuditError(GuardloopError):
    """An audit log that cannot be read or written."""


class EventError(GuardloopError):
    """What an agent sent to the hook is not an event that can be judged."""


def unknown(where: str, found: str, known: Iterable[str]) -> str:
    """The message for a name that is none of the known ones, with the nearest of them."""
    names = list(known)
    close = get_close_matches(found, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{where}: expected one of {', '.join(names) or 'none'}, got {found!r}{hint}"
