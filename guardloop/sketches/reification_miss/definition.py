"""How the predicate is written: its signature, and the condition that it returns in the words of the first place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.protocol import Hole, HoleKind
from guardloop.sketches.duplication.bindings import BUILTINS
from guardloop.sketches.duplication.names import is_one_of
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.text import Part, Text, bracketed
from guardloop.sketches.reification_miss.chain import Operand
from guardloop.sketches.reification_miss.predicate import Predicate
from guardloop.sketches.reification_miss.site import Site

_COMMENT = re.compile(r"\s*(?:and|or)?\s*(#.*)")
_TOLD_TO_TOOLS = re.compile(r"noqa|type:|pragma|fmt:")
_MARK = re.compile(r"_slot_(\d+)_")


@dataclass(frozen=True)
class Parameter:
    """What the predicate is given: its name or a hole for one, and its annotation."""

    written: Part
    name: str
    """The name in the place whose words the predicate uses."""
    annotation: str = ""


@dataclass(frozen=True)
class Signature:
    """What stands around the condition."""

    parameters: tuple[Parameter, ...]
    returns: str
    decorator: str = ""
    wraps: bool = False
    """Whether the condition is turned into a truth value."""


def parameters(predicate: Predicate, subject: str, annotation: Callable[[str], str]) -> tuple[Parameter, ...]:
    """A parameter for each local name, holes where the places differ; first the subject, whose member this is."""
    shared = {name: {predicate.passed(use, name) for use in predicate.uses} for name in predicate.names}
    frozen = {name for name, names in shared.items() if names == {name} and name not in ("self", "cls")}
    taken = frozenset(predicate.like.free) - set(predicate.names) | frozen | BUILTINS | _bound_inside(predicate.like)
    others = [name for name in predicate.names if name != subject]
    holes = [name for name in others if name not in frozen]
    found = [Parameter(predicate.instance or "self", subject)] if subject else []
    for name in others:
        written: Part = name
        if name not in frozen:
            key = "parameter" if len(holes) == 1 else f"parameter{holes.index(name) + 1}"
            written = Hole(key, HoleKind.PARAMETER, taken, hints=_hints(predicate, name))
        found.append(Parameter(written, name, annotation(name)))
    return tuple(found)


def _hints(predicate: Predicate, name: str) -> tuple[str, ...]:
    """What the places call it, the commonest name first, and the class of `self`."""
    names = [predicate.passed(use, name) for use in predicate.uses]
    ranked = sorted(dict.fromkeys(names), key=lambda one: -names.count(one))
    owners = [use.site.owner.name for use in predicate.uses if use.site.owner and predicate.passed(use, name) == "self"]
    return tuple(dict.fromkeys([*(one for one in ranked if one not in ("self", "cls")), *owners]))


def _bound_inside(site: Site) -> frozenset[str]:
    """Names that comprehensions and lambdas in the condition bind."""
    nodes = (inner for operand in site.operands for inner in ast.walk(operand.node))
    return frozenset(
        node.id if isinstance(node, ast.Name) else node.arg
        for node in nodes
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    )


def definition(
    predicate: Predicate, name: Hole, signature: Signature, margin: str, step: str, line_length: int
) -> Text:
    """The whole definition, indented by `margin`, without a final line end; lines end in a line feed."""
    items: list[Text] = [
        (one.written, f": {one.annotation}") if one.annotation else (one.written,) for one in signature.parameters
    ]
    tail = f" -> {signature.returns}:" if signature.returns else ":"
    decorator = f"{margin}{signature.decorator}\n" if signature.decorator else ""
    head = bracketed(("def ", name), items, tail, margin, step, line_length)
    inner = margin + step
    return (decorator, margin, *head, "\n", *_returned(predicate, signature, inner, step, line_length))


def _returned(predicate: Predicate, signature: Signature, margin: str, step: str, line_length: int) -> Text:
    like = predicate.like
    word = "or" if like.chain.is_or else "and"
    slots = {one.name: at for at, one in enumerate(signature.parameters) if one.written != one.name}
    operands = [like.operands[literal] for literal in like.order]
    texts = [_filled(operand_text(like.file, operand, slots), signature) for operand in operands]
    flat: list[Part] = [*texts[0]]
    for text in texts[1:]:
        flat += [f" {word} ", *text]
    before, after = ("return bool(", ")") if signature.wraps else ("return ", "")
    comments = [_comment(like, operand) for operand in operands]
    if not any(comments) and len(margin) + len(before) + _length(flat) + len(after) <= line_length:
        return (margin, before, *flat, after)
    lines: list[Part] = [margin, before.rstrip("(") + "("] if signature.wraps else [margin, "return ("]
    for at, (text, noted) in enumerate(zip(texts, comments, strict=True)):
        lines += [f"\n{margin}{step}", f"{word} " if at else "", *text, f"  {noted}" if noted else ""]
    return (*lines, f"\n{margin})")


def _length(parts: Sequence[Part]) -> int:
    """How long the text will be; a parameter takes as much as its shortest hint, for that is what it will be like."""
    return sum(min(map(len, part.hints), default=8) if isinstance(part, Hole) else len(part) for part in parts)


def _comment(site: Site, operand: Operand) -> str:
    """The comment at the end of an operand's line, if the condition goes on below."""
    file = site.file
    line = file.text.count("\n", 0, operand.end) + 1
    stop = file.line_starts[line - 1] + len(file.line(line))
    found = _COMMENT.match(file.text[operand.end : stop])
    is_last = operand is site.chain.operands[-1] and not file.text[stop:].lstrip().startswith(")")
    return found[1] if found and not is_last and not _TOLD_TO_TOOLS.search(found[1]) else ""


def operand_text(file: Parsed, operand: Operand, slots: Mapping[str, int]) -> str:
    """An operand as it is written, marks in the place of the names that are holes; on one line."""
    text = file.text[operand.start : operand.end]
    nodes = list(ast.walk(operand.node))
    if "\n" in text or any(isinstance(node, ast.JoinedStr) for node in nodes):
        text = ast.unparse(_Marked(slots).visit(ast.parse(f"({ast.unparse(operand.node)})", mode="eval")))
        return f"({text})" if isinstance(operand.node, (ast.BoolOp, ast.IfExp, ast.Lambda)) else text
    names = [node for node in nodes if is_one_of(node, slots)]
    for node in sorted(names, key=lambda node: -file.offset(node.lineno, node.col_offset)):
        start, end = file.offset(node.lineno, node.col_offset) - operand.start, file.end(node) - operand.start
        text = f"{text[:start]}_slot_{slots[node.id]}_{text[end:]}"
    return text


class _Marked(ast.NodeTransformer):
    def __init__(self, slots: Mapping[str, int]) -> None:
        self._slots = slots

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(f"_slot_{self._slots[node.id]}_", node.ctx) if node.id in self._slots else node


def _filled(text: str, signature: Signature) -> Text:
    """The text with its marks replaced by the parameters."""
    pieces: Sequence[str] = _MARK.split(text)
    parts = [piece if at % 2 == 0 else signature.parameters[int(piece)].written for at, piece in enumerate(pieces)]
    return tuple(part for part in parts if part != "")
