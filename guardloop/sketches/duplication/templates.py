"""Text literals that differ only by another parameter's text: the shared code writes them as f-strings."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardloop.sketches.duplication.antiunification import Parameter, Unification
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.text import Part, Text, is_inside_string

_PLAIN = ("'", '"')
_SPECIAL = "{}\\"


@dataclass(frozen=True)
class Template:
    """A parameter that is no argument: each copy's text for it is made from what the copy passes for `key`."""

    parameter: Parameter
    key: Parameter

    def text(self, file: Parsed, node: ast.expr, name: Part) -> Text:
        """The literal of the first copy with `name` in the place of the key's text."""
        assert isinstance(node, ast.Constant)
        return _formatted(file.segment(node), _text(self.key.expressions[0]), name)


def templates(found: Unification, parameters: Sequence[Parameter]) -> list[Template]:
    """The parameters that others make superfluous; a key is never one of them."""
    texts = [p for p in parameters if all(map(_is_text, p.expressions))]
    result: list[Template] = []
    for parameter in sorted(texts, key=lambda p: -len(_text(p.expressions[0]))):
        keys = [key for key in texts if key is not parameter and all(key is not t.parameter for t in result)]
        if all(t.key is not parameter for t in result):
            result += [t for key in keys if _fits(found, t := Template(parameter, key))][:1]
    return result


def _fits(found: Unification, template: Template) -> bool:
    keys = [_text(expression) for expression in template.key.expressions]
    if not all(keys):
        return False
    pieces = [_text(e).split(key) for e, key in zip(template.parameter.expressions, keys, strict=True)]
    if len(pieces[0]) < 2 or any(other != pieces[0] for other in pieces):
        return False
    file = found.copies[0].file
    return all(_is_writable(file, nodes[0], keys[0], pieces[0]) for nodes in template.parameter.occurrences)


def _is_writable(file: Parsed, node: ast.expr, key: str, pieces: Sequence[str]) -> bool:
    """Whether the literal's text can be turned into an f-string piece by piece."""
    if is_inside_string(file, node):
        return False
    tokens = list(_strings(file.segment(node)))
    bodies = [token[1:-1] for _, token in tokens if key in token]
    plain = all(token[0] in _PLAIN and token[:3] not in ('"""', "'''") for _, token in tokens)
    told = sum(body.count(key) for body in bodies)
    return plain and told == len(pieces) - 1 and not any(char in body for body in bodies for char in _SPECIAL)


def _formatted(segment: str, key: str, name: Part) -> Text:
    parts: list[Part] = []
    at = 0
    for start, token in _strings(segment):
        if key in token:
            first, *others = token.split(key)
            parts += [segment[at:start], f"f{first}"]
            for piece in others:
                parts += ["{", name, "}" + piece]
            at = start + len(token)
    return (*parts, segment[at:])


def _strings(segment: str) -> Iterator[tuple[int, str]]:
    """The string tokens of a literal's text and where each begins."""
    text = f"({segment})"
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if token.type == tokenize.STRING:
            yield starts[token.start[0] - 1] + token.start[1] - 1, token.string


def _is_text(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and isinstance(expression.value, str)


def _text(expression: ast.expr) -> str:
    assert isinstance(expression, ast.Constant)
    return str(expression.value)
