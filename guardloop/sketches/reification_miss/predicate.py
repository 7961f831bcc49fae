"""What the predicate says: the form and order that most places have, and which places it can stand for."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from guardloop.sketches.duplication.bindings import Bindings
from guardloop.sketches.reification_miss.order import is_kept, is_only_tested, is_truth_value
from guardloop.sketches.reification_miss.site import Site, is_respelled, renaming, same_signs, topmost, unequal


@dataclass(frozen=True, eq=False)
class Use:
    """A place that will ask the predicate: for the opposite of its answer if `is_negated`."""

    site: Site
    is_negated: bool
    at: int
    """The operand of the chain in whose place the call stands; the other literals go."""


@dataclass(frozen=True, eq=False)
class Predicate:
    """The literals as one place, `like`, writes them, and the places that can ask for them."""

    like: Site
    uses: tuple[Use, ...]
    refused: tuple[str, ...] = ()

    @property
    def instance(self) -> str:
        """The name of the object whose method every place is in, if the literals read it."""
        return self.like.instance if self.like.instance in self.like.free else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The local names that the literals read, that object left out, in the order of the text."""
        local = self.like.locals
        return tuple(name for name in self.like.free if name in local and name != self.instance)

    def passed(self, use: Use, name: str) -> str:
        """What a place passes for one of these names."""
        there = {known: here for here, known in renaming(use.site, self.like).items()}
        return there.get(name, name)

    @property
    def is_truth_value(self) -> bool:
        """Whether its answer is surely `True` or `False`, by the form of its operands."""
        return all(is_truth_value(operand.node) for operand in self.like.operands)


def predicates(sites: Sequence[Site], bindings: Bindings) -> list[Predicate]:
    """What each form and order of the literals that there is can be asked by, the one that serves most places first."""
    shapes = dict.fromkeys((site.chain.is_or, site.order) for site in sites)
    likes = [next(s for s in sites if (s.chain.is_or, s.order) == shape) for shape in shapes]
    found = [predicate_of(like, sites, bindings) for like in likes]
    return sorted(found, key=lambda one: (-len(one.uses), sum(use.is_negated for use in one.uses)))


def predicate_of(like: Site, sites: Sequence[Site], bindings: Bindings) -> Predicate:
    """The literals as one of the places writes them, and which of the places can ask that."""
    fitting, refused = [], []
    for site in sites:
        answer = use_of(site, like, bindings)
        if isinstance(answer, Use):
            fitting.append(answer)
        else:
            refused.append(answer)
    return Predicate(like, tuple(fitting), tuple(refused))


def use_of(site: Site, like: Site, bindings: Bindings) -> Use | str:
    """How a place can ask for what another one tests, or why it can't."""
    reason = unequal(site, like, bindings)
    if reason:
        return reason
    is_negated = site.chain.is_or != like.chain.is_or
    if same_signs(site, like) is not (not is_negated):
        return f"{site}: it tests something else than {like}"
    truth_values = all(is_truth_value(operand.node) for operand in (*site.operands, *like.operands))
    is_tested = not isinstance(site.chain.node, ast.BoolOp) or is_only_tested(site.file, site.chain.node)
    is_moved = site.order != like.order or not _is_contiguous(site)
    if (is_negated or is_moved or is_respelled(site, like)) and not (truth_values or is_tested):
        return f"{site}: the value is used, and would become a truth value"
    if _is_bared(site, is_negated) and not truth_values:
        return f"{site}: the truth value is used, and would become another value"
    wanted = [site.picked[literal] for literal in like.order]
    for at in dict.fromkeys((min(wanted), max(wanted))):
        if is_kept(site.chain, _arranged(site, wanted, at), bindings):
            return Use(site, is_negated, at)
    return f"{site}: the operands are tested in another order than at {like}"


def _is_bared(site: Site, is_negated: bool) -> bool:
    """Whether negations that made a truth value of the condition cancel out, where that value is used."""
    top, stays_negated = topmost(site, is_negated)
    is_whole = len(site.picked) == len(site.chain.operands)
    cancels = is_whole and top is not site.chain.node and not stays_negated
    return cancels and not is_only_tested(site.file, top)


def _is_contiguous(site: Site) -> bool:
    return max(site.picked) - min(site.picked) == len(site.picked) - 1


def _arranged(site: Site, wanted: Sequence[int], at: int) -> list[int]:
    """The operands of the chain in the order in which they would be evaluated with the literals at one place."""
    others = [n for n in range(len(site.chain.operands)) if n not in wanted]
    return [*(n for n in others if n < at), *wanted, *(n for n in others if n > at)]
