"""Synchronous functions and their asynchronous twins: the language asks for both, so that a copy is not all waste."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from metrics.scorers.duplication.file import Function

_MARK = re.compile(r"_?async_?", re.IGNORECASE)
_PREFIX = re.compile(r"^a(?=iter|next|close|read|write|send|enter|exit|call)")


def is_twin(one: Function, other: Function) -> bool:
    """Whether one is the other in the other colour."""
    if one.asynchronous != other.asynchronous:
        return True
    return one.qualname != other.qualname and uncoloured(one.qualname) == uncoloured(other.qualname)


@lru_cache(100_000)
def uncoloured(qualname: str) -> str:
    """A qualified name without the marks of being asynchronous."""
    return ".".join(_PREFIX.sub("", _MARK.sub("", part).strip("_")) for part in qualname.split("."))


@lru_cache(100_000)
def _is_marked(qualname: str) -> bool:
    return uncoloured(qualname) != ".".join(part.strip("_") for part in qualname.split("."))


def twin_count(functions: Sequence[Function]) -> int:
    """How many of these functions are the second half of a pair of twins."""
    coloured = [function for function in functions if function.asynchronous or _is_marked(function.qualname)]
    if not coloured or len(coloured) == len(functions):
        return 0
    marked = Counter(uncoloured(function.qualname) for function in coloured)
    names = Counter(uncoloured(function.qualname) for function in functions)
    return sum(min(count, names[name] - count) for name, count in marked.items())
