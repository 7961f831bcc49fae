"""Texts for open holes that are no names: names in scope, their attributes, operators, literals seen near by."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.naming.outline import Outline
from engine.protocol import Hole, HoleKind

_LITERALS = ("None", "True", "False", "0", "1", '""', "[]", "{}")


def expression_texts(outline: Outline, hole: Hole) -> Iterator[str]:
    """Texts that may stand at the hole, nearest first; not one of them is checked against anything but scope."""
    names = list(_names_near(outline, hole))
    literals = list(_literals_near(outline, hole))
    hints = list(hole.hints)
    match hole.kind:
        case HoleKind.LITERAL:
            yield from (*hints, *literals, *_LITERALS)
        case HoleKind.CONDITION:
            yield from hints
            for form in ("{}", "not {}", "{} is None", "{} is not None"):
                yield from (form.format(name) for name in names)
            pairs = [(a, b) for a in names[:4] for b in names[:4] if a != b]
            yield from (f"{a} {op} {b}" for op in ("==", "<", ">", "in") for a, b in pairs)
            yield from (f"{name} == {literal}" for name in names[:4] for literal in literals[:4])
        case HoleKind.LINE | HoleKind.LINES | HoleKind.REVISION:
            yield from (*hints, "pass")
            yield from (f"return {name}" for name in names)
            yield from ("return None", "continue", "break")
        case _:
            yield from (*hints, *names, *literals, *_LITERALS)


def _names_near(outline: Outline, hole: Hole) -> Iterator[str]:
    """Names and attributes read or bound in the innermost function around the hole, nearest line first."""
    seen: dict[str, int] = {}
    for node in outline.mentions[hole.name]:
        line = getattr(node, "lineno", 0)
        for found in ast.walk(outline.enclosing_function(node) or ast.Module([], [])):
            match found:
                case ast.Name(id=text) | ast.arg(arg=text):
                    pass
                case ast.Attribute(value=ast.Name(), ctx=ast.Load()):
                    text = ast.unparse(found)
                case _:
                    continue
            if not any(outline.is_hole(part) for part in text.split(".")):
                distance = abs(found.lineno - line)
                seen[text] = min(seen.get(text, distance), distance)
    yield from sorted(seen, key=lambda text: (seen[text], text))


def _literals_near(outline: Outline, hole: Hole) -> Iterator[str]:
    for node in outline.mentions[hole.name]:
        function = outline.enclosing_function(node)
        for found in ast.walk(function) if function else ():
            if isinstance(found, ast.Constant) and not outline.is_hole(str(found.value).strip()):
                yield ast.unparse(found)
