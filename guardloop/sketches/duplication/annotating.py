"""Fills in the annotations that no copy spells out, with the types that mypy sees at the copies."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from guardloop.sketches.duplication import hazards
from guardloop.sketches.duplication.contract import Leaving
from guardloop.sketches.duplication.extraction import Extraction, World
from guardloop.sketches.duplication.program import indentation
from guardloop.sketches.duplication.region import Copy
from guardloop.sketches.duplication.revealing import Probe, reveal
from guardloop.sketches.duplication.typing_names import annotation, quoted

_MOST_ALTERNATIVES = 3


def annotated(shape: Extraction, world: World) -> Extraction:
    """The same extraction with every annotation that mypy knows; only asks where one is missing."""
    open_slots = [index for index, slot in enumerate(shape.slots) if not slot.annotation]
    wanted: list[tuple[int, list[Probe]]] = [(index, list(_passed(shape, index))) for index in open_slots]
    wants_result = not shape.returns and not shape.given.is_generator
    results = [list(_results(shape, name)) for name in (shape.given.outputs or [""])] if wants_result else []
    if not open_slots and not results:
        return shape
    probes = [probe for _, row in wanted for probe in row] + [probe for row in results for probe in row]
    revealed = (
        dict(zip(probes, reveal(world.program.tree, world.bindings.modules, probes), strict=True)) if probes else {}
    )
    slots = list(shape.slots)
    for index, row in wanted:
        slots[index] = replace(
            slots[index], annotation=_quoted(_joined(shape, world, [revealed[p] for p in row]), shape)
        )
    returns = [_joined(shape, world, [revealed[probe] for probe in row]) for row in results]
    written = "" if not returns or not all(returns) else returns[0] if len(returns) == 1 else _tuple(returns)
    return replace(shape, slots=tuple(slots), returns=shape.returns or _quoted(written, shape))


def _tuple(types: Sequence[str]) -> str:
    return f"tuple[{', '.join(types)}]"


def _quoted(written: str, shape: Extraction) -> str:
    return quoted(written, shape.place.file) if written else ""


def _passed(shape: Extraction, index: int) -> Iterator[Probe]:
    """One probe for each copy: what it passes, before its run."""
    for copy, text in zip(shape.found.copies, shape.slots[index].arguments, strict=True):
        first = copy.file.first_line(copy.statements[0])
        line = ast.unparse(ast.parse(f"({text})", mode="eval")) if "\n" in text else text
        yield Probe(copy.file.path, first, indentation(copy.file.line(first)), line)


def _results(shape: Extraction, name: str) -> Iterator[Probe]:
    """Probes for an output after the runs, or for everything that the runs return."""
    for index, copy in enumerate(shape.found.copies):
        margin = indentation(copy.file.line(copy.file.first_line(copy.statements[0])))
        if name:
            last = copy.statements[-1].end_lineno or 0
            yield Probe(copy.file.path, last + 1, margin, shape.found.renaming[index].get(name, name))
        elif shape.given.leaving is Leaving.RETURNS:
            yield from _returned(copy)


def _returned(copy: Copy) -> Iterator[Probe]:
    for node in hazards.returns(copy):
        text = ast.unparse(node.value) if node.value else "None"
        yield Probe(copy.file.path, node.lineno, indentation(copy.file.line(node.lineno)), text)


def _joined(shape: Extraction, world: World, types: Sequence[str]) -> str:
    """The union of the types; empty if one of them is unknown."""
    written = [annotation(revealed, shape.place.file, world.bindings) if revealed else "" for revealed in types]
    different = list(dict.fromkeys(written))
    if not different or not all(different) or len(different) > _MOST_ALTERNATIVES:
        return ""
    return " | ".join(sorted(different, key=lambda text: text == "None"))
