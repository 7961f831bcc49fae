"""What one file says of state: the facts that the rules about it share."""

from __future__ import annotations

import ast
from typing import Any

from metrics.facts import Module
from metrics.outline import class_facts
from metrics.scorers.state_drift.decisions import read_decisions
from metrics.scorers.state_drift.flags import drifting_locals, without_locals
from metrics.scorers.state_drift.names import disguised_locals, property_names, read_names
from metrics.scorers.state_drift.writes import read_writes

READING = "writes"


def read_state(module: Module) -> dict[str, Any]:
    """Writes by function and block, locals that drift, classes, uses of attributes, and decisions on them."""
    scopes = module.scopes
    functions = read_writes(scopes)
    shared, read = without_locals(functions), read_names(scopes, module.text)
    classes = [scope for scope in scopes if isinstance(scope.node, ast.ClassDef)]
    return {
        "functions": shared,
        "flags": drifting_locals(functions),
        "classes": class_facts(scopes),
        "lines": {scope.qualname: scope.node.lineno for scope in classes if isinstance(scope.node, ast.ClassDef)},
        "read": sorted(read),
        "properties": property_names(scopes),
        "disguised": disguised_locals(shared, scopes, read),
        "decisions": read_decisions(scopes),
    }
