"""Which names a piece of code reads and binds in the scope that holds it, those of inner scopes left out."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

from guardloop.sketches.duplication.program import FUNCTIONS, Function

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
SCOPES = (*FUNCTIONS, ast.Lambda, *COMPREHENSIONS, ast.ClassDef)


@dataclass(frozen=True)
class Use:
    """One mention of a name; `is_lazy` if it happens when a nested function runs, and not where it stands."""

    name: str
    node: ast.AST
    kind: str
    """`load`, `store`, `del`, or `declare` for `global` and `nonlocal`."""
    is_lazy: bool = False


def uses(nodes: Iterable[ast.AST], hidden: frozenset[str] = frozenset(), is_lazy: bool = False) -> Iterator[Use]:
    """The mentions of names that belong to the scope which holds the nodes, or to one around it."""
    for node in nodes:
        yield from _uses(node, hidden, is_lazy)


def _uses(node: ast.AST, hidden: frozenset[str], is_lazy: bool) -> Iterator[Use]:
    if isinstance(node, ast.Name):
        yield from _mention(node.id, node, _kind(node.ctx), hidden, is_lazy)
    elif isinstance(node, SCOPES):
        yield from _scope_uses(node, hidden, is_lazy)
    else:
        for name in _bound_without_name(node):
            yield from _mention(name, node, "store", hidden, is_lazy)
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            yield from (Use(name, node, "declare", is_lazy) for name in node.names)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield from _mention(node.target.id, node.target, "load", hidden, is_lazy)
        yield from uses(ast.iter_child_nodes(node), hidden, is_lazy)


def _mention(name: str, node: ast.AST, kind: str, hidden: frozenset[str], is_lazy: bool) -> Iterator[Use]:
    if name not in hidden:
        yield Use(name, node, kind, is_lazy)


def _kind(context: ast.expr_context) -> str:
    return "load" if isinstance(context, ast.Load) else "store" if isinstance(context, ast.Store) else "del"


def _bound_without_name(node: ast.AST) -> Iterator[str]:
    """Names that a node binds by a plain string."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _scope_uses(node: ast.AST, hidden: frozenset[str], is_lazy: bool) -> Iterator[Use]:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        yield from _mention(node.name, node, "store", hidden, is_lazy)
        yield from uses(node.decorator_list, hidden, is_lazy)
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        yield from uses(_evaluated_arguments(node.args), hidden, is_lazy)
        if not isinstance(node, ast.Lambda) and node.returns:
            yield from uses([node.returns], hidden, is_lazy)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        yield from uses(body, hidden | scope_names(node) | _globals(node), True)
    elif isinstance(node, ast.ClassDef):
        yield from uses([*node.bases, *node.keywords], hidden, is_lazy)
        yield from uses(node.body, hidden | _stored(node.body), is_lazy)
    elif isinstance(node, COMPREHENSIONS):
        yield from _comprehension_uses(node, hidden, is_lazy)


def _comprehension_uses(node: Comprehension, hidden: frozenset[str], is_lazy: bool) -> Iterator[Use]:
    first, *others = node.generators
    yield from uses([first.iter], hidden, is_lazy)
    inner = hidden | scope_names(node)
    lazy = is_lazy or isinstance(node, ast.GeneratorExp)
    values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    yield from uses([first.target, *first.ifs, *others, *values], inner, lazy)


def _evaluated_arguments(arguments: ast.arguments) -> Iterator[ast.expr]:
    """What of a signature is evaluated when the function is defined."""
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default)
    yield from (argument.annotation for argument in all_arguments(arguments) if argument.annotation)


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter of a signature, in its order."""
    starred = [arguments.vararg] if arguments.vararg else []
    last = [arguments.kwarg] if arguments.kwarg else []
    return [*arguments.posonlyargs, *arguments.args, *starred, *arguments.kwonlyargs, *last]


@lru_cache(maxsize=4096)
def scope_names(scope: Function | ast.Lambda | Comprehension) -> frozenset[str]:
    """The names that are local to a scope."""
    if isinstance(scope, COMPREHENSIONS):
        return _stored(generator.target for generator in scope.generators)
    parameters = frozenset(argument.arg for argument in all_arguments(scope.args))
    body = [scope.body] if isinstance(scope, ast.Lambda) else scope.body
    declared = {name for node in _own(body) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    return parameters | (_stored(body) - declared)


def _stored(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(name for name, _ in binders(nodes))


def _own(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that run in this scope."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))


def binders(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """The names that the nodes bind in their own scope, and what binds them; bodies of functions are not entered."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                yield node.id, node
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node
            stack.extend(node.decorator_list)
        elif isinstance(node, COMPREHENSIONS):
            inner = (n for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            yield from ((n.target.id, n.target) for n in inner)
        elif not isinstance(node, ast.Lambda):
            yield from ((name, node) for name in _bound_without_name(node))
            stack.extend(list(ast.iter_child_nodes(node))[::-1])


def _globals(scope: ast.AST) -> frozenset[str]:
    """Names that a function declares global: they are no concern of the scopes around it."""
    body = scope.body if isinstance(scope, FUNCTIONS) else []
    return frozenset(name for node in body for n in ast.walk(node) if isinstance(n, ast.Global) for name in n.names)


def is_one_of(node: ast.AST, names: Container[str]) -> TypeGuard[ast.Name]:
    """Whether the node is one of these names."""
    return isinstance(node, ast.Name) and node.id in names


def loaded(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that are read by the nodes or by functions defined in them."""
    return frozenset(use.name for use in uses(nodes) if use.kind == "load")


def stored(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that the nodes bind in their own scope."""
    return _stored(nodes)


def captured(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names of the scope that functions, lambdas and generators nested in the nodes read or bind when they run."""
    return frozenset(use.name for use in uses(nodes) if use.is_lazy and use.kind != "declare")


def bound_anywhere(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Names that the nodes bind in their own scope or in an inner one."""
    found: set[str] = set()
    for node in (inner for root in nodes for inner in ast.walk(root)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.add(node.name)
        else:
            found.update(_bound_without_name(node))
    return frozenset(found)
