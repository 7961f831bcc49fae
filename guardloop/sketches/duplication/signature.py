"""The parameters of an extracted function: their names or holes, their annotations, and what each copy passes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from engine.protocol import Hole, HoleKind
from guardloop.sketches.duplication.antiunification import Parameter, Unification, visible_locals
from guardloop.sketches.duplication.bindings import BUILTINS
from guardloop.sketches.duplication.contract import Contract, Leaving
from guardloop.sketches.duplication.flow import own_nodes
from guardloop.sketches.duplication.names import all_arguments, bound_anywhere, loaded, scope_names, stored, uses
from guardloop.sketches.duplication.placement import Place
from guardloop.sketches.duplication.program import Function
from guardloop.sketches.duplication.region import Copy
from guardloop.sketches.duplication.text import Part, Text, argument

_LITERALS = (bool, int, str, bytes, float)


@dataclass(frozen=True)
class Slot:
    """One parameter: how it is written in the definition, where it stands in the first copy, what the copies pass."""

    name: Part
    annotation: str
    arguments: tuple[str, ...]
    parameter: Parameter | None = None

    @property
    def text(self) -> Text:
        """The parameter as the signature has it."""
        return (self.name, f": {self.annotation}") if self.annotation else (self.name,)


def slots(
    found: Unification, given: Contract, place: Place, ordered: Sequence[Parameter], style_annotated: bool
) -> list[Slot]:
    """The parameters without the receiver of a method: first those with the copies' own names, then holes."""
    passed = [p for p in ordered if not _is_receiver(p, place) and not _is_import(p, given)]
    frozen = {id(p): p.names[0] for p in passed if p.names and _is_shared(found, p)}
    taken = _meaningful(found) | set(given.inputs) | set(frozen.values())
    plain = [_frozen(found, p, place) for p in passed if id(p) in frozen]
    rebound = [_rebound(found, name, place) for name in given.inputs]
    order = {name: at for at, name in enumerate(_signature_order(found.copies[0]))}
    named = sorted([*plain, *rebound], key=lambda slot: order.get(str(slot.name), len(order)))
    is_annotated = style_annotated or all(_is_annotated(copy.function) for copy in found.copies)
    return [*named, *_holes(found, [p for p in passed if id(p) not in frozen], frozenset(taken), is_annotated)]


def _is_receiver(parameter: Parameter, place: Place) -> bool:
    return place.owner is not None and parameter.names == place.receivers


def _is_import(parameter: Parameter, given: Contract) -> bool:
    names = set(parameter.names or ())
    return len(names) == 1 and bool(names & set(given.imports))


def _is_shared(found: Unification, parameter: Parameter) -> bool:
    """Whether it is a local that bears the same name in all copies."""
    names = parameter.names or ()
    local = all(name in visible_locals(copy) for name, copy in zip(names, found.copies, strict=True))
    return local and len(set(names)) == 1 and names[0] not in ("self", "cls")


def _meaningful(found: Unification) -> frozenset[str]:
    first = found.copies[0].statements
    return bound_anywhere(first) | {use.name for use in uses(first)} | found.globals | BUILTINS


def _signature_order(copy: Copy) -> list[str]:
    """The names in the order of the function's own signature, then as the run mentions them."""
    own = [argument.arg for argument in all_arguments(copy.function.args)]
    return list(dict.fromkeys([*own, *(use.name for use in uses(copy.statements))]))


def _frozen(found: Unification, parameter: Parameter, place: Place) -> Slot:
    names = parameter.names or ()
    return Slot(names[0], annotation_of(found, names, place), names, parameter)


def _rebound(found: Unification, name: str, place: Place) -> Slot:
    names = tuple(renaming.get(name, name) for renaming in found.renaming)
    return Slot(name, annotation_of(found, names, place), names)


def _is_annotated(function: Function) -> bool:
    return function.returns is not None or any(argument.annotation for argument in all_arguments(function.args))


def _holes(
    found: Unification, parameters: Sequence[Parameter], taken: frozenset[str], is_annotated: bool
) -> list[Slot]:
    result = []
    for number, parameter in enumerate(parameters, 1):
        name = "parameter" if len(parameters) == 1 else f"parameter{number}"
        hole = Hole(name, HoleKind.PARAMETER, taken, hints=_hints(found, parameter))
        texts = tuple(argument(c.file, e) for c, e in zip(found.copies, parameter.expressions, strict=True))
        result.append(Slot(hole, _literal_type(parameter) if is_annotated else "", texts, parameter))
    return result


def _hints(found: Unification, parameter: Parameter) -> tuple[str, ...]:
    """Words from what is passed and from where it goes."""
    words: list[str] = []
    for copy, expression in zip(found.copies, parameter.expressions, strict=True):
        above = copy.file.parents.get(expression)
        if isinstance(above, ast.keyword) and above.arg:
            words.append(above.arg)
        if isinstance(expression, ast.Name) and expression.id in ("self", "cls") and copy.owner:
            words.append(copy.owner.name)
        elif (word := _word(expression)) and len(word) <= 40:
            words.append(word)
    return tuple(dict.fromkeys(words))


def _word(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, (ast.Call, ast.Subscript)):
        return _word(node.func if isinstance(node, ast.Call) else node.value)
    return str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _literal_type(parameter: Parameter) -> str:
    """The type of a parameter that is a literal of one type in all copies."""
    values = [e.value for e in parameter.expressions if isinstance(e, ast.Constant)]
    kinds = {type(value) for value in values}
    kind = kinds.pop() if len(values) == len(parameter.expressions) and len(kinds) == 1 else None
    return kind.__name__ if kind in _LITERALS and kind is not None else ""


def annotation_of(found: Unification, names: Sequence[str], place: Place) -> str:
    """The annotation that all copies' functions give these names."""
    texts = [_annotation(copy, name) for copy, name in zip(found.copies, names, strict=True)]
    if None in texts or len({ast.dump(node) for node in texts if node}) != 1 or texts[0] is None:
        return ""
    return _written(found, texts[0], place)


def _annotation(copy: Copy, name: str) -> ast.expr | None:
    """What the function declares a parameter or a local to be."""
    arguments = copy.function.args
    for argument_ in all_arguments(arguments):
        if argument_.arg == name:
            return argument_.annotation if argument_ not in (arguments.vararg, arguments.kwarg) else None
    for node in own_nodes(copy.function.body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.annotation
    return None


def _written(found: Unification, annotation: ast.expr, place: Place) -> str:
    """The annotation's text, if its names are known where the definition stands."""
    file = found.copies[0].file
    names = loaded([annotation])
    around = found.copies[0].functions[1:]
    if file is not place.file or any(names & scope_names(function) for function in around):
        return ""
    text = file.segment(annotation)
    known = all(name in BUILTINS or _bound_at_top(found.copies[0], name) for name in names)
    return text if known and "\n" not in text else ""


def _bound_at_top(copy: Copy, name: str) -> bool:
    module = copy.file.tree
    return name in stored(module.body)


def returned(found: Unification, given: Contract, place: Place, style_annotated: bool) -> str:
    """The return annotation: that of the functions, whose values the run returns; `None` where there is no value."""
    functions: list[Function] = [copy.function for copy in found.copies]
    annotated = style_annotated or all(function.returns for function in functions)
    if given.leaving is Leaving.RETURNS or (given.is_generator and not given.outputs):
        nodes = [function.returns for function in functions]
        if all(nodes) and len({ast.dump(node) for node in nodes if node}) == 1 and nodes[0]:
            return _written(found, nodes[0], place)
        return ""
    return "None" if annotated and not given.outputs else ""
