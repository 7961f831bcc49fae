"""The types of the predicate: what the places declare its parameters to be, and what its answer tells the checker."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from guardloop.sketches.duplication.bindings import BUILTINS
from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.names import loaded
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.reification_miss.definition import Parameter, Signature, parameters
from guardloop.sketches.reification_miss.inferring import Inferred
from guardloop.sketches.reification_miss.order import is_only_tested
from guardloop.sketches.reification_miss.places import Place, annotation_at, insertion
from guardloop.sketches.reification_miss.predicate import Predicate, Use
from guardloop.sketches.style import Style


def signatures(
    predicate: Predicate, place: Place, inferred: Inferred, world: World, style: Style
) -> Iterator[tuple[str, Signature]]:
    """How the predicate can be declared, simplest first, and what each is called."""
    line = place.file.text.count("\n", 0, insertion(place, predicate)[0]) + 1
    annotated = is_annotated(predicate, style)
    kind = "@property" if place.is_property else "@classmethod" if place.is_class_method else ""

    def declared(name: str) -> str:
        return annotation_of(name, predicate, place, line, world) if annotated else ""

    def annotation(name: str) -> str:
        return declared(name) or (inferred.annotation(name, place.file) if style.annotated else "")

    given = parameters(predicate, place.subject, annotation)
    yield place.variant, Signature(given, "bool" if annotated else "", kind)
    if not annotated:
        return
    if found := narrowed(predicate, place, given):
        first = sorted(given, key=lambda one: one.name != found[0])
        yield f"{place.variant}, type guard", Signature(tuple(first), f"TypeGuard[{found[1]}]", kind)
    if not predicate.is_truth_value and all(_is_tested(use) for use in predicate.uses):
        yield f"{place.variant}, as a truth value", Signature(given, "bool", kind, wraps=True)
    plain = parameters(predicate, place.subject, declared)
    if plain != given:
        # A type that is spelled out lets a linter say more of the code.
        yield f"{place.variant}, without inferred types", Signature(plain, "bool", kind)


def _is_tested(use: Use) -> bool:
    node = use.site.chain.node
    return not isinstance(node, ast.BoolOp) or is_only_tested(use.site.file, node)


def is_annotated(predicate: Predicate, style: Style) -> bool:
    """Whether the predicate is to be annotated: the project wants it, or all places are."""
    return style.annotated or all(use.site.function.returns for use in predicate.uses)


def annotation_of(name: str, predicate: Predicate, place: Place, line: int, world: World) -> str:
    """What every place declares a name to be, as the definition at this line can write it; else nothing.

    A value whose type is tested before anything else can be an `object`.
    """
    nodes = [annotation_at(use.site, predicate.passed(use, name)) for use in predicate.uses]
    node = next(iter(nodes), None)
    if node is None or any(other is None or ast.dump(other) != ast.dump(node) for other in nodes):
        return "object" if name in _tested_first(predicate) else ""
    names = loaded([node])
    files = {id(file): file for file in (place.file, *(use.site.file for use in predicate.uses))}
    if any(len({world.bindings.meaning(file, one) for file in files.values()}) > 1 for one in names):
        return ""
    text = predicate.uses[0].site.file.segment(node)
    if "\n" in text:
        text = ast.unparse(node)
    if all(_is_bound_above(place.file, one, line, world) for one in names):
        return text
    return f'"{text}"' if not set(text) & set("\"'") else ""


def _tested_first(predicate: Predicate) -> Iterator[str]:
    """The name whose type the first operand tests, if nothing else is read without that."""
    like = predicate.like
    first = like.operands[like.order[0]]
    name, _ = type_test(first.core)
    if name and first.holds != like.chain.is_or:
        yield name


def type_test(core: ast.expr) -> tuple[str, ast.expr | None]:
    """The name and the class of `isinstance(name, class)`."""
    if isinstance(core, ast.Call) and isinstance(core.func, ast.Name) and core.func.id == "isinstance":
        subject, *kinds = core.args
        if isinstance(subject, ast.Name) and len(kinds) == 1:
            return subject.id, kinds[0]
    return "", None


def _is_bound_above(file: Parsed, name: str, line: int, world: World) -> bool:
    """Whether an annotation at a line of the module may mention a name."""
    if _is_lazy(file):
        return True
    bound = world.bindings.table(file).get(name)
    if not bound:
        return name in BUILTINS
    return any(file.top_level(node).lineno < line and not _is_for_checking(file, node) for node in bound)


def _is_lazy(file: Parsed) -> bool:
    """Whether annotations are never evaluated."""
    futures = [n for n in file.tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    return any(alias.name == "annotations" for node in futures for alias in node.names)


def _is_for_checking(file: Parsed, node: ast.AST) -> bool:
    ifs = (above for above in file.enclosing(node) if isinstance(above, ast.If))
    return any("TYPE_CHECKING" in ast.unparse(above.test) for above in ifs)


def narrowed(predicate: Predicate, place: Place, given: Sequence[Parameter]) -> tuple[str, str] | None:
    """The first parameter that the literals narrow, and the class that it surely has where they hold."""
    like = predicate.like
    if like.chain.is_or or place.subject:
        return None
    for literal in like.order:
        operand = like.operands[literal]
        name, kind = type_test(operand.core)
        if operand.holds and name in predicate.names and isinstance(kind, (ast.Name, ast.Attribute)):
            return name, ast.unparse(kind)
        subject = _none_test(operand.core)
        written = next((one.annotation for one in given if one.name == subject and not operand.holds), "")
        if inner := _without_none(written):
            return subject, inner
    return None


def _none_test(core: ast.expr) -> str:
    if isinstance(core, ast.Compare) and isinstance(core.left, ast.Name) and isinstance(core.ops[0], ast.Is):
        right = core.comparators[0]
        return core.left.id if _is_none(right) else ""
    return ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _without_none(written: str) -> str:
    """`T` of `T | None` and `Optional[T]`."""
    annotation = ast.parse(written.strip("\"'"), mode="eval").body if written else None
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        sides = [annotation.left, annotation.right]
        rest = [side for side in sides if not _is_none(side)]
        return ast.unparse(rest[0]) if len(rest) == 1 else ""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).split(".")[-1] == "Optional":
        return ast.unparse(annotation.slice)
    return ""


def guard_module(world: World) -> str:
    """The module from which the project takes `TypeGuard`, or else the standard one."""
    for file in world.program.files():
        for node in file.tree.body:
            if isinstance(node, ast.ImportFrom) and any(alias.name == "TypeGuard" for alias in node.names):
                return node.module or "typing"
    return "typing"
