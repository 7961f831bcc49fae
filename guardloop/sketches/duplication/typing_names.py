"""Types as mypy writes them, written as an annotation in a file that knows their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from guardloop.sketches.duplication.bindings import BUILTINS, Bindings
from guardloop.sketches.duplication.program import Parsed

_LITERAL = re.compile(r"Literal\[([^\]]*)\]\?")
_ABSTRACT = ("typing", "collections.abc", "typing_extensions")


def annotation(revealed: str, file: Parsed, bindings: Bindings) -> str:
    """The annotation; empty if it needs a name that the file does not have, or if mypy does not know the type."""
    try:
        tree = ast.parse(_LITERAL.sub(_widened, revealed).replace("?", "").replace("*", ""), mode="eval").body
        written = ast.unparse(_Renamed(file, bindings).visit(tree))
    except (SyntaxError, _UnknownError):
        return ""
    return written if _is_annotation(written) else ""


def quoted(written: str, file: Parsed) -> str:
    """In quotes, where the file evaluates annotations and the names may be bound later or only for type checkers."""
    future = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in file.tree.body)
    names = {node.id for node in ast.walk(ast.parse(written, mode="eval")) if isinstance(node, ast.Name)}
    return written if future or (names <= BUILTINS | {"None"} and "|" not in written) else f'"{written}"'


def _widened(match: re.Match[str]) -> str:
    try:
        return f"builtins.{type(ast.literal_eval(match.group(1))).__name__}"
    except (SyntaxError, ValueError):
        return "Unknown"


def _is_annotation(written: str) -> bool:
    return not re.search(r"\b(Any|Never|NoReturn|Self|Unknown|overload|Overload|object)\b", written)


class _UnknownError(Exception):
    """The file has no name for a type."""


class _Renamed(ast.NodeTransformer):
    """Dotted names become what the file calls them."""

    def __init__(self, file: Parsed, bindings: Bindings) -> None:
        self._known = dict(_names(file, bindings))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._named(ast.unparse(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node if node.id in BUILTINS else self._named(node.id)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        raise _UnknownError(ast.unparse(node))

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        raise _UnknownError(ast.unparse(node))

    def _named(self, dotted: str) -> ast.expr:
        module, _, name = dotted.rpartition(".")
        if module == "builtins":
            return ast.Name(name, ast.Load())
        same = [f"{origin}.{name}" for origin in _ABSTRACT] if module in _ABSTRACT else [dotted]
        for full in same:
            prefix, rest = full, ""
            while prefix:
                if prefix in self._known:
                    return ast.parse(self._known[prefix] + rest, mode="eval").body
                prefix, _, last = prefix.rpartition(".")
                rest = f".{last}{rest}"
        raise _UnknownError(dotted)


def _names(file: Parsed, bindings: Bindings) -> Iterator[tuple[str, str]]:
    """Dotted names of what a file's names mean, and these names."""
    for name in bindings.table(file):
        origin, inner = bindings.meaning(file, name)
        if origin:
            dotted = bindings.modules.name(origin) if origin.endswith(".py") else origin
            yield (f"{dotted}.{inner}" if inner else dotted), name
