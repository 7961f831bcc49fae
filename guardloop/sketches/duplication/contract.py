"""What an extracted function takes and gives back, so that every copy can call it and nothing else changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from guardloop.sketches.duplication import hazards
from guardloop.sketches.duplication.antiunification import Unification, visible_locals
from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.flow import LOOPS, falls_through, is_tail
from guardloop.sketches.duplication.liveness import Assignment, Liveness
from guardloop.sketches.duplication.names import captured, scope_names, stored, uses
from guardloop.sketches.duplication.program import FUNCTIONS
from guardloop.sketches.duplication.region import Copy, Refused

MOST_OUTPUTS = 3


class Leaving(StrEnum):
    """How control comes back to the copies."""

    FALLS = "falls through"
    RETURNS = "returns"
    RETURNS_NOTHING = "returns nothing"


@dataclass(frozen=True, eq=False)
class Contract:
    """The inputs that the first copy binds again, the outputs, and how the run is left; names are the first copy's."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    live: tuple[frozenset[str], ...]
    """For each copy, those of the outputs that it reads later."""
    leaving: Leaving
    is_async: bool
    is_generator: bool
    imports: dict[str, ast.Import | ast.ImportFrom]
    """Imports inside the functions, by the name they bind, that the run needs."""


def contract(found: Unification, bindings: Bindings) -> Contract:
    """Work out inputs and outputs; raises `Refused` where a call can't do what the statements did."""
    copies = found.copies
    leaving = _leaving(found)
    live = []
    for copy in copies:
        hazards.check(copy)
        live.append(_live_after(copy))
    wanted = [_in_first(found, index, after) for index, after in enumerate(live)]
    outputs = [name for name in _in_order(copies[0]) if any(name in names for names in wanted)]
    if leaving is not Leaving.FALLS:
        if falls_through(copies[0].statements) and outputs:
            raise Refused(f"{copies[0]}: it may return, and gives back {outputs[0]} when it does not")
        outputs = []
    if len(outputs) > MOST_OUTPUTS:
        raise Refused(f"{copies[0]}: {len(outputs)} values would have to be returned")
    inputs = [n for n in [*_in_order(copies[0]), *_hidden(found)] if _is_input(found, n, outputs)]
    _check_outputs(copies[0], inputs, outputs)
    imports = _imports(found, bindings)
    _check_bound(found, imports)
    is_async, is_generator = (any(map(kind, copies)) for kind in (hazards.is_async, hazards.is_generator))
    return Contract(tuple(inputs), tuple(outputs), tuple(wanted), leaving, is_async, is_generator, imports)


def _in_first(found: Unification, index: int, names: frozenset[str]) -> frozenset[str]:
    """The first copy's names for what another copy calls by these names."""
    return frozenset(name for name, own in found.renaming[index].items() if own in names)


def _in_order(copy: Copy) -> list[str]:
    """The names that a copy binds in its function's scope, in the order of the text."""
    return list(dict.fromkeys(u.name for u in uses(copy.statements) if u.kind == "store" and not u.is_lazy))


def _hidden(found: Unification) -> list[str]:
    """Locals that the run reads and binds only in an inner scope: two variables of one name."""
    first = found.copies[0]
    names = dict.fromkeys(u.name for u in uses(first.statements) if u.kind == "load" and u.name in found.renaming[0])
    hidden = [name for name in names if name not in stored(first.statements)]
    for name in hidden:
        for copy, renaming in zip(found.copies, found.renaming, strict=True):
            if renaming[name] not in visible_locals(copy):
                raise Refused(f"{copy}: {renaming[name]} is a global and a name of an inner scope")
    return hidden


def _leaving(found: Unification) -> Leaving:
    exits = [hazards.returns(copy) for copy in found.copies]
    if not exits[0]:
        return Leaving.FALLS
    for copy in found.copies:
        if falls_through(copy.statements) and not is_tail(copy.file, copy.block[copy.last]):
            raise Refused(f"{copy}: it may return, or fall through to what follows")
    if any(node.value for node in exits[0]):
        return Leaving.RETURNS
    ends = all(is_tail(copy.file, copy.block[copy.last]) for copy in found.copies)
    return Leaving.RETURNS_NOTHING if ends else Leaving.RETURNS


def _live_after(copy: Copy) -> frozenset[str]:
    bound = stored(copy.statements)
    liveness = Liveness(copy.block, copy.last)
    liveness.live_in(copy.function.body, frozenset())
    if late := sorted(liveness.raised & _bound_before_end(copy)):
        raise Refused(f"{copy}: {late[0]} is read where an exception from the run is handled")
    _check_captures(copy, bound)
    live = liveness.after & bound if falls_through(copy.statements) else frozenset()
    _check_locality(copy, bound - live)
    return live


def _bound_before_end(copy: Copy) -> frozenset[str]:
    """Names that are bound while something in the run can still raise: not those of a plain assignment that ends it."""
    last = copy.statements[-1]
    if isinstance(last, ast.Assign) and all(isinstance(target, ast.Name) for target in last.targets):
        return stored([*copy.statements[:-1], last.value])
    return stored(copy.statements)


def _check_captures(copy: Copy, bound: frozenset[str]) -> None:
    """A nested function sees every later change of a variable: both must stay in one function."""
    inside = {id(node) for statement in copy.statements for node in ast.walk(statement)}
    outside = [use for use in uses(copy.function.body) if id(use.node) not in inside]
    if seen := sorted({use.name for use in outside if use.is_lazy and use.kind != "declare"} & bound):
        raise Refused(f"{copy}: a nested function outside the run sees {seen[0]}")
    held = captured(copy.statements) & scope_names(copy.function)
    last = copy.statements[-1].end_lineno or 0
    looped = any(isinstance(above, LOOPS) for above in _up_to_function(copy))
    for use in outside:
        if use.name in held and use.kind in ("store", "del") and not use.is_lazy and (looped or _line(use.node) > last):
            raise Refused(f"{copy}: a nested function in the run sees {use.name}, which changes later")


def _check_locality(copy: Copy, dropped: frozenset[str]) -> None:
    """A name that the function would no longer bind must not be read there as a global."""
    inside = {id(node) for statement in copy.statements for node in ast.walk(statement)}
    outside = [use for use in uses(copy.function.body) if id(use.node) not in inside]
    bound = {use.name for use in outside if use.kind != "load"} | _parameter_names(copy)
    if read := sorted({use.name for use in outside} & dropped - bound):
        raise Refused(f"{copy}: {read[0]} is only bound in the run, and read elsewhere")


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _up_to_function(copy: Copy) -> Iterator[ast.AST]:
    for above in copy.file.enclosing(copy.statements[0]):
        if isinstance(above, FUNCTIONS):
            return
        yield above


def _is_input(found: Unification, name: str, outputs: list[str]) -> bool:
    """Whether a name that the run binds has a value before that the run may read."""
    needed = False
    for copy, renaming in zip(found.copies, found.renaming, strict=True):
        own = renaming.get(name, name)
        out = frozenset(renaming.get(output, output) for output in outputs)
        if own in Liveness().live_in(copy.statements, out) and _may_be_bound(copy, own):
            needed = True
    if needed:
        for copy, renaming in zip(found.copies, found.renaming, strict=True):
            if not is_bound(copy, renaming.get(name, name)):
                raise Refused(f"{copy}: {renaming.get(name, name)} may be unbound before the run")
    return needed


def _check_outputs(copy: Copy, inputs: list[str], outputs: list[str]) -> None:
    """What is returned must have a value on every way through the run."""
    after = Assignment((), -1).run(copy.statements, frozenset(inputs))
    if after is not None and (unbound := sorted(set(outputs) - after)):
        raise Refused(f"{copy}: {unbound[0]} may be unbound after the run")


def is_bound(copy: Copy, name: str) -> bool:
    """Whether a local surely has a value when the copy starts."""
    function = copy.function
    if name not in scope_names(function):
        return True  # a variable of a function around it, or none at all: asked for elsewhere
    assignment = Assignment(copy.block, copy.block.index(copy.statements[0]))
    assignment.run(function.body, _parameter_names(copy))
    return assignment.before is None or name in assignment.before


def _parameter_names(copy: Copy) -> frozenset[str]:
    arguments = copy.function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return frozenset(argument.arg for argument in every if argument)


def _may_be_bound(copy: Copy, name: str) -> bool:
    if is_bound(copy, name):
        return True
    first = copy.statements[0].lineno
    looped = any(isinstance(above, LOOPS) for above in _up_to_function(copy))
    kinds = [use for use in uses(copy.function.body) if use.name == name and use.kind == "store"]
    return looped or any(_line(use.node) < first for use in kinds)


def _imports(found: Unification, bindings: Bindings) -> dict[str, ast.Import | ast.ImportFrom]:
    """Names that every copy's function imports itself, by one and the same statement and before the run."""
    wanted: dict[str, ast.Import | ast.ImportFrom] = {}
    for parameter in found.parameters:
        names = parameter.names
        if names and len(set(names)) == 1:
            statements = [_import_of(copy, names[0]) for copy in found.copies]
            is_one = bindings.is_one_import(found.copies, statements)
            if statements[0] and is_one and all(is_bound(copy, names[0]) for copy in found.copies):
                wanted[names[0]] = statements[0]
    return wanted


def _import_of(copy: Copy, name: str) -> ast.Import | ast.ImportFrom | None:
    """A one-name statement that is all that binds the name in the copy's function."""
    bound = [use.node for use in uses(copy.function.body) if use.name == name and use.kind == "store"]
    node = bound[0] if len(bound) == 1 else None
    if name in _parameter_names(copy) or not isinstance(node, (ast.Import, ast.ImportFrom)):
        return None
    return node if len(node.names) == 1 else None


def _check_bound(found: Unification, imports: dict[str, ast.Import | ast.ImportFrom]) -> None:
    """Every local that a call passes on must have a value there."""
    for parameter in found.parameters:
        for copy, expression in zip(found.copies, parameter.expressions, strict=True):
            if isinstance(expression, ast.Name) and expression.id not in imports:
                _check_name(copy, expression.id)


def _check_name(copy: Copy, name: str) -> None:
    if not is_bound(copy, name):
        raise Refused(f"{copy}: {name} may be unbound before the run")
    if name in scope_names(copy.function) or name not in visible_locals(copy):
        return
    for function in copy.functions[1:]:
        if name in scope_names(function):
            places = [u for u in uses(function.body) if u.name == name and u.kind in ("store", "del")]
            if len(places) > 1 or any(_line(use.node) > copy.function.lineno for use in places):
                raise Refused(f"{copy}: {name} of the function around it may change")
            return
