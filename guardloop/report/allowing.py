"""What is said of comments that allow a finding."""

from __future__ import annotations

from collections.abc import Iterable

from metrics.allowances import Allowance, Suppression


def remarks(suppression: Suppression) -> list[str]:
    """What is wrong with the comments of a tree: those that accept nothing, and those that nothing needs any more."""
    return [
        *(f"{_place(one)} allows nothing: {_lack(one)}" for one in suppression.void),
        *(f"{_place(one)} is stale: no finding of this rule is there; remove it" for one in suppression.stale),
    ]


def added_remarks(added: Iterable[Allowance], *, hold: bool) -> list[str]:
    """The comments that a change adds, and whether they hold."""
    effect = "it holds, as allow-suppressions is set"
    if not hold:
        effect = "what it allows is charged all the same, until allow-suppressions is set in [tool.guardloop]"
    return [f"the change adds {_place(one)} ({one.reason}); {effect}" for one in sorted(added)]


def _place(one: Allowance) -> str:
    return f"{one.path}:{one.line}: allow[{one.rule}]"


def _lack(one: Allowance) -> str:
    return "no such rule" if one.reason else "expected a reason after it, found none"
