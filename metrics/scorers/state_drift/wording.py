"""How fields that move together are told to people."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.scorers.state_drift.writes import KEY, LOCAL, OBJECT, OWN

_REMEDY = {
    OWN: "one method, or one attribute that holds them all, would keep them together",
    OBJECT: "one method of that object would keep them together",
    KEY: "one class for the record would keep them together",
    LOCAL: "one variable for the state they describe would keep them together",
}
_SHOWN = 3


def message(group: tuple[str, str], fields: Sequence[str], blocks: int, functions: int, missing: Sequence[str]) -> str:
    """Which fields move together and where, who leaves some of them out, and what would make it impossible."""
    kind, of = group
    prefix = {OWN: "self.", OBJECT: f"{of}.", KEY: f"{of}: ", LOCAL: ""}[kind]
    names = ", ".join(f"`{prefix}{name}`" for name in fields)
    where = f"in {blocks} blocks" + (f" of {functions} functions" if functions > 1 else "")
    left = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
    forgotten = f"; only some of them in {left}" if missing else ""
    return f"{names} are written together {where}{forgotten}; {_REMEDY[kind]}"
