"""The shape of a statement's header: what stays when names, attributes and literals are taken out of it.

One walk yields everything that the two measures of duplication need, since walking is most of what a file costs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from metrics.literals import written
from metrics.scorers.duplication.digests import shape_digests

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
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_PLAIN = frozenset({ast.Name, ast.Constant, ast.Attribute})
_OPERATORS = [
    operator for kind in (ast.operator, ast.boolop, ast.unaryop, ast.cmpop) for operator in kind.__subclasses__()
]
_ASSIGNMENTS = frozenset({ast.Assign, ast.AnnAssign})
COMPOUND = frozenset(
    {ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match}
    | {ast.ExceptHandler, ast.match_case}
)
_LAST_OF_HEADER: dict[type[ast.AST], str] = {
    **dict.fromkeys((ast.If, ast.While), "test"),
    **dict.fromkeys((ast.For, ast.AsyncFor), "iter"),
    ast.ExceptHandler: "type",
    ast.Match: "subject",
}
_LONG = 40

ATTRIBUTE, LITERAL, STORED, INNER = ".", "=", "!", "~"
"""What a leaf begins with if it is not a name that is read."""


Row = tuple[int, int, tuple[str, ...], tuple[str, ...], int, int, bool, int, int]
"""One statement header:

* a digest of its shape, blind for names, attributes and literals; the same, blind also for which of them a leaf is;
* its tokens without the arguments of calls, a name `x` being `$x`; its names;
* its nodes, and those outside of arguments; whether it only assigns a leaf; its first and last line.
"""


class Header:
    """Reads statement headers, collecting the leaves and the names that are bound on the way."""

    def __init__(self) -> None:
        self.leaves: list[str] = []
        self.bound: set[str] = set()
        self._strict: list[str] = []
        self._loose: list[str] = []
        self._names: list[str] = []
        self._hidden = 0
        self._visit = _Visitors(self._any)
        self._visit.update(
            {
                ast.Name: self._name,
                ast.Constant: self._constant,
                ast.JoinedStr: self._text,
                ast.Attribute: self._attribute,
                ast.Call: self._call,
                ast.AugAssign: self._augmented,
                **dict.fromkeys(_COMPREHENSIONS, self._comprehended),
                ast.arg: self._binding,
                ast.ExceptHandler: self._binding,
                ast.MatchAs: self._binding,
                ast.MatchStar: self._binding,
                ast.MatchMapping: self._binding,
                type(None): self._absent,
                str: self._absent,
                bool: self._absent,
            }
        )
        for operator in _OPERATORS:
            self._visit[operator] = self._operator

    def read(self, node: ast.stmt | ast.ExceptHandler | ast.match_case) -> Row:
        """One row; `leaves` and `bound` grow."""
        self._strict.clear()
        self._loose.clear()
        self._names.clear()
        self._hidden = 0
        cls: Any = node.__class__
        mass = self._visit[cls](node, False)
        where: Any = node.pattern if cls is ast.match_case else node  # type: ignore[union-attr]
        strict, shape = shape_digests(" ".join(self._strict))
        return (
            strict,
            shape,
            tuple(self._loose),
            tuple(self._names),
            mass,
            mass - self._hidden,
            cls in _ASSIGNMENTS and node.value.__class__ in _PLAIN,  # type: ignore[union-attr]
            where.lineno,
            _header_end(node) if cls in COMPOUND else where.end_lineno or 0,
        )

    def part(self, node: ast.AST) -> tuple[int, int]:
        """The shape and the mass of something that is no row, such as a function's parameters."""
        self._strict.clear()
        mass = self._visit[node.__class__](node, True)
        return shape_digests(" ".join(self._strict))[1], mass

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
        names: list[str] = []
        parts: list[str] = []
        mass = _read_text(node, names, parts)
        self._names.extend(names)
        self.leaves.append(LITERAL + " ".join(parts))
        self.leaves.extend(names)
        self._strict.append(f"J{len(names)}")
        if not inside:
            self._loose.append("C")
        return mass

    def _attribute(self, node: ast.Attribute, inside: bool) -> int:
        attribute = ATTRIBUTE + node.attr
        self._strict.append(".")
        if not inside:
            self._loose.append(attribute)
        value = node.value
        mass = self._visit[value.__class__](value, inside)
        self.leaves.append(attribute)
        return mass + 1

    def _call(self, node: ast.Call, inside: bool) -> int:
        strict, visit = self._strict, self._visit
        strict.append("Call")
        if not inside:
            self._loose.append("Call")
        function = node.func
        mass = visit[function.__class__](function, inside) + 1
        strict.append("[")
        arguments = 0
        for value in node.args:
            arguments += visit[value.__class__](value, True)
        strict.append("][")
        for keyword in node.keywords:
            strict.append(f"{keyword.arg}=")
            value = keyword.value
            arguments += visit[value.__class__](value, True) + 1
        strict.append("]")
        if not inside:
            self._hidden += arguments
        return mass + arguments

    def _comprehended(self, node: Any, inside: bool) -> int:
        """A comprehension: what its loops bind lives in it alone, whatever else bears the same name."""
        first = len(self.leaves)
        mass = self._any(node, inside)
        targets = [part.target for part in node.generators]
        own = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        leaves = (leaf.removeprefix(STORED) for leaf in self.leaves[first:])
        self.leaves[first:] = [
            INNER + leaf if leaf in own else before for leaf, before in zip(leaves, self.leaves[first:], strict=True)
        ]
        return mass

    def _augmented(self, node: ast.AugAssign, inside: bool) -> int:
        if isinstance(node.target, ast.Name):
            self.leaves.append(node.target.id)
        return self._any(node, inside)

    def _binding(self, node: ast.AST, inside: bool) -> int:
        name = getattr(node, _BINDERS[node.__class__])
        if name is not None:
            self.bound.add(name)
            self.leaves.append(STORED + name)
            self._names.append(name)
        return self._any(node, inside)

    def _operator(self, node: ast.AST, inside: bool) -> int:
        token = node.__class__.__name__
        self._strict.append(token)
        if not inside:
            self._loose.append(token)
        return 0

    def _absent(self, node: object, inside: bool) -> int:
        self._strict.append("x")
        return 0

    def _any(self, node: ast.AST, inside: bool) -> int:
        cls = node.__class__
        token, mass, fields = _KINDS.get(cls) or _kind(cls)
        strict, loose, visit = self._strict, self._loose, self._visit
        strict.append(token)
        if not inside:
            loose.append(token)
        for field in fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                strict.append("[")
                for item in value:
                    mass += visit[item.__class__](item, inside)
                strict.append("]")
                if not inside:
                    loose.append(f"[{len(value)}]")
            elif value is None:
                strict.append("-")
                if not inside:
                    loose.append("-")
            elif value.__class__ is not str:
                mass += visit[value.__class__](value, inside)
        return mass


class _Visitors(dict[type, Callable[[Any, bool], int]]):
    """What reads a node of each class."""

    def __init__(self, other: Callable[[Any, bool], int]) -> None:
        self._other = other

    def __missing__(self, cls: type) -> Callable[[Any, bool], int]:
        self[cls] = self._other
        return self._other


def _read_text(node: ast.AST, names: list[str], parts: list[str]) -> int:
    """Take an f-string apart; its mass is the answer."""
    if isinstance(node, ast.Name):
        names.append(node.id)
        return 1
    if isinstance(node, ast.Constant):
        parts.append(_literal(node.value))
        return 1
    parts.append(node.attr if isinstance(node, ast.Attribute) else type(node).__name__)
    return isinstance(node, _COUNTED) + sum(_read_text(part, names, parts) for part in ast.iter_child_nodes(node))


_KINDS: dict[type[ast.AST], tuple[str, int, tuple[str, ...]]] = {}
_BINDERS: dict[type[ast.AST], str] = {
    ast.arg: "arg",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}


def _kind(cls: type[ast.AST]) -> tuple[str, int, tuple[str, ...]]:
    header = issubclass(cls, _HEADERS)
    ordered = _EVALUATED_FIRST.get(cls, cls._fields)
    fields = tuple(field for field in ordered if field not in _UNSHAPED and not (header and field in BLOCKS))
    _KINDS[cls] = kind = cls.__name__, int(issubclass(cls, _COUNTED)), fields
    return kind


def _literal(value: object) -> str:
    text = written(value)
    return text if len(text) <= _LONG else blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _header_end(node: Any) -> int:
    """The last line of what stands before the blocks of a compound statement."""
    kind = node.__class__
    if kind in _LAST_OF_HEADER:
        last = getattr(node, _LAST_OF_HEADER[kind]) or node
        return int(node.lineno if last is node else last.end_lineno)
    if kind is ast.match_case:
        return int((node.guard or node.pattern).end_lineno)
    if kind in (ast.With, ast.AsyncWith):
        return int((node.items[-1].optional_vars or node.items[-1].context_expr).end_lineno)
    return int(node.lineno)
