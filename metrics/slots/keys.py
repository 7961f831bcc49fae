"""What the slots of a file may have in common with those of others: names, by what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metrics.keys import key_of
from metrics.owners import base_name, class_key, last_name

FUNCTION, CLASS, DEFINED, GLOBAL, BASE = "function", "class", "defined", "global", "base"
"""What a file defines: functions, classes, attributes of classes, names of its own, classes by the name of a base."""
COERCER, TESTER = "coercer", "tester"
"""Functions that may make one type of several; these, and those that only test what they are given."""
CALLED, NAMED, LOOKED = "called", "named", "looked"
"""What a file mentions: functions that are called, all other places by name, attributes that are looked into."""


def keys_of(facts: Any) -> Iterator[int]:
    """The keys of all names of a file."""
    return (class_key(name) if kind == CLASS else key_of(kind, name) for kind, name in {*_names(facts)})


def _names(facts: Any) -> Iterator[tuple[str, str]]:
    yield from ((FUNCTION, last_name(function[1])) for function in facts["functions"])
    for qualname, bases, attributes in facts["classes"]:
        yield CLASS, last_name(qualname)
        yield from ((DEFINED, attribute) for attribute in attributes)
        yield from ((BASE, base_name(base)) for base in bases)
    yield from ((GLOBAL, name) for name in facts["globals"])
    coercers = {number for number, _ in facts["coercers"]}
    for number, qualname, *_, marks in facts["functions"]:
        if number in coercers:
            yield COERCER, last_name(qualname)
        if number in coercers or "predicate" in marks:
            yield TESTER, last_name(qualname)
    for _, receiver, *_ in facts["hidden"]:
        yield NAMED, receiver[-1]
        if receiver[0] == "own":
            yield LOOKED, receiver[-1]
    yield from ((CALLED, called_name(call[0])) for call in facts["calls"])
    imports = {alias: name for alias, _, name in facts["imports"]}
    own = {*facts["globals"]}
    for ref in _references(facts):
        if ref[0] == "global":
            yield NAMED, ref[1] if ref[1] in own else imports.get(ref[1], "")
        elif ref[0] not in ("local", "return"):
            yield NAMED, called_name(ref)


def _references(facts: Any) -> Iterator[Any]:
    for source, destination in facts["flows"]:
        yield source
        yield destination
    for _, _, _, passed, named in facts["calls"]:
        yield from (one for one in (*passed, *(value for _, value in named)) if one.__class__ is tuple)
    yield from (nil[0] for nil in facts["nils"])
    yield from (ref for ref, _ in facts["evidence"])
    yield from (check[1] for check in facts["checks"])


def called_name(ref: Any) -> str:
    """The name that stands in a reference."""
    name: str = ref[1] if ref[0] == "other" else ref[-1]
    return name
