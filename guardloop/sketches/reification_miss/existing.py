"""A function that already is the predicate: its body does nothing but return the literals."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.names import all_arguments
from guardloop.sketches.duplication.program import FUNCTIONS, Function
from guardloop.sketches.duplication.text import Text
from guardloop.sketches.reification_miss.predicate import Predicate, Use, predicate_of
from guardloop.sketches.reification_miss.site import Site

_QUESTIONS = frozenset(["is", "has", "can", "should", "needs", "was", "are", "must", "may", "will", "does", "contains"])


@dataclass(frozen=True, eq=False)
class Existing:
    """A known predicate, what it is called, and the places that do not ask it yet."""

    predicate: Predicate
    name: str
    is_property: bool
    uses: tuple[Use, ...]

    @property
    def asks(self) -> bool:
        """Whether its name is a question."""
        return self.name.strip("_").partition("_")[0] in _QUESTIONS

    def call(self, use: Use) -> Text:
        """How a place asks it."""
        predicate = self.predicate
        head = f"{use.site.instance}.{self.name}" if predicate.instance else self.name
        arguments = ", ".join(predicate.passed(use, name) for name in _passed_names(predicate))
        return (head if self.is_property else f"{head}({arguments})",)


def existing(sites: Sequence[Site], world: World) -> Iterator[Existing]:
    """The functions among the places that only return the literals, with the places that can call them."""
    for site in sites:
        if _is_all(site) and _is_plain(site.function):
            predicate = predicate_of(site, sites, world.bindings)
            above = site.file.parents.get(site.function)
            is_member = above is site.owner and site.owner is not None
            others = tuple(use for use in predicate.uses if use.site is not site and _can_call(use, predicate, world))
            is_reachable = is_member or (isinstance(above, ast.Module) and not site.function.decorator_list)
            if others and is_reachable and _takes_names(predicate):
                yield Existing(predicate, site.function.name, bool(site.function.decorator_list), others)


def _is_all(site: Site) -> bool:
    """Whether the function does nothing but return the literals."""
    body = [n for n in site.function.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    only = body[0] if len(body) == 1 else None
    is_whole = isinstance(only, ast.Return) and only.value is site.chain.node
    return is_whole and len(site.picked) == len(site.chain.operands)


def _is_plain(function: Function) -> bool:
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    is_dunder = function.name.startswith("__") and function.name.endswith("__")
    return isinstance(function, ast.FunctionDef) and not is_dunder and decorators in ([], ["property"])


def _passed_names(predicate: Predicate) -> list[str]:
    names = [argument.arg for argument in all_arguments(predicate.like.function.args)]
    return [name for name in names if name != predicate.instance]


def _takes_names(predicate: Predicate) -> bool:
    """Whether the function takes the names that the literals read, and nothing else."""
    arguments = predicate.like.function.args
    is_plain = not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults)
    first = predicate.like.owner is not None and not predicate.instance
    return is_plain and not first and set(_passed_names(predicate)) == set(predicate.names)


def _can_call(use: Use, predicate: Predicate, world: World) -> bool:
    like, site = predicate.like, use.site
    name = like.function.name
    if predicate.instance:
        if like.owner is None or site.owner is None or site.is_on_class:
            return False
        owner, caller = world.classes.of(like.owner), world.classes.of(site.owner)
        family = world.classes.family(owner)
        overridden = [one for one in family if any(isinstance(n, FUNCTIONS) and n.name == name for n in one.node.body)]
        return overridden == [owner] and owner in world.classes.lineage(caller)
    if name in site.locals or not world.bindings.is_settled(like.file, name):
        return False
    if site.file is like.file:
        return True
    meant = like.file.path, name
    is_same = world.bindings.meaning(site.file, name) == meant
    is_free = not name.startswith("_") and world.bindings.is_free(site.file, name, meant)
    return is_same or (is_free and world.bindings.modules.can_import(site.file.path, like.file.path))
