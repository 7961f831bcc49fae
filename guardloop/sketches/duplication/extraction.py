"""Builds the sketch that moves what copies share into one function which all of them call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from engine.protocol import Edit, Hole, HoleKind, Sketch
from guardloop.sketches.duplication.aliases import removed, without_aliases
from guardloop.sketches.duplication.antiunification import Unification, unify
from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.classes import Classes
from guardloop.sketches.duplication.contract import Contract, Leaving, contract
from guardloop.sketches.duplication.crossing import crossing_edits
from guardloop.sketches.duplication.frames import Frames
from guardloop.sketches.duplication.names import loaded, stored
from guardloop.sketches.duplication.orphans import removal
from guardloop.sketches.duplication.placement import Place, insertion, least_words, taken_by_definition
from guardloop.sketches.duplication.program import Parsed, Program, indentation
from guardloop.sketches.duplication.rebinding import Rebinding
from guardloop.sketches.duplication.region import Copy, Refused
from guardloop.sketches.duplication.signature import Slot, returned, slots
from guardloop.sketches.duplication.templates import Template, templates
from guardloop.sketches.duplication.text import (
    Replacement,
    Text,
    bracketed,
    full_end,
    lost_comments,
    moved,
    occurrence,
)
from guardloop.sketches.duplication.timing import Timing
from guardloop.sketches.style import Style

MOST_PARAMETERS = 6
NAME = "name"


class World:
    """What is known of one tree: its files, the meaning of its names, its classes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.bindings = Bindings(program)
        self.classes = Classes(program, self.bindings)
        self.timing = Timing(self.bindings, self.classes, Rebinding(program))
        self.frames = Frames(program)

    @cached_property
    def shares_private_names(self) -> bool:
        """Whether any file imports a name that begins with an underscore."""
        imports = (n for file in self.program.files() for n in file.tree.body if isinstance(n, ast.ImportFrom))
        names = (alias.name for node in imports for alias in node.names)
        return any(name.startswith("_") and not name.endswith("__") for name in names)


@dataclass(frozen=True, eq=False)
class Extraction:
    """A worked-out extraction: what is shared, what goes in and out, and where the definition stands."""

    found: Unification
    given: Contract
    place: Place
    slots: tuple[Slot, ...]
    returns: str
    """The return annotation, empty if there is none."""
    style: Style
    name: Hole
    templates: tuple[Template, ...] = ()
    """Parameters that are written as f-strings of other ones."""
    aliases: tuple[ast.Assign, ...] = ()
    """Statements of the first copy that its parameters' names make superfluous."""

    @property
    def saving(self) -> int:
        """Removable nodes that the extraction removes: the copies but one, less the definition and the calls."""
        copies, passed = len(self.found.copies), len(self.slots)
        each = 2 + passed + len(self.given.outputs)
        return (copies - 1) * self.found.copies[0].mass - 4 - passed - copies * each


def extract(copies: Sequence[Copy], place: Place, world: World, style: Style) -> Extraction:
    """Work the extraction out; raises `Refused` when it could change what the code does."""
    home = place.owner.name if place.owner else None
    found = unify(copies, home, world.bindings)
    _check_overlap(copies)
    given = contract(found, world.bindings)
    world.frames.check(copies)
    _check_meaning(found, given, place.file, world.bindings)
    ordered = world.timing.arranged(found)
    written = templates(found, ordered)
    passed = [p for p in ordered if all(p is not template.parameter for template in written)]
    listed, aliases = without_aliases(found, given, slots(found, given, place, passed, style.annotated))
    if len(listed) > MOST_PARAMETERS:
        raise Refused(f"{copies[0]}: {len(listed)} parameters")
    taken = taken_by_definition(place, copies, world.bindings, world.classes)
    hints = tuple(dict.fromkeys(copy.function.name for copy in copies))
    crosses = place.owner is None and any(copy.file is not place.file for copy in copies)
    prefix = "" if crosses and not world.shares_private_names else "_"
    words = least_words(place, copies, world.classes)
    hole = Hole(NAME, HoleKind.HELPER_NAME, taken, (), hints, prefix, words=words)
    result = returned(found, given, place, style.annotated)
    return Extraction(found, given, place, listed, result, style, hole, tuple(written), aliases)


def _check_meaning(found: Unification, given: Contract, file: Parsed, bindings: Bindings) -> None:
    """What the run takes from its module, and from where it imports, must mean the same in the file it moves to."""
    first = found.copies[0]
    for name in found.globals:
        if bindings.meaning(file, name) != bindings.meaning(first.file, name):
            raise Refused(f"{first}: {name} means something else in {file.path}")
    inner = [*given.imports.values(), *(node for statement in first.statements for node in ast.walk(statement))]
    for node in inner:
        if isinstance(node, ast.ImportFrom) and bindings.origin(file, node) != bindings.origin(first.file, node):
            raise Refused(f"{first}: `{ast.unparse(node)}` means something else in {file.path}")


def _check_overlap(copies: Sequence[Copy]) -> None:
    spans = sorted((copy.file.path, copy.start, copy.end) for copy in copies)
    for one, other in pairwise(spans):
        if one[0] == other[0] and other[1] < one[2]:
            raise Refused(f"{copies[0]}: the copies overlap")


def sketch(shape: Extraction, world: World, finding: str, variant: str) -> Sketch:
    """Write the extraction down as edits with holes; raises `Refused` when the text can't be edited safely."""
    edits = [_definition(shape), *(_call(shape, index) for index in range(len(shape.found.copies)))]
    edits += removal(shape.found.copies, shape.given.imports)
    if not shape.place.owner:
        edits += crossing_edits(shape.place.file, shape.found.copies, shape.name, world, shape.style)
    paths = {edit.path for edit in edits}
    files = {path: world.program.tree.texts[path] for path in sorted(paths)}
    lost = lost_comments(shape.found.copies)
    ordered = tuple(sorted(edits, key=lambda edit: (edit.path, edit.start)))
    return Sketch("duplication", finding, variant, _instruction(shape), files, ordered, shape.saving, context=lost)


def _instruction(shape: Extraction) -> str:
    owners = list(dict.fromkeys(f"`{copy.function.name}`" for copy in shape.found.copies))
    kind = "method" if shape.place.owner else "function"
    return f"Name the {kind} that holds what {' and '.join(owners[:3])} have in common, and its parameters."


def _definition(shape: Extraction) -> Edit:
    place, given = shape.place, shape.given
    margin, inner = place.margin, place.margin + place.step
    at, before, after = insertion(place, shape.found.copies)
    receiver: list[Text] = [(place.receivers[0],)] if place.owner else []
    tail = f" -> {shape.returns}:" if shape.returns else ":"
    keyword = "async def " if given.is_async else "def "
    head = bracketed(
        (keyword, shape.name), [*receiver, *(slot.text for slot in shape.slots)], tail, margin, place.step,
        shape.style.line_length,
    )  # fmt: skip
    decorator = f"{margin}@classmethod\n" if place.owner and place.is_class_method else ""
    imports = tuple(f"{inner}{ast.unparse(node)}\n" for node in given.imports.values())
    blank = ("\n",) if imports else ()
    text: Text = (before, decorator, margin, *head, "\n", *imports, *blank, *_body(shape, inner), after)
    return Edit(place.file.path, at, at, _with_newlines(text, place.file.newline))


def _body(shape: Extraction, margin: str) -> Text:
    first = shape.found.copies[0]
    replacements = [
        occurrence(first.file, nodes[0], (slot.name,))
        for slot in shape.slots
        if slot.parameter
        for nodes in slot.parameter.occurrences
        if not (isinstance(nodes[0], ast.Name) and nodes[0].id == slot.name)
    ]
    replacements += [occurrence(first.file, node, text) for node, text in templated(shape)]
    replacements += [removed(first.file, statement) for statement in shape.aliases]
    for node in shape.found.unannotated:
        assert isinstance(node, ast.AnnAssign)
        replacements.append(Replacement(first.file.end(node.target), first.file.end(node.annotation), ()))
    last = _last_value(shape)
    if last:
        start = first.file.start(first.statements[-1])
        replacements.append(Replacement(start, _value_start(shape, last), ("return ",)))
    text = moved(first, margin, replacements)
    if shape.given.outputs and not last:
        text = (*text, f"\n{margin}return {', '.join(shape.given.outputs)}")
    return text


def templated(shape: Extraction) -> Iterator[tuple[ast.expr, Text]]:
    """The literals of the first copy that become f-strings, and their new text."""
    for template in shape.templates:
        name = next(slot.name for slot in shape.slots if slot.parameter is template.key)
        for nodes in template.parameter.occurrences:
            yield nodes[0], template.text(shape.found.copies[0].file, nodes[0], name)


def _last_value(shape: Extraction) -> ast.expr | None:
    """The value that the run ends with assigning to its only output: it can be returned as it is."""
    last = shape.found.copies[0].statements[-1]
    target = last.targets[0] if isinstance(last, ast.Assign) and len(last.targets) == 1 else None
    if isinstance(last, ast.AnnAssign):
        target = last.target
    value = last.value if isinstance(last, (ast.Assign, ast.AnnAssign)) else None
    if value is None or isinstance(value, (ast.Yield, ast.YieldFrom)):
        return None
    if not isinstance(target, ast.Name) or shape.given.outputs != (target.id,):
        return None
    # A name that the helper reads must stay a local of it.
    others = stored(shape.found.copies[0].statements[:-1]) | set(shape.given.inputs)
    return value if target.id in others or target.id not in loaded([value]) else None


def _value_start(shape: Extraction, value: ast.expr) -> int:
    """Where the text of the last statement's value begins, its brackets included."""
    file, last = shape.found.copies[0].file, shape.found.copies[0].statements[-1]
    before = (
        last.annotation
        if isinstance(last, ast.AnnAssign)
        else last.targets[0]
        if isinstance(last, ast.Assign)
        else value
    )
    at = file.text.index("=", file.end(before)) + 1
    while file.text[at] in " \t":
        at += 1
    return at


def _call(shape: Extraction, index: int) -> Edit:
    copy, place = shape.found.copies[index], shape.place
    margin = indentation(copy.file.line(copy.file.first_line(copy.statements[0])))
    head: tuple[str | Hole, ...] = (f"{place.receivers[index]}.", shape.name) if place.owner else (shape.name,)
    prefix, tail = _around_call(shape, index)
    arguments: list[Text] = [(slot.arguments[index],) for slot in shape.slots]
    text = bracketed((prefix, *head), arguments, tail, margin, place.step, shape.style.line_length)
    return Edit(copy.file.path, copy.start, full_end(copy), _with_newlines(text, copy.file.newline))


def _around_call(shape: Extraction, index: int) -> tuple[str, str]:
    """What stands before and after the call's brackets in a copy's statement."""
    given = shape.given
    word = "yield from " if given.is_generator else "await " if given.is_async else ""
    if given.leaving is Leaving.RETURNS:
        return (f"return ({word}", ")") if given.is_generator else (f"return {word}", "")
    outputs = [_output(shape, index, name) for name in given.outputs]
    if not outputs or (len(outputs) == 1 and given.outputs[0] not in given.live[index]):
        return word, ""
    return f"{', '.join(outputs)} = {word}", ""


def _output(shape: Extraction, index: int, name: str) -> str:
    """The copy's own name for an output, `_` for one that it does not read."""
    function = shape.found.copies[index].function
    if name in shape.given.live[index] or "_" in loaded(function.body):
        return shape.found.renaming[index].get(name, name)
    return "_"


def _with_newlines(text: Text, newline: str) -> Text:
    """The text with the file's line ends, neighbouring strings joined."""
    parts: list[str | Hole] = []
    for part in text:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part != "":
            parts.append(part)
    return tuple(part.replace("\n", newline) if isinstance(part, str) else part for part in parts)
