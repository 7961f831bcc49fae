"""Locals of one function that always become literals together: flags that describe one state."""

from __future__ import annotations

from metrics.scorers.state_drift.mining import drifts
from metrics.scorers.state_drift.transactions import Function, grouped
from metrics.scorers.state_drift.writes import LEAST_LOCAL_BLOCKS, LOCAL, FunctionFacts

LocalFacts = tuple[str, list[str], list[tuple[int, int]], list[tuple[int, int]], int]
"""Function, fields, lines of the blocks that write them all, lines of those that leave one out, cost."""


def drifting_locals(functions: list[FunctionFacts]) -> list[LocalFacts]:
    """What drifts within single functions of a file: no other file can change it."""
    found: list[LocalFacts] = []
    for qualname, owner, line, runs in functions:
        mine = [own for run in runs if (own := [write for write in run if write[0] == LOCAL])]
        if sum(len(own) > 1 for own in mine) < LEAST_LOCAL_BLOCKS:
            continue
        function = Function("", qualname, owner, line, False)
        for group, blocks in grouped([(function, mine)], lambda _, write: (write[0], "")).items():
            for drift in drifts(group, blocks):
                together = sorted(block.lines(drift.fields) for block in drift.together)
                missing = sorted(block.lines(drift.fields & block.fields.keys()) for block in drift.missing)
                found.append((qualname, sorted(drift.fields), together, missing, drift.cost))
    return found


def without_locals(functions: list[FunctionFacts]) -> list[FunctionFacts]:
    """What other files can add to."""
    kept = [
        (qualname, owner, line, [mine for run in runs if (mine := [w for w in run if w[0] != LOCAL])])
        for qualname, owner, line, runs in functions
    ]
    return [function for function in kept if function[3]]
