"""Builds the sketch in which copies call the one among them that is a whole function already: no new name is needed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from engine.protocol import Edit, Sketch
from guardloop.sketches.duplication import hazards
from guardloop.sketches.duplication.antiunification import Unification, unify, visible_locals
from guardloop.sketches.duplication.classes import is_class_method, is_final_mark, receiver_name
from guardloop.sketches.duplication.contract import Contract, Leaving, contract
from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.names import all_arguments, is_one_of
from guardloop.sketches.duplication.program import Function, indentation
from guardloop.sketches.duplication.region import Copy, Refused, body_of
from guardloop.sketches.duplication.text import Text, argument, bracketed, full_end, lost_comments, step_of
from guardloop.sketches.imports import import_edit
from guardloop.sketches.style import Style

VARIANT = "call the other copy"


@dataclass(frozen=True, eq=False)
class Delegation:
    """The first copy is the whole body of a function that all the others can call, with these arguments."""

    found: Unification
    given: Contract
    arguments: tuple[tuple[str, ...], ...]
    style: Style

    @property
    def callee(self) -> Function:
        """The function that stays."""
        return self.found.copies[0].function

    @property
    def saving(self) -> int:
        """Removable nodes: the other copies, less the calls."""
        others = self.found.copies[1:]
        return sum(copy.mass - 3 - len(row) for copy, row in zip(others, self.arguments[1:], strict=True))


def delegate(copies: Sequence[Copy], world: World, style: Style) -> Delegation:
    """Work out how the others call the first; raises `Refused` if they can't."""
    callee = copies[0]
    if callee.block is not callee.function.body or len(callee.statements) != len(body_of_callee(callee).statements):
        raise Refused(f"{callee}: it is not the whole of {callee.function.name}")
    _check_callee(callee, copies[1:], world)
    owner = callee.file.class_around(callee.function)
    found = unify(copies, owner.name if owner else None, world.bindings)
    given = contract(found, world.bindings)
    world.frames.check(copies)
    if given.outputs or world.timing.eager(found):
        raise Refused(f"{callee}: {callee.function.name} does not give what the others need")
    _check_kind(found, given)
    rows = tuple(_arguments(found, given, index) for index in range(1, len(copies)))
    return Delegation(found, given, ((), *rows), style)


def body_of_callee(callee: Copy) -> Copy:
    """The whole body of the function that a copy is in."""
    return body_of(callee.file, callee.function)


def _check_callee(callee: Copy, others: Sequence[Copy], world: World) -> None:
    function, name = callee.function, callee.function.name
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list if not is_final_mark(decorator)]
    bound = callee.owner is not None and decorators == ["classmethod"]
    if (decorators and not bound) or len(callee.functions) > 1 or name.startswith("__"):
        raise Refused(f"{callee}: {name} is decorated, nested or special")
    if callee.owner is None:
        if not world.bindings.is_settled(callee.file, name) or any(name in visible_locals(copy) for copy in others):
            raise Refused(f"{callee}: {name} means several things")
        return
    if any(copy.owner is not callee.owner or len(copy.functions) > 1 for copy in others):
        raise Refused(f"{callee}: {name} is a method of another class")
    if world.classes.may_be_overridden(world.classes.of(callee.owner), function):
        raise Refused(f"{callee}: {name} may be overridden")
    if any(receiver_name(copy.function) is None or is_class_method(copy.function) != bound for copy in others):
        raise Refused(f"{callee}: {name} needs another object")


def _check_kind(found: Unification, given: Contract) -> None:
    first = found.copies[0].function
    if any(type(copy.function) is not type(first) for copy in found.copies):
        raise Refused(f"{found.copies[0]}: one is async and another is not")
    if given.is_generator and any(len(copy.functions) > 1 for copy in found.copies):
        raise Refused(f"{found.copies[0]}: a nested generator")


def _arguments(found: Unification, given: Contract, index: int) -> tuple[str, ...]:
    """What a copy passes for each parameter of the callee."""
    callee, copy = found.copies[0], found.copies[index]
    meant: dict[str, str] = {name: found.renaming[index][name] for name in given.inputs}
    names = {a.arg for a in all_arguments(callee.function.args)}
    for parameter in found.parameters:
        own, other = parameter.expressions[0], parameter.expressions[index]
        if not is_one_of(own, names) or own.id in meant:
            raise Refused(f"{callee}: `{ast.unparse(own)}` is fixed in {callee.function.name}")
        meant[own.id] = argument(copy.file, other)
    return tuple(_signature_arguments(callee, copy, meant))


def _signature_arguments(callee: Copy, copy: Copy, meant: dict[str, str]) -> list[str]:
    signature, texts = callee.function.args, list[str]()
    positional = [*signature.posonlyargs, *signature.args]
    if callee.owner is not None:
        receiver, own = positional.pop(0).arg if positional else None, receiver_name(copy.function)
        if receiver is None or meant.get(receiver, own) != own:
            raise Refused(f"{callee}: {callee.function.name} needs another object")
    optional = {a.arg for a in positional[len(positional) - len(signature.defaults) :]} if signature.defaults else set()
    skipped = False
    for one in positional:
        if one.arg in meant and not (skipped and one in signature.posonlyargs):
            texts.append(f"{one.arg}={meant[one.arg]}" if skipped else meant[one.arg])
        elif one.arg not in optional:
            raise Refused(f"{callee}: nothing is known to pass for {one.arg}")
        else:
            skipped = True
    if signature.vararg and signature.vararg.arg in meant:
        texts.append(_spread(copy, meant[signature.vararg.arg], "*", skipped))
    for one, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True):
        if one.arg in meant:
            texts.append(f"{one.arg}={meant[one.arg]}")
        elif default is None:
            raise Refused(f"{callee}: nothing is known to pass for {one.arg}")
    if signature.kwarg and signature.kwarg.arg in meant:
        texts.append(_spread(copy, meant[signature.kwarg.arg], "**", False))
    return texts


def _spread(copy: Copy, name: str, stars: str, skipped: bool) -> str:
    """`*args` for a copy whose own `args` is a starred parameter too."""
    own = copy.function.args.vararg if stars == "*" else copy.function.args.kwarg
    if own is None or own.arg != name or skipped:
        raise Refused(f"{copy}: `{stars}{name}` would be another object")
    return stars + name


def sketch(shape: Delegation, world: World, finding: str) -> Sketch:
    """Write the delegation down: a sketch without holes."""
    edits: list[Edit] = []
    home = shape.found.copies[0].file
    for copy, row in zip(shape.found.copies[1:], shape.arguments[1:], strict=True):
        edits.append(_call(shape, copy, row))
    for file in {copy.file.path: copy.file for copy in shape.found.copies if copy.file is not home}.values():
        edits += _imported(shape, file.path, world)
    files = {path: world.program.tree.texts[path] for path in sorted({edit.path for edit in edits})}
    others = " and ".join(f"`{copy.function.name}`" for copy in shape.found.copies[1:])
    ordered = tuple(sorted(edits, key=lambda edit: (edit.path, edit.start)))
    instruction = f"Let {others} call `{shape.callee.name}`."
    lost = lost_comments(shape.found.copies)
    return Sketch("duplication", finding, VARIANT, instruction, files, ordered, shape.saving, context=lost)


def _call(shape: Delegation, copy: Copy, row: Sequence[str]) -> Edit:
    margin = indentation(copy.file.line(copy.file.first_line(copy.statements[0])))
    receiver = f"{receiver_name(copy.function)}." if shape.found.copies[0].owner is not None else ""
    is_async = isinstance(shape.callee, ast.AsyncFunctionDef)
    generates = hazards.is_generator(shape.found.copies[0])
    word = "yield from " if generates else "await " if is_async else ""
    returns = shape.given.leaving is Leaving.RETURNS
    before, after = ("return (", ")") if returns and generates else ("return ", "") if returns else ("", "")
    head = (f"{before}{word}{receiver}{shape.callee.name}",)
    items: list[Text] = [(text,) for text in row]
    text = bracketed(head, items, after, margin, step_of(copy.file), shape.style.line_length)
    joined = "".join(part for part in text if isinstance(part, str)).replace("\n", copy.file.newline)
    return Edit(copy.file.path, copy.start, full_end(copy), (joined,))


def _imported(shape: Delegation, path: str, world: World) -> list[Edit]:
    home, name = shape.found.copies[0].file, shape.callee.name
    file = world.program.file(path)
    modules = world.bindings.modules
    meant = world.bindings.meaning(home, name)
    if file is None or world.bindings.meaning(file, name) == meant:
        return []
    if not (world.bindings.is_free(file, name, meant) and modules.can_import(path, home.path)):
        raise Refused(f"{path}: it can't import {name}")
    edit = import_edit(modules, path, file.text, home.path, name, shape.style)
    return [edit] if edit else []
