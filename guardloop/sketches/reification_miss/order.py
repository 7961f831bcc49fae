"""Which operands may change places: those that can neither raise nor run other code, and give a truth value."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.classes import parameters
from guardloop.sketches.duplication.names import all_arguments, stored
from guardloop.sketches.duplication.program import FUNCTIONS, Parsed
from guardloop.sketches.reification_miss.chain import Chain

_TYPE_TESTS = frozenset({"isinstance", "issubclass", "callable"})
_TRUTH_TESTS = _TYPE_TESTS | {"hasattr", "bool", "any", "all"}


def is_kept(chain: Chain, wanted: Sequence[int], bindings: Bindings) -> bool:
    """Whether evaluating the operands in the wanted order makes no difference but for what is calm."""
    calm = [is_calm(operand.node, chain.file, bindings) for operand in chain.operands]
    inverted = ((one, other) for at, one in enumerate(wanted) for other in wanted[at + 1 :] if other < one)
    return all(calm[one] and calm[other] for one, other in inverted)


def is_calm(node: ast.expr, file: Parsed, bindings: Bindings) -> bool:
    """Whether an operand can neither raise nor run code of the project, its test for truth included."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and is_calm(node.operand, file, bindings)
    if isinstance(node, ast.BoolOp):
        return all(is_calm(value, file, bindings) for value in node.values)
    if isinstance(node, ast.Compare):
        identity = all(isinstance(operator, (ast.Is, ast.IsNot)) for operator in node.ops)
        return identity and all(_is_at_hand(part, file, bindings) for part in (node.left, *node.comparators))
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Name) and node.func.id in _TYPE_TESTS and not node.keywords
        return named and all(_is_at_hand(part, file, bindings) for part in node.args)
    if isinstance(node, ast.Name):
        return _is_flag(node, file)
    return isinstance(node, ast.Constant)


def _is_at_hand(node: ast.expr, file: Parsed, bindings: Bindings) -> bool:
    """A constant, a parameter, or a module-level name that never changes: reading it can't fail."""
    if isinstance(node, ast.Tuple):
        return all(_is_at_hand(element, file, bindings) for element in node.elts)
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.Constant)
    for scope in file.enclosing(node):
        if isinstance(scope, FUNCTIONS):
            if node.id in parameters(scope):
                return not _is_deleted(node.id, scope)
            if node.id in stored(scope.body):
                return False
        elif isinstance(scope, (ast.Lambda, ast.comprehension)):
            return False
    return bindings.is_settled(file, node.id)


def _is_deleted(name: str, scope: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del) and n.id == name for n in ast.walk(scope))


def _is_flag(node: ast.Name, file: Parsed) -> bool:
    """A parameter that is declared to be a `bool` and never bound again."""
    function = next((scope for scope in file.enclosing(node) if isinstance(scope, FUNCTIONS)), None)
    if function is None or node.id in stored(function.body):
        return False
    declared = [argument.annotation for argument in all_arguments(function.args) if argument.arg == node.id]
    return any(isinstance(annotation, ast.Name) and annotation.id == "bool" for annotation in declared)


def is_truth_value(node: ast.expr) -> bool:
    """Whether an expression surely gives `True` or `False`."""
    if isinstance(node, ast.BoolOp):
        return all(map(is_truth_value, node.values))
    if isinstance(node, ast.Compare):
        return all(isinstance(operator, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for operator in node.ops)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in _TRUTH_TESTS
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def is_only_tested(file: Parsed, node: ast.AST) -> bool:
    """Whether nothing but the truth of an expression's value matters."""
    parent = file.parents.get(node)
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return parent.test is node
    if isinstance(parent, ast.comprehension):
        return any(test is node for test in parent.ifs)
    if isinstance(parent, ast.match_case):
        return parent.guard is node
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    return isinstance(parent, ast.BoolOp) and is_only_tested(file, parent)
