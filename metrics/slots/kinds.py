"""What the form of a literal or of an annotation tells about a value: None, bool, collection, scalar, union."""

from __future__ import annotations

import ast

NIL, BOOL, COLLECTION, SCALAR, UNION = "nil", "bool", "collection", "scalar", "union"

_COLLECTIONS = frozenset({ast.List, ast.Dict, ast.Tuple, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp})
_MAKERS = {
    **dict.fromkeys(("list", "dict", "set", "tuple", "frozenset", "OrderedDict", "defaultdict", "deque"), COLLECTION),
    **dict.fromkeys(("bool", "isinstance", "hasattr", "any", "all", "callable", "issubclass"), BOOL),
    **dict.fromkeys(("str", "int", "float", "bytes", "len"), SCALAR),
}
_ANNOTATED = {
    "bool": BOOL,
    **dict.fromkeys(("str", "int", "bytes", "float", "complex"), SCALAR),
    **dict.fromkeys(("list", "dict", "set", "tuple", "frozenset", "List", "Dict", "Set", "Tuple"), COLLECTION),
    **dict.fromkeys(("FrozenSet", "Sequence", "Iterable", "Mapping", "MutableMapping", "Collection"), COLLECTION),
}
_OPEN = frozenset(
    {"Any", "object", "Optional", "Union", "Annotated", "Final", "ClassVar", "InitVar", "Incomplete", "None"}
)
"""Annotations that admit None, or may."""


def is_none(node: ast.AST | None) -> bool:
    """Whether an expression is the constant None."""
    return isinstance(node, ast.Constant) and node.value is None


def literal_kind(node: ast.AST) -> str | None:
    """The kind of value an expression surely makes, if its form tells."""
    cls = node.__class__
    if cls is ast.Constant:
        value = node.value  # type: ignore[attr-defined]
        if value is None:
            return NIL
        return BOOL if isinstance(value, bool) else SCALAR
    if cls in _COLLECTIONS:
        return COLLECTION
    if cls is ast.Call:
        func = node.func  # type: ignore[attr-defined]
        return _MAKERS.get(func.id) if func.__class__ is ast.Name else None
    if cls is ast.Compare or (cls is ast.UnaryOp and isinstance(node.op, ast.Not)):  # type: ignore[attr-defined]
        return BOOL
    if cls is ast.BinOp:
        operands = node.left, node.right  # type: ignore[attr-defined]
        return SCALAR if any(operand.__class__ is ast.Constant for operand in operands) else None
    return SCALAR if cls is ast.JoinedStr else None


def annotated_kinds(annotation: ast.expr | None) -> set[str]:
    """The kinds that an annotation admits; empty if it tells nothing."""
    if annotation is None:
        return set()
    if isinstance(annotation, ast.Constant):
        return _parsed_kinds(annotation)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _united(_operands(annotation))
    if isinstance(annotation, ast.Subscript):
        name = last_name(annotation.value)
        inner = annotation.slice
        if name == "Optional":
            return {NIL} | annotated_kinds(inner)
        if name == "Union":
            return _united(inner.elts if isinstance(inner, ast.Tuple) else [inner])
        if name in ("Annotated", "Final", "ClassVar"):
            return annotated_kinds(inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner)
        return _named_kind(name)
    return _named_kind(last_name(annotation))


def excluding_type(annotation: ast.expr | None) -> str:
    """The name of the type of an annotation that leaves None out, if it is not an alias; else nothing."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = _parsed(annotation.value)
    if annotation is None or isinstance(annotation, (ast.Constant, ast.BinOp)):
        return ""
    name = last_name(annotation) or ""
    return "" if name in _OPEN else name


def last_name(node: ast.AST) -> str | None:
    """`c` of `a.b.c`, of `c`, of `c[...]`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return last_name(node.value) if isinstance(node, ast.Subscript) else None


def _parsed_kinds(annotation: ast.Constant) -> set[str]:
    if annotation.value is None:
        return {NIL}
    return annotated_kinds(_parsed(annotation.value)) if isinstance(annotation.value, str) else set()


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _named_kind(name: str | None) -> set[str]:
    return {_ANNOTATED[name]} if name in _ANNOTATED else set()


def _operands(node: ast.expr) -> list[ast.expr]:
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        found.append(node.right)
        node = node.left
    return [*found, node]


def _united(operands: list[ast.expr]) -> set[str]:
    kinds = {kind for operand in operands for kind in annotated_kinds(operand)}
    return kinds | ({UNION} if sum(not is_none(operand) for operand in operands) > 1 else set())
