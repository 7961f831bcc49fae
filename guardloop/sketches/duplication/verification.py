"""Reads a sketch's text back: the definition must hold the first copy's statements, and the files must parse."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from engine.protocol import Fill, Hole, Sketch
from guardloop.sketches.duplication.extraction import Extraction, templated
from guardloop.sketches.duplication.program import FUNCTIONS
from guardloop.sketches.duplication.region import Copy, Refused, is_bare_constant


def verify(shape: Extraction, result: Sketch) -> None:
    """Raise `Refused` unless the text is what was meant: a bug here must never become a patch."""
    names, trees = verify_parses(shape.found.copies[0], result)
    definition = _definition(trees[shape.place.file.path], names[shape.name.name])
    places = _places(shape, names) | dict.fromkeys(map(id, shape.found.unannotated))
    kept_nodes = (n for n in shape.found.copies[0].statements if all(n is not alias for alias in shape.aliases))
    wanted = [_filled(node, places) for node in kept_nodes]
    body = [node for node in definition.body if not is_bare_constant(node)]
    body = body[len(shape.given.imports) :]
    dumps = [ast.dump(node) for node in wanted]
    kept = dumps if len(body) != len(dumps) or _same(body[-1:], dumps[-1:]) else dumps[:-1]
    if [ast.dump(node) for node in body[: len(kept)]] != kept or len(body) - len(kept) > 1:
        raise Refused(f"{shape.found.copies[0]}: its text could not be moved")


def verify_parses(copy: Copy, result: Sketch) -> tuple[dict[str, str], dict[str, ast.Module]]:
    """Fill the holes with placeholders and parse every file; raises `Refused` if one doesn't."""
    names = {hole.name: f"{hole.prefix}placeholder_{hole.name}" for hole in result.holes}
    try:
        texts = result.after(Fill(names, 0.0, "none", 0))
        return names, {path: ast.parse(text) for path, text in texts.items()}
    except SyntaxError as error:
        raise Refused(f"{copy}: its text could not be moved ({error.msg})") from None


def _same(body: list[ast.stmt], dumps: list[str]) -> bool:
    return [ast.dump(node) for node in body] == dumps


def _definition(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    return next(node for node in ast.walk(tree) if isinstance(node, FUNCTIONS) and node.name == name)


def _places(shape: Extraction, names: Mapping[str, str]) -> dict[int, ast.expr | None]:
    """What stands in the helper in the place of the first copy's nodes; `None` for an annotation that goes."""
    found: dict[int, ast.expr | None] = {}
    for node, text in templated(shape):
        written = "".join(names[part.name] if isinstance(part, Hole) else part for part in text)
        found[id(node)] = ast.parse(f"({written})", mode="eval").body
    for slot in shape.slots:
        name = names[slot.name.name] if isinstance(slot.name, Hole) else slot.name
        for nodes in slot.parameter.occurrences if slot.parameter else ():
            found[id(nodes[0])] = ast.Name(name, ast.Load())
    return found


def _filled(node: Any, places: Mapping[int, ast.expr | None]) -> Any:
    """A copy of the tree with others in the places of these nodes."""
    if isinstance(node, list):
        return [_filled(item, places) for item in node]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.AnnAssign) and id(node) in places:
        return ast.Assign([_filled(node.target, places)], _filled(node.value, places))
    if id(node) in places:
        return places[id(node)]
    return type(node)(**{field: _filled(value, places) for field, value in ast.iter_fields(node)})
