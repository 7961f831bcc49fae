"""How fields that move together are told to people."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.scorers.state_drift.slight import Slight
from metrics.scorers.state_drift.writes import CONTAINER, COPY, KEY, LOCAL, OBJECT, OWN

_REMEDY = {
    OWN: "one method, or one attribute that holds them all, would keep them together",
    OBJECT: "one method of that object would keep them together",
    KEY: "one class for the record would keep them together",
    LOCAL: "one variable for the state they describe would keep them together",
}
_SLIGHT = {
    "unread": "{names} is stored and never read",
    "temporary": "{names} is read only where it is written; a local would do",
    "copied": "{names} are copied from another object; keeping that object would do",
    "reachable": "what {names} copies is at hand in `self.{receiver}`",
    "mirrored": "the contents of {names} change together {count} times{left}",
    "pair": "{names} are written together {count} times",
}
_SHOWN = 3
_SHOWN_FIELDS = 6


def message(group: tuple[str, str], fields: Sequence[str], blocks: int, functions: int, missing: Sequence[str]) -> str:
    """Which fields move together and where, who leaves some of them out, and what would make it impossible."""
    kind, of = group
    names = _named(kind, of, fields)
    where = f"in {blocks} blocks" + (f" of {functions} functions" if functions > 1 else "")
    left = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
    forgotten = f"; only some of them in {left}" if missing else ""
    return f"{names} are written together {where}{forgotten}; {_REMEDY[kind]}"


def slight_message(slight: Slight) -> str:
    """What is kept twice, or for nothing."""
    return _SLIGHT[slight.kind].format(
        names=_named(*slight.group, slight.fields),
        count=len(slight.blocks),
        receiver=slight.blocks[0].receiver,
        left=f"; {len(slight.missing)} change only one" if slight.missing else "",
    )


def _named(kind: str, of: str, fields: Sequence[str]) -> str:
    prefix = {OWN: "self.", CONTAINER: "self.", OBJECT: f"{of}.", KEY: f"{of}: ", LOCAL: "", COPY: ""}[kind]
    more = f" and {len(fields) - _SHOWN_FIELDS} more" if len(fields) > _SHOWN_FIELDS else ""
    return ", ".join(f"`{prefix}{name}`" for name in fields[:_SHOWN_FIELDS]) + more
