"""The places where a set of literals is tested: their operands, the names in them, and what stops a call there."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.classes import is_class_method, receiver_name
from guardloop.sketches.duplication.names import COMPREHENSIONS, scope_names, stored, uses
from guardloop.sketches.duplication.program import FUNCTIONS, Function, Parsed, Program
from guardloop.sketches.duplication.region import Refused
from guardloop.sketches.reification_miss.chain import Chain, Operand, chain_of

_FRAMES = frozenset({"locals", "vars", "dir", "globals", "eval", "exec", "super", "_getframe", "currentframe", "stack"})
_HERE = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


@dataclass(frozen=True, eq=False)
class Site:
    """One occurrence: which operands of its chain are the literals, in the order of the finding's literals."""

    file: Parsed
    chain: Chain
    picked: tuple[int, ...]
    receivers: tuple[str, ...]
    """The names that stand here for the receivers that the finding numbers."""
    function: Function
    method: Function | None
    """The method of a class that this is in, if any."""

    @property
    def operands(self) -> list[Operand]:
        """The literals' operands in the order of the finding."""
        return [self.chain.operands[at] for at in self.picked]

    @property
    def order(self) -> tuple[int, ...]:
        """The finding's literals in the order in which this place tests them."""
        return tuple(sorted(range(len(self.picked)), key=lambda literal: self.picked[literal]))

    @property
    def owner(self) -> ast.ClassDef | None:
        """The class of that method."""
        above = self.file.parents.get(self.method) if self.method else None
        return above if isinstance(above, ast.ClassDef) else None

    @property
    def instance(self) -> str:
        """The name of the method's own object, empty if there is none or something else may bear it here."""
        name = receiver_name(self.method) if self.method else None
        if not name or not self.method:
            return ""
        around = [scope for scope in self.file.enclosing(self.chain.node) if scope is not self.method]
        hidden = any(name in scope_names(scope) for scope in around if isinstance(scope, _SCOPES))
        return "" if hidden or name in stored(self.method.body) else name

    @property
    def is_on_class(self) -> bool:
        """Whether that object is the class itself."""
        return self.method is not None and is_class_method(self.method)

    @property
    def locals(self) -> frozenset[str]:
        """Names that are local here, the enclosing functions' and comprehensions' included."""
        scopes = [scope for scope in self.file.enclosing(self.operands[0].node) if isinstance(scope, _SCOPES)]
        return frozenset().union(*map(scope_names, scopes))

    @property
    def free(self) -> list[str]:
        """The names that the literals read here, in the order of the text."""
        ordered = [self.operands[at].node for at in self.order]
        return list(dict.fromkeys(use.name for use in uses(ordered)))

    def __str__(self) -> str:
        return f"{self.file.path}:{self.operands[0].node.lineno}"


_SCOPES = (*FUNCTIONS, ast.Lambda, *COMPREHENSIONS)


def site_of(occurrence: Mapping[str, Any], program: Program) -> Site:
    """Find an occurrence of the evidence in the text; raises `Refused` where no call can take its place."""
    file = program.file(occurrence["path"])
    if file is None:
        raise Refused(f"{occurrence['path']}: not found")
    literals = [_expression(file, tuple(position)) for position in occurrence["positions"]]
    chain = chain_of(file, literals)
    picked = tuple(_index(file, chain, literal) for literal in literals)
    functions = file.functions_around(literals[0])
    if not functions:
        raise Refused(f"{file.path}:{literals[0].lineno}: not in a function")
    outermost = functions[-1]
    method = outermost if isinstance(file.parents.get(outermost), ast.ClassDef) else None
    site = Site(file, chain, picked, tuple(occurrence["receivers"]), functions[0], method)
    _check(site)
    return site


def _expression(file: Parsed, position: tuple[int, ...]) -> ast.expr:
    found = _expressions(file).get(position)
    if found is None:
        raise Refused(f"{file.path}:{position[0]}: the condition was not found")
    return found


@lru_cache(maxsize=64)
def _expressions(file: Parsed) -> dict[tuple[int, ...], ast.expr]:
    """The outermost expression at each position."""
    found: dict[tuple[int, ...], ast.expr] = {}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.expr):
            place = node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0
            found.setdefault(place, node)
    return found


def _index(file: Parsed, chain: Chain, literal: ast.expr) -> int:
    above = {id(literal), *(id(node) for node in file.enclosing(literal))}
    return next(at for at, operand in enumerate(chain.operands) if id(operand.node) in above)


def _check(site: Site) -> None:
    for node in (inner for operand in site.operands for inner in ast.walk(operand.node)):
        if isinstance(node, _HERE) or (isinstance(node, ast.comprehension) and node.is_async):
            raise Refused(f"{site}: `{ast.unparse(node)}` only works where it stands")
        name = node.id if isinstance(node, ast.Name) else ""
        if name in _FRAMES or name == "__class__":
            raise Refused(f"{site}: `{name}` depends on the function that it is in")
    imported = _imported(site) & set(site.free) & site.locals
    if imported:
        raise Refused(f"{site}: {min(imported)} is imported in the function")
    if any(isinstance(above, ast.JoinedStr) for above in site.file.enclosing(site.chain.node)):
        raise Refused(f"{site}: inside an f-string")


def _imported(site: Site) -> set[str]:
    """Names that imports inside the functions around bind."""
    functions = [above for above in site.file.enclosing(site.chain.node) if isinstance(above, FUNCTIONS)]
    imports = [n for function in functions for n in ast.walk(function) if isinstance(n, (ast.Import, ast.ImportFrom))]
    return {(alias.asname or alias.name).partition(".")[0] for node in imports for alias in node.names}


def unequal(site: Site, like: Site, bindings: Bindings) -> str | None:
    """Why the literals of a site can't be called by what those of another one say; `None` if they can."""
    there = renaming(site, like)
    if bool(site.instance) != bool(like.instance) and like.instance in like.free:
        return f"{site}: it is in no method as {like} is"
    for one, other in zip(site.operands, like.operands, strict=True):
        if ast.dump(_Renamed(there).visit(_copied(one.core))) != ast.dump(_copied(other.core)):
            return f"{site}: `{ast.unparse(one.node)}` is not written as it is at {like}"
    for name in set(site.free) - site.locals:
        if bindings.meaning(site.file, name) != bindings.meaning(like.file, name):
            return f"{site}: {name} means something else than at {like}"
    if {there.get(name, name) for name in set(site.free) & site.locals} != set(like.free) & like.locals:
        return f"{site}: other names are local than at {like}"
    return None


def is_respelled(site: Site, like: Site) -> bool:
    """Whether an operand tests the same in other words, as `not a == b` and `a != b` do."""
    names = _Renamed(renaming(site, like))
    pairs = zip(site.operands, like.operands, strict=True)
    return any(ast.dump(names.visit(_copied(one.node))) != ast.dump(_copied(other.node)) for one, other in pairs)


def renaming(site: Site, like: Site) -> dict[str, str]:
    """What the local names of a site are called at another one, where that differs or may."""
    names = dict(zip(site.receivers, like.receivers, strict=True))
    return {**names, site.instance: like.instance} if site.instance and like.instance else names


def _copied(node: ast.expr) -> ast.expr:
    return ast.parse(f"({ast.unparse(node)})", mode="eval").body


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)


def topmost(site: Site, is_negated: bool) -> tuple[ast.AST, bool]:
    """The chain with the negations around it, and whether the call that takes its place is negated then."""
    node: ast.AST = site.chain.node
    while isinstance(parent := site.file.parents.get(node), ast.UnaryOp) and isinstance(parent.op, ast.Not):
        node, is_negated = parent, not is_negated
    return node, is_negated


def same_signs(site: Site, like: Site) -> bool | None:
    """Whether the literals must hold where those of the other must; False for the opposite, `None` for neither."""
    agree = {one.holds == other.holds for one, other in zip(site.operands, like.operands, strict=True)}
    return agree.pop() if len(agree) == 1 else None
