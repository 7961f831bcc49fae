"""From a set of literals to sketches: the predicate, where it can live, and every place that can ask it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.protocol import Edit, Hole, Sketch
from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.region import Refused
from guardloop.sketches.duplication.text import Text, step_of
from guardloop.sketches.imports import foreign_import_edit, import_edit
from guardloop.sketches.protocol import Refusal
from guardloop.sketches.reification_miss.annotations import guard_module, signatures
from guardloop.sketches.reification_miss.definition import Signature, definition
from guardloop.sketches.reification_miss.edits import use_edits
from guardloop.sketches.reification_miss.examples import EXAMPLES as EXAMPLES
from guardloop.sketches.reification_miss.existing import Existing, existing
from guardloop.sketches.reification_miss.inferring import Inferred
from guardloop.sketches.reification_miss.places import Place, insertion, margin_of, places
from guardloop.sketches.reification_miss.predicate import Predicate, Use, predicates
from guardloop.sketches.reification_miss.site import Site, site_of
from guardloop.sketches.reification_miss.verification import Call, verify
from guardloop.sketches.style import Style
from guardloop.sketches.worlds import Worlds
from metrics.scorer import Finding
from metrics.scorers.reification_miss.conditions import node_mass
from metrics.scorers.reification_miss.repeats import PAIR_COST
from metrics.source import SourceTree

RULE = "reification-miss"
_MOST_SKETCHES = 6


class ReificationSketcher:
    """Gives a set of literals that is tested all over a name: a property, a method or a function that all ask."""

    rule = RULE

    def __init__(self) -> None:
        self._worlds = Worlds()

    def sketches(self, finding: Finding, tree: SourceTree, style: Style) -> Iterator[Sketch | Refusal]:
        """Yield the predicates that most places can ask, in each place where they can live."""
        world = self._worlds.of(tree)
        sites, refusals = _sites(finding, world)
        found: set[str] = set()
        for answer in _shapes_of(sites, world, style, finding):
            if isinstance(answer, Refusal):
                refusals.append(answer)
            elif answer.id not in found and len(found) < _MOST_SKETCHES:
                found.add(answer.id)
                yield answer
        if not found:
            yield from dict.fromkeys(refusals) or [Refusal("predicate", "no two places can ask one predicate")]


def _sites(finding: Finding, world: World) -> tuple[list[Site], list[Refusal]]:
    sites, refusals = [], []
    for occurrence in finding.evidence.get("occurrences", ()):
        try:
            sites.append(site_of(occurrence, world.program))
        except Refused as reason:
            refusals.append(Refusal("predicate", str(reason)))
    return sites, refusals


def _shapes_of(sites: Sequence[Site], world: World, style: Style, finding: Finding) -> Iterator[Sketch | Refusal]:
    """Lazily, for what mypy says of a shape is only asked when the shape is."""
    known = list(existing(sites, world))
    yield from (_reused(one, world, style, finding) for one in known if one.asks)
    yield from _new(sites, world, style, finding)
    # A function of another name may return the same for another reason.
    yield from (_reused(one, world, style, finding) for one in known if not one.asks)


def _new(sites: Sequence[Site], world: World, style: Style, finding: Finding) -> Iterator[Sketch | Refusal]:
    """The shapes of the predicate that serves most places; of the next one only if that has none."""
    for predicate in predicates(sites, world.bindings):
        yield from (Refusal("predicate", reason) for reason in predicate.refused)
        is_found = False
        for answer in _shapes(predicate, world, style, finding) if len(predicate.uses) > 1 else ():
            is_found = is_found or isinstance(answer, Sketch)
            yield answer
        if is_found:
            return


def _shapes(predicate: Predicate, world: World, style: Style, finding: Finding) -> Iterator[Sketch | Refusal]:
    inferred = Inferred(predicate, world)
    for place, asked in places(predicate, world):
        for variant, signature in signatures(asked, place, inferred, world, style):
            try:
                yield _introduce(Introduction(asked, place, signature, variant), world, style, finding)
            except Refused as reason:
                yield Refusal(variant, str(reason))


@dataclass(frozen=True, eq=False)
class Introduction:
    """A new predicate: what it says, where it stands, how it is written."""

    predicate: Predicate
    place: Place
    signature: Signature
    variant: str

    def call(self, use: Use) -> Text:
        """How a place asks it."""
        passed = [self.predicate.passed(use, one.name) for one in self.signature.parameters]
        if not self.place.subject:
            return self.place.name, f"({', '.join(passed)})"
        subject, *rest = passed if not self.predicate.instance else [use.site.instance, *passed[1:]]
        return (f"{subject}.", self.place.name, *(() if self.place.is_property else (f"({', '.join(rest)})",)))

    @property
    def saving(self) -> int:
        """Removable nodes that go: the literals of every place, less the calls and the definition."""
        definition = 2 + len(self.signature.parameters) + mass_of(self.predicate.like) + 2 * self.signature.wraps
        call = 2 if self.place.is_property else 2 + len(self.signature.parameters)
        return sum(mass_of(use.site) - call - use.is_negated for use in self.predicate.uses) - definition


def mass_of(site: Site) -> int:
    """Removable nodes of the literals and the operator between them."""
    return 1 + sum(node_mass(operand.node) for operand in site.operands)


def _introduce(shape: Introduction, world: World, style: Style, finding: Finding) -> Sketch:
    predicate, place = shape.predicate, shape.place
    if shape.saving < 1:
        raise Refused(f"{predicate.like}: it would save {shape.saving} nodes")
    edits = _uses(predicate.uses, shape.call)
    at, before, after = insertion(place, predicate)
    text = definition(predicate, place.name, shape.signature, margin_of(place), step_of(place.file), style.line_length)
    imports = [] if place.owner else _imports(predicate.uses, place.file, place.name, world, style)
    if shape.signature.returns.startswith("TypeGuard"):
        module = guard_module(world)
        imports.append(
            foreign_import_edit(world.bindings.modules, place.file.path, place.file.text, module, "TypeGuard", style)
        )
    defined = Edit(place.file.path, at, at, _with_newlines((before, *text, after), place.file.newline))
    kind = "property" if place.is_property else "method" if place.owner else "function"
    has_holes = any(isinstance(one.written, Hole) for one in shape.signature.parameters)
    parts = ", and its parameters" if has_holes else ""
    words = f"Name the {kind} that tells whether `{_said(predicate)}`{parts}."
    sketch = _sketch(
        [*(edit for edit in imports if edit), defined, *edits], shape.variant, words, predicate, world, finding
    )
    verify(sketch, world.program, predicate.uses, shape.call, (predicate, shape.signature))
    return sketch


def _reused(known: Existing, world: World, style: Style, finding: Finding) -> Sketch | Refusal:
    variant = f"call {known.name}"
    try:
        return _reuse(known, variant, world, style, finding)
    except Refused as reason:
        return Refusal(variant, str(reason))


def _reuse(known: Existing, variant: str, world: World, style: Style, finding: Finding) -> Sketch:
    edits = _uses(known.uses, known.call)
    imports = (
        [] if known.predicate.instance else _imports(known.uses, known.predicate.like.file, known.name, world, style)
    )
    words = f"Ask `{known.name}` whether `{_said(known.predicate)}`."
    sketch = _sketch([*(edit for edit in imports if edit), *edits], variant, words, known.predicate, world, finding)
    verify(sketch, world.program, known.uses, known.call, None)
    return sketch


def _said(predicate: Predicate) -> str:
    word = " or " if predicate.like.chain.is_or else " and "
    return word.join(ast.unparse(predicate.like.operands[literal].node) for literal in predicate.like.order)


def _uses(uses: Sequence[Use], call: Call) -> list[Edit]:
    edits = [edit for use in uses for edit in use_edits(use, call(use))]
    ordered = sorted(edits, key=lambda edit: (edit.path, edit.start, edit.end))
    for one, other in pairwise(ordered):
        if one.path == other.path and (other.start < one.end or one.start == other.start):
            raise Refused(f"{one.path}: one condition lies within another")
    return edits


def _imports(uses: Sequence[Use], home: Parsed, name: str | Hole, world: World, style: Style) -> list[Edit | None]:
    files = {use.site.file.path: use.site.file for use in uses if use.site.file is not home}
    modules = world.bindings.modules
    return [import_edit(modules, file.path, file.text, home.path, name, style) for file in files.values()]


def _with_newlines(text: Text, newline: str) -> Text:
    return tuple(part.replace("\n", newline) if isinstance(part, str) else part for part in text if part != "")


def _sketch(
    edits: Sequence[Edit], variant: str, words: str, predicate: Predicate, world: World, finding: Finding
) -> Sketch:
    files = {path: world.program.tree.texts[path] for path in sorted({edit.path for edit in edits})}
    # Sorting is stable: an import that goes where the definition goes comes first.
    ordered = tuple(sorted(edits, key=lambda edit: (edit.path, edit.start)))
    others = [use.site for use in predicate.uses if use.site is not predicate.like]
    lost = dict.fromkeys(text for site in others for text in _comments(site))
    predicted = _predicted(predicate, finding)
    return Sketch(RULE, finding.id, variant, words, files, ordered, predicted, context=tuple(lost))


def _comments(site: Site) -> Iterator[str]:
    file, chain = site.file, site.chain
    first, last = (file.text.count("\n", 0, at) + 1 for at in (chain.start, chain.end))
    yield from (text for line, text in file.comments if first <= line < last)


def _predicted(predicate: Predicate, finding: Finding) -> int:
    """How far the rule will fall: what is left is the definition and the places that can't ask it."""
    total, literals = len(finding.evidence["occurrences"]), len(predicate.like.picked)
    left = total - len(predicate.uses) + 1
    mass = min(mass_of(use.site) for use in predicate.uses)
    if literals == 2 and left == 2:
        return max(1, finding.cost - PAIR_COST)
    remains = (left - 1) * mass - 3 * left if left > 1 else 0
    return max(1, finding.cost - (remains if remains > 3 else 0))
