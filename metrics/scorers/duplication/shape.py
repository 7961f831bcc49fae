"""The shape of a statement's header: what stays when names, attributes and literals are taken out of it.

One walk yields everything that the two measures of duplication need, since walking is most of what a file costs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
_UNSHAPED = frozenset(
    {"ctx", "type_comment", "returns", "annotation", "kind", "type_params", "lineno", "level", "simple", "is_async"}
    | {"conversion"}
)
_HEADERS = (ast.stmt, ast.excepthandler, ast.match_case)
_COUNTED = (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.excepthandler, ast.match_case)
_EVALUATED_FIRST: dict[type[ast.AST], tuple[str, ...]] = {
    # Python evaluates these before what stands left of them: a name read there is not yet the one stored.
    ast.Assign: ("value", "targets"),
    ast.AnnAssign: ("value", "target"),
    ast.NamedExpr: ("value", "target"),
    ast.For: ("iter", "target"),
    ast.AsyncFor: ("iter", "target"),
    ast.comprehension: ("iter", "target", "ifs"),
    ast.ListComp: ("generators", "elt"),
    ast.SetComp: ("generators", "elt"),
    ast.GeneratorExp: ("generators", "elt"),
    ast.DictComp: ("generators", "key", "value"),
}
_PLAIN = (ast.Name, ast.Constant, ast.Attribute)
_LONG = 40
_TEXT_SHAPE = re.compile(r"J\d+")

ATTRIBUTE, LITERAL, STORED = ".", "=", "!"
"""What a leaf begins with if it is not a name that is read."""


class Row(NamedTuple):
    """One statement header. `mass` counts its nodes, `bare` those outside of call arguments."""

    strict: int
    """Digest of the shape: blind for names, attributes and literals."""
    shape: int
    """The same, blind also for whether a leaf is a name or a literal."""
    loose: tuple[str, ...]
    """Tokens without call arguments; a name `x` is `$x`."""
    names: tuple[str, ...]
    mass: int
    bare: int
    plain: bool
    line: int
    end_line: int


class Header:
    """Reads statement headers, collecting the leaves and the names that are bound on the way."""

    def __init__(self) -> None:
        self.leaves: list[str] = []
        self.bound: set[str] = set()
        self._strict: list[str] = []
        self._loose: list[str] = []
        self._names: list[str] = []
        self._hidden = 0
        self._digests: dict[str, int] = {}
        self._handlers: dict[type[ast.AST], Callable[[ast.AST, bool], int]] = {
            ast.Name: self._name,  # type: ignore[dict-item]
            ast.Constant: self._constant,  # type: ignore[dict-item]
            ast.JoinedStr: self._text,  # type: ignore[dict-item]
            ast.Attribute: self._attribute,  # type: ignore[dict-item]
            ast.Call: self._call,  # type: ignore[dict-item]
            ast.AugAssign: self._augmented,  # type: ignore[dict-item]
        }

    def read(self, node: ast.stmt | ast.ExceptHandler | ast.match_case) -> Row:
        """One row; `leaves` and `bound` grow."""
        self._strict.clear()
        self._loose.clear()
        self._names.clear()
        self._hidden = 0
        mass = self._visit(node, False)
        strict = " ".join(self._strict)
        where = node.pattern if isinstance(node, ast.match_case) else node
        return Row(
            self.digest(_TEXT_SHAPE.sub("C", strict) if "J" in strict else strict),
            # Every C becomes an N, in other tokens too, which stay as distinct as they were.
            self.digest(strict.replace("C", "N")),
            tuple(self._loose),
            tuple(self._names),
            mass,
            mass - self._hidden,
            isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, _PLAIN),
            where.lineno,
            _header_end(node) if hasattr(node, "body") or isinstance(node, ast.Match) else where.end_lineno or 0,
        )

    def part(self, node: ast.AST) -> tuple[int, int]:
        """The shape and the mass of something that is no row, such as a function's parameters."""
        self._strict.clear()
        mass = self._visit(node, True)
        return self.digest(" ".join(self._strict).replace("C", "N")), mass

    def digest(self, text: str) -> int:
        """A 63-bit digest that is the same in every process."""
        known = self._digests.get(text)
        if known is None:
            data = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known = self._digests[text] = int.from_bytes(data, "big") >> 1
        return known

    def _visit(self, node: ast.AST, inside: bool) -> int:
        return self._handlers.get(node.__class__, self._any)(node, inside)

    def _name(self, node: ast.Name, inside: bool) -> int:
        name = node.id
        self._names.append(name)
        self._strict.append("N")
        if node.ctx.__class__ is ast.Load:
            self.leaves.append(name)
        else:
            self.bound.add(name)
            self.leaves.append(STORED + name)
        if not inside:
            self._loose.append("$" + name)
        return 1

    def _constant(self, node: ast.Constant, inside: bool) -> int:
        # Whether a value is None decides what the code means, not only what it says.
        token = "None" if node.value is None else "C"
        self._strict.append(token)
        if token == "C":
            self.leaves.append(LITERAL + _literal(node.value))
        if not inside:
            self._loose.append(token)
        return 1

    def _text(self, node: ast.JoinedStr, inside: bool) -> int:
        names, parts, mass = [], [], 0
        for part in ast.walk(node):
            mass += isinstance(part, _COUNTED)
            if isinstance(part, ast.Name):
                names.append(part.id)
            elif isinstance(part, ast.Constant):
                parts.append(repr(part.value))
            else:
                parts.append(part.attr if isinstance(part, ast.Attribute) else type(part).__name__)
        self._names.extend(names)
        self.leaves.append(LITERAL + " ".join(parts))
        self.leaves.extend(names)
        self._strict.append(f"J{len(names)}")
        if not inside:
            self._loose.append("C")
        return mass

    def _attribute(self, node: ast.Attribute, inside: bool) -> int:
        self._strict.append(".")
        if not inside:
            self._loose.append(ATTRIBUTE + node.attr)
        mass = self._visit(node.value, inside)
        self.leaves.append(ATTRIBUTE + node.attr)
        return mass + 1

    def _call(self, node: ast.Call, inside: bool) -> int:
        self._strict.append("Call")
        if not inside:
            self._loose.append("Call")
        mass = self._visit(node.func, inside) + 1
        self._strict.append("[")
        arguments = 0
        for value in node.args:
            arguments += self._visit(value, True)
        self._strict.append("][")
        for keyword in node.keywords:
            self._strict.append(f"{keyword.arg}=")
            arguments += self._visit(keyword.value, True) + 1
        self._strict.append("]")
        if not inside:
            self._hidden += arguments
        return mass + arguments

    def _augmented(self, node: ast.AugAssign, inside: bool) -> int:
        if isinstance(node.target, ast.Name):
            self.leaves.append(node.target.id)
        return self._any(node, inside)

    def _any(self, node: ast.AST, inside: bool) -> int:
        cls = node.__class__
        known = _KINDS.get(cls)
        if known is None:
            known = _KINDS[cls] = _kind(cls)
        token, mass, fields, binder = known
        strict, loose = self._strict, self._loose
        strict.append(token)
        if not inside:
            loose.append(token)
        if binder:
            self._bind(node, binder)
        for field in fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                strict.append("[")
                for item in value:
                    if isinstance(item, ast.AST):
                        mass += self._visit(item, inside)
                    else:
                        strict.append("x")
                strict.append("]")
                if not inside:
                    loose.append(f"[{len(value)}]")
            elif value is None:
                strict.append("-")
                if not inside:
                    loose.append("-")
            elif isinstance(value, ast.AST):
                mass += self._visit(value, inside)
        return mass

    def _bind(self, node: ast.AST, field: str) -> None:
        name = getattr(node, field, None)
        if isinstance(name, str):
            self.bound.add(name)
            self.leaves.append(STORED + name)
            self._names.append(name)


_KINDS: dict[type[ast.AST], tuple[str, int, tuple[str, ...], str]] = {}
_BINDERS: dict[type[ast.AST], str] = {
    ast.arg: "arg",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}


def _kind(cls: type[ast.AST]) -> tuple[str, int, tuple[str, ...], str]:
    header = issubclass(cls, _HEADERS)
    ordered = _EVALUATED_FIRST.get(cls, cls._fields)
    fields = tuple(field for field in ordered if field not in _UNSHAPED and not (header and field in BLOCKS))
    return cls.__name__, int(issubclass(cls, _COUNTED)), fields, _BINDERS.get(cls, "")


def _literal(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to write very long numbers in decimal.
        text = hex(value) if isinstance(value, int) else type(value).__name__
    return text if len(text) <= _LONG else blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _header_end(node: ast.AST) -> int:
    end = 0 if isinstance(node, ast.match_case) else getattr(node, "lineno", 0)
    for field in node._fields:
        value = getattr(node, field, None)
        if field not in BLOCKS:
            for part in value if isinstance(value, list) else (value,):
                end = max(end, getattr(part, "end_lineno", None) or _header_end_of_item(part))
    return int(end)


def _header_end_of_item(part: object) -> int:
    # A `with` item has no position of its own.
    inner = (getattr(part, field, None) for field in ("context_expr", "optional_vars"))
    return max((getattr(value, "end_lineno", None) or 0 for value in inner), default=0)
