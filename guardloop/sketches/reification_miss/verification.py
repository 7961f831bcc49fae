"""Reads a sketch's text back: apart from the definition and the calls, nothing may be different."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.protocol import Fill, Hole, Sketch
from guardloop.sketches.duplication.names import is_one_of
from guardloop.sketches.duplication.program import Parsed, Program
from guardloop.sketches.duplication.region import Refused
from guardloop.sketches.duplication.text import Text
from guardloop.sketches.reification_miss.definition import Signature
from guardloop.sketches.reification_miss.edits import innermost
from guardloop.sketches.reification_miss.predicate import Predicate, Use
from guardloop.sketches.reification_miss.site import topmost

Call = Callable[[Use], Text]


def verify(
    sketch: Sketch, program: Program, uses: Sequence[Use], call: Call, new: tuple[Predicate, Signature] | None
) -> None:
    """Raise `Refused` unless the files, placeholders in their holes, are what was meant: a bug must not be a patch."""
    names = {hole.name: f"{hole.prefix}placeholder_{hole.name}" for hole in sketch.holes}
    for path, text in sketch.after(Fill(names, 0.0, "none", 0)).items():
        file = program.file(path)
        here = [use for use in uses if use.site.file is file]
        try:
            after = ast.parse(text)
        except SyntaxError as error:
            raise Refused(f"{path}: the edited text would not parse ({error.msg})") from None
        found = _Definitions(names.get("name", ""))
        rest = found.visit(after)
        for definition in found.taken:
            _check_definition(path, definition, new, names)
        expected = _rebuilt(file, here, call, names) if file else ast.Module([], [])
        if ast.dump(_without_imports(rest, expected)) != ast.dump(expected):
            raise Refused(f"{path}: the edited text would not be what was meant")


class _Definitions(ast.NodeTransformer):
    """Takes the new function out of a tree."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.taken: list[ast.FunctionDef] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if self._name and node.name == self._name:
            self.taken.append(node)
            return None
        return self.generic_visit(node)


def _without_imports(tree: ast.Module, expected: ast.Module) -> ast.Module:
    """The tree without the names that only it imports at its top level."""
    known = {
        (n.level, n.module, a.name, a.asname) for n in expected.body if isinstance(n, ast.ImportFrom) for a in n.names
    }
    body: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names = [a for a in node.names if (node.level, node.module, a.name, a.asname) in known]
            if names:
                body.append(ast.ImportFrom(node.module, names, node.level))
        else:
            body.append(node)
    return ast.Module(body, [])


def _check_definition(
    path: str, node: ast.FunctionDef, new: tuple[Predicate, Signature] | None, names: Mapping[str, str]
) -> None:
    if new is None:
        raise Refused(f"{path}: a definition was not expected")
    predicate, signature = new
    written = {
        one.name: names[one.written.name] if isinstance(one.written, Hole) else one.written
        for one in signature.parameters
    }
    operator = ast.Or() if predicate.like.chain.is_or else ast.And()
    values = [_named(predicate.like.operands[literal].node, written) for literal in predicate.like.order]
    value: ast.expr = ast.BoolOp(operator, values)
    if signature.wraps:
        value = ast.Call(ast.Name("bool", ast.Load()), [value], [])
    wanted = ast.dump(ast.Return(value))
    parameters = [argument.arg for argument in node.args.args]
    if [ast.dump(statement) for statement in node.body] != [wanted] or parameters != list(written.values()):
        raise Refused(f"{path}: the definition would not be what was meant")


def _named(node: ast.AST, written: Mapping[str, str]) -> Any:
    def name(found: ast.AST) -> ast.AST | None:
        return ast.Name(written[found.id], found.ctx) if is_one_of(found, written) else None

    return _copied(node, name)


def _copied(node: Any, replace: Callable[[ast.AST], ast.AST | None]) -> Any:
    """A copy of the tree with some nodes replaced."""
    if isinstance(node, list):
        return [_copied(item, replace) for item in node]
    if not isinstance(node, ast.AST):
        return node
    other = replace(node)
    return other or type(node)(**{field: _copied(value, replace) for field, value in ast.iter_fields(node)})


def _rebuilt(file: Parsed, uses: Sequence[Use], call: Call, names: Mapping[str, str]) -> ast.Module:
    """The file's tree with the calls in the places of the literals."""
    replaced: dict[int, Callable[[], ast.AST]] = {}

    def replace(node: ast.AST) -> ast.AST | None:
        made = replaced.get(id(node))
        return made() if made else None

    for use in uses:
        text = "".join(names[part.name] if isinstance(part, Hole) else part for part in call(use))
        asked = _negated(ast.parse(text, mode="eval").body, use.is_negated)
        chain = use.site.chain
        if len(use.site.picked) < len(chain.operands):
            replaced[id(chain.node)] = _part(use, asked, replace)
        elif isinstance(chain.node, ast.If):
            replaced[id(chain.node)] = _merged(use, asked, replace)
        elif isinstance(chain.node, ast.comprehension):
            replaced[id(chain.node)] = _filtered(chain.node, asked, replace)
        else:
            node, is_negated = topmost(use.site, use.is_negated)
            replaced[id(node)] = _asked(ast.parse(text, mode="eval").body, is_negated)
    tree: ast.Module = _copied(file.tree, replace)
    return tree


def _negated(asked: ast.expr, is_negated: bool) -> ast.expr:
    return ast.UnaryOp(ast.Not(), asked) if is_negated else asked


def _asked(asked: ast.expr, is_negated: bool) -> Callable[[], ast.AST]:
    return lambda: _negated(asked, is_negated)


def _part(use: Use, asked: ast.expr, replace: Callable[[ast.AST], ast.AST | None]) -> Callable[[], ast.AST]:
    chain = use.site.chain
    values = [
        asked if at == use.at else _copied(operand.node, replace)
        for at, operand in enumerate(chain.operands)
        if at == use.at or at not in use.site.picked
    ]
    return lambda: ast.BoolOp(ast.Or() if chain.is_or else ast.And(), values)


def _merged(use: Use, asked: ast.expr, replace: Callable[[ast.AST], ast.AST | None]) -> Callable[[], ast.AST]:
    return lambda: ast.If(asked, _copied(innermost(use.site.chain).body, replace), [])


def _filtered(
    node: ast.comprehension, asked: ast.expr, replace: Callable[[ast.AST], ast.AST | None]
) -> Callable[[], ast.AST]:
    return lambda: ast.comprehension(_copied(node.target, replace), _copied(node.iter, replace), [asked], node.is_async)
