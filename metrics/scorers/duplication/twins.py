"""Synchronous functions and their asynchronous twins: the language asks for both, so that a copy is not all waste."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from metrics.scorers.duplication.file import Function

_MARK = re.compile(r"_?async_?", re.IGNORECASE)
_PREFIX = re.compile(r"^a(?=iter|next|close|read|write|send|enter|exit|call)")


def is_twin(one: Function, other: Function) -> bool:
    """Whether one is the other in the other colour."""
    if one.asynchronous != other.asynchronous:
        return True
    return one.qualname != other.qualname and uncoloured(one.qualname) == uncoloured(other.qualname)


def uncoloured(qualname: str) -> str:
    """A qualified name without the marks of being asynchronous."""
    return ".".join(_PREFIX.sub("", _MARK.sub("", part).strip("_")) for part in qualname.split("."))


def twin_count(functions: Iterable[Function]) -> int:
    """How many of these functions are the second half of a pair of twins."""
    plain: Counter[str] = Counter()
    coloured: Counter[str] = Counter()
    for function in functions:
        name = uncoloured(function.qualname)
        marked = function.asynchronous or name != ".".join(part.strip("_") for part in function.qualname.split("."))
        (coloured if marked else plain)[name] += 1
    return sum(min(count, plain[name]) for name, count in coloured.items())
