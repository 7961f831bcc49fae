"""Where shared code can live: a method of the class, of a common ancestor, or a function of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.duplication.classes import Class, Classes, is_class_method, parameters, receiver_name
from guardloop.sketches.duplication.hazards import needs_own_class
from guardloop.sketches.duplication.names import loaded, stored
from guardloop.sketches.duplication.program import FUNCTIONS, Parsed, indentation
from guardloop.sketches.duplication.region import Copy
from guardloop.sketches.duplication.text import attached_start, step_of

_MEMBERS_ARE_ITS_MEANING = frozenset(["Protocol", "TypedDict"])


@dataclass(frozen=True)
class Place:
    """Where the definition goes. With an `owner` it is a method, and `receivers` are the copies' names of `self`."""

    file: Parsed
    owner: Class | None
    receivers: tuple[str, ...]
    is_class_method: bool
    variant: str

    @property
    def margin(self) -> str:
        """The indentation of the definition."""
        return indentation(self.file.line(self.owner.node.body[0].lineno)) if self.owner else ""

    @property
    def step(self) -> str:
        """One more level of it."""
        return step_of(self.file)


def places(copies: Sequence[Copy], bindings: Bindings, classes: Classes) -> Iterator[Place]:
    """Every place that all copies can reach, best first; the first copy's module is preferred."""
    receivers = [_receiver(copy) for copy in copies]
    kinds = {receiver and is_class_method(copy.functions[-1]) for receiver, copy in zip(receivers, copies, strict=True)}
    methods: list[Place] = []
    if all(receivers) and len(kinds) == 1:
        methods = list(_methods(copies, [name or "" for name in receivers], True in kinds, classes))
        yield from methods
    in_one_class = methods and len({copy.owner for copy in copies}) == 1
    if not in_one_class and not any(needs_own_class(copy) for copy in copies):
        for home in bindings.modules.homes([copy.file.path for copy in copies]):
            copy = next((copy for copy in copies if copy.file.path == home.path), None)
            if copy is not None:
                yield Place(copy.file, None, (), False, "module function")


def _methods(copies: Sequence[Copy], receivers: Sequence[str], on_class: bool, classes: Classes) -> Iterator[Place]:
    owners = [classes.of(copy.owner) for copy in copies if copy.owner]
    common = classes.common(owners)
    if common is None or (any(needs_own_class(copy) for copy in copies) and len(set(owners)) > 1):
        return
    if not _MEMBERS_ARE_ITS_MEANING & {ast.unparse(base).split(".")[-1] for base in common.node.bases}:
        variant = "method" if len(set(owners)) == 1 else f"method of {common.name}"
        yield Place(common.file, common, tuple(receivers), on_class, variant)


def _receiver(copy: Copy) -> str | None:
    """The name of `self` or `cls` in a copy, if it needs it and nothing ever rebinds it."""
    method = copy.functions[-1]
    if copy.owner is None or (name := receiver_name(method)) is None:
        return None
    rebound = any(name in stored(function.body) for function in copy.functions)
    hidden = any(name in parameters(function) for function in copy.functions[:-1])
    needed = name in loaded(copy.statements) or needs_own_class(copy)
    return name if needed and not rebound and not hidden else None


def insertion(place: Place, copies: Sequence[Copy]) -> tuple[int, str, str]:
    """Where the definition goes, and what stands before and after it there."""
    file = place.file
    if place.owner is None:
        users = [file.top_level(copy.function) for copy in copies if copy.file is file]
        line = attached_start(file, min(map(file.first_line, users)))
        blank = next((n for n in range(line - 1) if file.line(line - 1 - n).strip()), line - 1)
        return file.line_starts[line - 1], "\n" * max(0, 2 - blank if blank < line - 1 else 0), "\n\n\n"
    users = [_member(place.owner, copy) for copy in copies if copy.owner is place.owner.node]
    if not users:
        last = place.owner.node.body[-1]
        return file.line_starts[(last.end_lineno or 0) - 1] + len(file.line(last.end_lineno or 0)), "\n\n", ""
    line = attached_start(file, min(map(file.first_line, users)))
    return file.line_starts[line - 1], "", "\n\n"


def _member(owner: Class, copy: Copy) -> ast.stmt:
    """The first of the class's definitions that bear the name of the copy's method: a property and its setter belong
    together, as do overloads."""
    method = copy.functions[-1]
    same = (n for n in owner.node.body if isinstance(n, FUNCTIONS) and n.name == method.name)
    return next(same, method)


def taken_by_definition(place: Place, copies: Sequence[Copy], bindings: Bindings, classes: Classes) -> frozenset[str]:
    """Names that already mean something where the definition stands or where it is called."""
    if place.owner:
        return classes.taken(_owners(place.owner, copies, classes))
    known = set(bindings.taken({place.file, *(copy.file for copy in copies)}))
    for copy in copies:
        for function in copy.functions:
            known |= stored(function.body) | parameters(function)
        known |= loaded(copy.statements)
    return frozenset(known)


def least_words(place: Place, copies: Sequence[Copy], classes: Classes) -> int:
    """How many words keep a definition's name from hiding what a base has that nobody can look at."""
    return 1 if place.owner is None or classes.are_seen(_owners(place.owner, copies, classes)) else 2


def _owners(owner: Class, copies: Sequence[Copy], classes: Classes) -> list[Class]:
    return [owner, *(classes.of(copy.owner) for copy in copies if copy.owner)]
