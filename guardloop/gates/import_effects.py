"""What importing a module runs, beyond binding names to functions, classes and plain values."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from metrics.facts import parse

# Calls that only make a value: a hoisted constant or a sentinel may need them.
_PLAIN_CALLS = frozenset(
    {
        "object", "frozenset", "set", "dict", "list", "tuple", "range", "int", "str", "float", "bool", "bytes", "len",
        "min", "max", "sorted", "cast", "TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "namedtuple",
        "NamedTuple", "TypedDict", "field", "timedelta", "Decimal", "Fraction", "auto", "getLogger",
        "MappingProxyType", "partial", "itemgetter", "attrgetter",
    }
)  # fmt: skip
_DECORATORS = frozenset(
    {
        "property", "staticmethod", "classmethod", "contextmanager", "asynccontextmanager",
        "dataclass", "cache", "wraps", "lru_cache", "cached_property", "override", "overload", "final",
        "abstractmethod", "setter", "total_ordering",
    }
)  # fmt: skip
_RUNS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


@lru_cache(maxsize=64)
def import_effects(text: str) -> Counter[str]:
    """The texts of statements and expressions that run at import and may do anything; raises `UnparsableError`."""
    return Counter(ast.unparse(node) for node in _effects(parse(text).tree.body))


def _effects(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            defaults = [*statement.args.defaults, *filter(None, statement.args.kw_defaults)]
            yield from _running(defaults)
            yield from _decorating(statement.decorator_list)
        elif isinstance(statement, ast.ClassDef):
            yield from _running([*statement.bases, *(keyword.value for keyword in statement.keywords)])
            yield from _decorating(statement.decorator_list)
            yield from _effects(statement.body)
        elif isinstance(statement, ast.If):
            yield from _running([statement.test])
            yield from _effects([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            handlers = [inner for handler in statement.handlers for inner in handler.body]
            yield from _effects([*statement.body, *handlers, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            # Storing into an attribute or an item changes an object that others may hold.
            yield from (target for target in targets if not _only_names(target))
            yield from _running([statement.value] if statement.value else [])
        elif not _is_silent(statement):
            yield statement


def _running(expressions: Iterable[ast.expr]) -> Iterator[ast.AST]:
    """Expressions with a call, outside of lambdas, that is not known to be plain."""
    for expression in expressions:
        if any(isinstance(node, _RUNS) and not _is_plain_call(node) for node in _evaluated(expression)):
            yield expression


def _decorating(decorators: Iterable[ast.expr]) -> Iterator[ast.AST]:
    for decorator in decorators:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _last_name(function) not in _DECORATORS:
            yield decorator


def _evaluated(expression: ast.AST) -> Iterator[ast.AST]:
    yield expression
    if not isinstance(expression, ast.Lambda):
        for child in ast.iter_child_nodes(expression):
            yield from _evaluated(child)


def _is_plain_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return _last_name(node.func) in _PLAIN_CALLS or ast.unparse(node.func) == "re.compile"


def _last_name(function: ast.AST) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr if isinstance(function.value, ast.Name) else ""
    return function.id if isinstance(function, ast.Name) else ""


def _only_names(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_only_names, target.elts))
    return isinstance(target, ast.Name | ast.Starred)


def _is_silent(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    kind = type(statement).__name__
    return kind in ("Import", "ImportFrom", "Pass", "Global", "Nonlocal", "TypeAlias")
