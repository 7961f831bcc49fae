"""Reads one file into the facts that the model of slots is made of."""

from __future__ import annotations

from typing import Any

from metrics.facts import Module
from metrics.outline import Scope, class_facts
from metrics.slots.attempts import captures
from metrics.slots.checks import CheckFacts, read_checks
from metrics.slots.coercions import coercer_types, coercions
from metrics.slots.flows import Flows
from metrics.slots.hidden import HiddenFacts, read_hidden
from metrics.slots.places import Known, Places

READING = "slots"
VERSION = 5
"""Raise it whenever `read` answers differently for the same text."""


def read(module: Module) -> dict[str, Any]:
    """Functions, classes, imports, flows, sources of None, checks and hidden nil of a file."""
    scopes = module.scopes
    known = Known(scopes)
    flows, checks, hidden = Flows(), list[CheckFacts](), list[HiddenFacts]()
    coercers, coercing = list[tuple[int, list[str]]](), list[tuple[int, int]]()
    seen: dict[Scope, Places] = {}
    for number, scope in enumerate(scopes):
        outer = seen[scope.around] if scope.around is not None else None
        places = seen[scope] = Places(scope, number, outer, known)
        flows.read(places)
        caught = list(captures(scope))
        checks += read_checks(places, caught)
        hidden += read_hidden(places, caught)
        if scope.is_function:
            coercing += coercions(scope)
            if types := coercer_types(scope):
                coercers.append((number, types))
    return {
        "classes": class_facts(scopes),
        "imports": known.imports,
        "globals": sorted(known.assigned),
        "functions": flows.functions,
        "flows": flows.flows,
        "nils": flows.nils,
        "evidence": list(dict.fromkeys(flows.evidence)),
        "calls": flows.calls,
        "checks": checks,
        "hidden": hidden,
        "coercers": coercers,
        "coercing": coercing,
    }
