"""What other code can use of a module: its public names with their signatures, read off the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from metrics.facts import parse

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_YIELDS = (ast.Yield, ast.YieldFrom)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)


class Signature(NamedTuple):
    """How a name can be used, each part as text. Annotations are left to the `types` gate."""

    kind: str
    parameters: str = ""
    decorators: str = ""
    value: str = ""
    """Of a constant: a number, a text, or a collection of such."""


@dataclass(frozen=True)
class Namespace:
    """A module's public names; members of public classes are `Class.member`, inherited ones included where known."""

    members: Mapping[str, Signature]
    classes: Mapping[str, tuple[str, ...]]
    """All classes, private ones too, with the text of their bases and keywords."""
    imported: Mapping[str, str]
    """Name → the name that it has where it comes from."""
    exported: str = ""
    """The text of `__all__`."""
    private: Mapping[str, Mapping[str, Signature]] = field(default_factory=dict)
    """The members of private classes, which public ones may inherit."""

    def ancestors(self, name: str, others: Sequence[Namespace], seen: frozenset[str] = frozenset()) -> list[str]:
        """The bases of a class in order, each one known here or in `others` followed by its own bases."""
        found: list[str] = []
        for base in self.classes.get(name, ()):
            found.append(base)
            if base not in seen:
                holder = next((space for space in (self, *others) if base in space.classes), None)
                found += holder.ancestors(base, others, seen | {base}) if holder else []
        return found

    def member(self, name: str, others: Sequence[Namespace]) -> Signature | None:
        """The signature of `Class.member` or of a plain name; a member may be inherited from a class known here."""
        own = self.members.get(name)
        holder, _, member = name.rpartition(".")
        if own is not None or not holder:
            return own
        for base in self.ancestors(holder, others):
            for space in (self, *others):
                found = space.private.get(base, {}).get(member) or space.members.get(f"{base}.{member}")
                if found is not None:
                    return found
        return None


def is_public(name: str) -> bool:
    """Whether others may use a name: no leading underscore, or a special method."""
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


@lru_cache(maxsize=64)
def public_namespace(text: str, package: bool = False) -> Namespace:
    """Read a module; what a `package` imports is public too. Raises `UnparsableError`."""
    module = parse(text).tree
    members: dict[str, Signature] = {}
    classes: dict[str, tuple[str, ...]] = {}
    imported: dict[str, str] = {}
    private: dict[str, dict[str, Signature]] = {}
    exported = []
    for statement in _statements(module.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                imported[alias.asname or alias.name] = alias.name
        for name, signature in _bound(statement):
            if name == "__all__":
                exported.append(ast.unparse(statement))
            elif is_public(name):
                _add(members, name, signature)
        if isinstance(statement, ast.ClassDef):
            classes[statement.name] = (*map(ast.unparse, statement.bases), *map(ast.unparse, statement.keywords))
            inside = _class_members(statement)
            if is_public(statement.name):
                for name, signature in inside.items():
                    members[f"{statement.name}.{name}"] = signature
            else:
                private[statement.name] = inside
    listed = _names_in(exported)
    for name in imported:
        if name not in members and (name in listed or (package and is_public(name) and "." not in name)):
            members[name] = Signature("import")
    return Namespace(members, classes, imported, "\n".join(exported), private)


def _add(members: dict[str, Signature], name: str, signature: Signature) -> None:
    """A name bound more than once (overloads, branches, setters) keeps all of its signatures, in order."""
    known = members.get(name)
    if known is not None and known != signature:
        signature = Signature(*(" | ".join(filter(None, pair)) for pair in zip(known, signature, strict=True)))
    members[name] = signature


def _class_members(node: ast.ClassDef) -> dict[str, Signature]:
    members: dict[str, Signature] = {}
    for statement in _statements(node.body):
        for name, signature in _bound(statement):
            if is_public(name):
                _add(members, name, signature)
    return members


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block and of the conditional blocks in it, which bind names in the same namespace."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            if not isinstance(statement, _SCOPES):
                blocks = getattr(statement, name, None) or []
                for block in blocks if name in ("handlers", "cases") else [None]:
                    yield from _statements(block.body if block is not None else blocks)


def _bound(statement: ast.stmt) -> Iterator[tuple[str, Signature]]:
    if isinstance(statement, _FUNCTIONS):
        yield statement.name, _function(statement)
    elif isinstance(statement, ast.ClassDef):
        yield statement.name, Signature("class", decorators=_texts(statement.decorator_list))
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, Signature("value", value=_constant(statement.value))
    elif type(statement).__name__ == "TypeAlias":  # PEP 695: the running `ast` may not have it
        alias: ast.Name = getattr(statement, "name")  # noqa: B009
        yield alias.id, Signature("type")


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    kind = "async function" if isinstance(node, ast.AsyncFunctionDef) else "function"
    if any(isinstance(inner, _YIELDS) for inner in _own(node)):
        kind = kind.replace("function", "generator")
    return Signature(kind, f"({_parameters(node.args)})", _texts(node.decorator_list))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of functions within."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _SCOPES):
            yield child
            yield from _own(child)


def _parameters(arguments: ast.arguments) -> str:
    """Names, kinds and defaults, without annotations."""

    def bare_argument(argument: ast.arg | None) -> ast.arg | None:
        return ast.arg(argument.arg, None) if argument else None

    return ast.unparse(
        ast.arguments(
            [ast.arg(argument.arg, None) for argument in arguments.posonlyargs],
            [ast.arg(argument.arg, None) for argument in arguments.args],
            bare_argument(arguments.vararg),
            [ast.arg(argument.arg, None) for argument in arguments.kwonlyargs],
            arguments.kw_defaults,
            bare_argument(arguments.kwarg),
            arguments.defaults,
        )
    )


def _texts(nodes: list[ast.expr]) -> str:
    return ", ".join(f"@{ast.unparse(node)}" for node in nodes)


def _constant(value: ast.expr | None) -> str:
    """The text of a value that is written out; any other can only be compared by running it."""
    if value is None:
        return ""
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ""
    return ast.unparse(value)


def _names_in(exported: list[str]) -> set[str]:
    constants = (node for text in exported for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str)}
