"""What importing a module's text executes: its imports, and which functions it may call on the way."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CREATORS = frozenset(["__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__"])
_IMPORTERS = frozenset(["__import__", "import_module"])


@dataclass(frozen=True)
class Imported:
    """One import statement: `level` dots, `module`, and the `names` of a `from` import (empty otherwise)."""

    level: int
    module: str
    names: tuple[str, ...] = ()
    is_guarded: bool = False
    """Inside a `try`, or only for one system: it is not missed where it would fail."""


@dataclass(frozen=True)
class Code:
    """What a piece of code imports, and the names that it reads: by name, what it may call."""

    imports: tuple[Imported, ...]
    names: frozenset[str]
    acts: bool
    """Whether it calls something for what that does and not for a value, or may raise."""


@dataclass(frozen=True)
class Outline:
    """A module: what importing it executes, and what its functions do once they are called."""

    at_import: Code
    functions: Mapping[str, tuple[Code, ...]]
    """By name; what making an instance or a subclass runs, by the name of the class."""
    as_program: Code | None
    """What runs only where the module is not imported, but started."""

    @property
    def imports(self) -> Iterator[Imported]:
        """Every import, whenever it is executed."""
        every = [self.at_import, *(code for codes in self.functions.values() for code in codes), self.as_program]
        yield from (one for code in every if code for one in code.imports)


@lru_cache(maxsize=8192)
def outline(text: str) -> Outline | None:
    """The outline of a module's text; `None` if unreadable."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    functions: dict[str, list[Code]] = defaultdict(list)
    for owner in ast.walk(module):
        for node in ast.iter_child_nodes(owner):
            if isinstance(node, _FUNCTIONS):
                is_creator = node.name in _CREATORS and isinstance(owner, ast.ClassDef)
                functions[owner.name if is_creator else node.name].append(_code(node.body))  # type: ignore[attr-defined]
    blocks = (node.body for node in module.body if isinstance(node, ast.If) and is_program(node.test))
    program = [statement for block in blocks for statement in block]
    every = {name: tuple(found) for name, found in functions.items()}
    return Outline(_code(module.body), every, _code(program) if program else None)


def top_level_imports(text: str) -> tuple[Imported, ...] | None:
    """What executing this text imports: not inside functions, not under `if TYPE_CHECKING`; `None` if unreadable."""
    found = outline(text)
    return found.at_import.imports if found else None


def _code(body: Sequence[ast.stmt]) -> Code:
    executed = list(_executed(body, is_guarded=False))
    imports = (one for node, is_guarded in executed for one in _imported(node, is_guarded))
    names = frozenset(name for node, _ in executed for name in _read(node))
    return Code(tuple(imports), names, any(_acts(node) for node, _ in executed))


def _executed(body: Sequence[ast.stmt], is_guarded: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements that run where the body does, in the order of the text, and whether something guards them."""
    for node in body:
        yield node, is_guarded
        if isinstance(node, ast.If) and (is_type_checking(node.test) or is_program(node.test)):
            yield from _executed(node.orelse, is_guarded)
        elif isinstance(node, ast.If) and _asks_for_system(node.test):
            yield from _executed([*node.body, *node.orelse], is_guarded=True)
        elif isinstance(node, (ast.Try, ast.TryStar)):
            for part in (node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody):
                yield from _executed(part, is_guarded=True)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                yield from _executed(case.body, is_guarded)
        elif not isinstance(node, _FUNCTIONS):
            for field in ("body", "orelse"):
                yield from _executed(getattr(node, field, []), is_guarded)


def _imported(node: ast.stmt, is_guarded: bool) -> Iterator[Imported]:
    if isinstance(node, ast.Import):
        yield from (Imported(0, alias.name, (), is_guarded) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield Imported(node.level, node.module or "", tuple(alias.name for alias in node.names), is_guarded)
    for call in _evaluated(node):
        if isinstance(call, ast.Call) and last_name(call.func) in _IMPORTERS and call.args:
            literal = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
            if isinstance(literal, str) and (module := literal.lstrip(".")):
                yield Imported(len(literal) - len(module), module, (), is_guarded)


def _acts(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))


def _read(node: ast.stmt) -> Iterator[str]:
    """The names and attributes that a statement reads itself."""
    nodes = (n for n in _evaluated(node) if isinstance(n, (ast.Name, ast.Attribute)) and isinstance(n.ctx, ast.Load))
    yield from map(last_name, nodes)


def _evaluated(node: ast.stmt) -> Iterator[ast.AST]:
    """What of a statement is evaluated where it stands, annotations and the statements that it holds left out."""
    parts: Iterable[ast.AST | None] = ast.iter_child_nodes(node)
    if isinstance(node, _FUNCTIONS):
        parts = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
    elif isinstance(node, ast.AnnAssign):
        parts = [node.target, node.value]
    for part in parts:
        if part and not isinstance(part, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from ast.walk(part)


def last_name(node: ast.expr) -> str:
    """What an expression calls what it reads: the name, or the attribute; empty for what has none."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_type_checking(test: ast.expr) -> bool:
    """Whether it is `TYPE_CHECKING`, under which nothing runs."""
    return last_name(test) == "TYPE_CHECKING"


def is_program(test: ast.expr) -> bool:
    """Whether it is `__name__ == "__main__"`, under which nothing runs that an import executes."""
    return isinstance(test, ast.Compare) and ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")


def _asks_for_system(test: ast.expr) -> bool:
    attributes = {ast.unparse(node) for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return not attributes.isdisjoint(["sys.platform", "os.name", "platform.system"])
