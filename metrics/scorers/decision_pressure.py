"""The same choice between three or more cases, made again in another function.

A choice is what one function decides about one subject in three arms or more: branches of `if` and `elif`, ifs that
stand apart, and cases of `match`, whose tests are `==`, `is`, `in` and `isinstance` with literals, constants or
classes. An arm that tests more than the subject counts by its first test. Two choices are the same if they share three
labels and 60 % of those of the larger one; what the subjects are called does not matter. Choices between nothing but
numbers are left out.
A choice of a arms that k functions make costs 5 * a * (k - 1), a being the arms of the smallest of them.

This rule informs only; it never fails a check.

## Why it matters
Each of the functions must know all cases, and a new case must be added in each. One table, or one method on what the
cases stand for, would keep them in one place; where visitors must know every case, nothing needs to be done.

## Known limits
Choices in conditional expressions and in tables are not read, nor are those outside functions. Calls of predicates are
no labels. Constants are told apart by their last name and class.

## References
Martin Fowler, Refactoring: Repeated Switches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.tested.reading import READING, VERSION, read_tested
from metrics.testing import Costs, Example, Rewards

_WEIGHT = 5
_LEAST_SHARED = 3
_SHARE = 0.6
_SHOWN = 5
_COMMON = 30
"""Choices that know a label, from which on the label tells nothing about which of them are the same."""


@dataclass(frozen=True, order=True)
class Choice:
    """The arms of one function about one subject."""

    path: str
    line: int
    end_line: int
    function: str
    subject: str
    arms: int
    labels: tuple[str, ...]

    def is_like(self, other: Choice, shared: int) -> bool:
        """Whether so many shared labels make both the same choice."""
        is_elsewhere = (self.path, self.function) != (other.path, other.function)
        return is_elsewhere and shared >= max(_LEAST_SHARED, _SHARE * max(len(self.labels), len(other.labels)))


class DecisionPressure:
    """One finding for each set of functions that make the same choice."""

    rule = "decision-pressure"
    gated = False
    reading = READING
    version = VERSION

    def facts(self, module: Module) -> Any:
        """What the functions test."""
        return read_tested(module.scopes)

    def score(self, index: Index) -> Score:
        """Charge each choice for being made again."""
        findings = [_finding(self.rule, group, index) for group in _groups(_choices(index))]
        return Score.of(self.rule, findings)


def _choices(index: Index) -> list[Choice]:
    return sorted(
        Choice(path, line, end_line, function, subject, arms, tuple(sorted({text for _, text in labels})))
        for path, facts in index.facts(READING)
        for function, subject, arms, labels, line, end_line in facts["ladders"]
        if not all(text.lstrip("-").isdigit() for _, text in labels)
    )


def _groups(choices: list[Choice]) -> Iterator[list[Choice]]:
    """Each choice with those like it, the largest first; a choice is in one group only."""
    knowing: dict[str, list[int]] = defaultdict(list)
    for number, choice in enumerate(choices):
        for label in choice.labels:
            knowing[label].append(number)
    taken: set[int] = set()
    for number in sorted(range(len(choices)), key=lambda n: (-len(choices[n].labels), choices[n].labels, n)):
        choice = choices[number]
        known = (other for label in choice.labels if len(knowing[label]) <= _COMMON for other in knowing[label])
        shared = Counter(other for other in known if other not in taken)
        group = [choices[other] for other in sorted(shared) if choice.is_like(choices[other], shared[other])]
        if group and number not in taken:
            taken |= {number, *(other for other in shared if choice.is_like(choices[other], shared[other]))}
            yield sorted([choice, *group])


def _finding(rule: str, group: list[Choice], index: Index) -> Finding:
    counts = Counter(label for choice in group for label in choice.labels)
    labels = sorted((label for label in counts if counts[label] > 1), key=lambda label: (-counts[label], label))
    functions = len({(choice.path, choice.function) for choice in group})
    symbol = min(index.symbol(choice.path, choice.function) for choice in group)
    shown = ", ".join(labels[:_SHOWN]) + (", …" if len(labels) > _SHOWN else "")
    subjects = " or ".join(f"`{subject}`" for subject in sorted({choice.subject for choice in group})[:2])
    return Finding(
        id=finding_id(rule, "\0".join((symbol, *sorted(labels)))),
        rule=rule,
        cost=_WEIGHT * min(choice.arms for choice in group) * (functions - 1),
        message=f"{functions} functions choose between {shown} for {subjects}; one table or method would do",
        sites=tuple(Site(c.path, c.line, c.end_line, index.symbol(c.path, c.function), "choice") for c in group),
        gated=False,
        evidence={"labels": labels, "choices": [[c.path, c.function, c.subject, c.arms] for c in group]},
    )


_CHOSEN = """
    def area(shape):
        if shape.kind == "square":
            return shape.side ** 2
        elif shape.kind == "circle":
            return PI * shape.radius ** 2
        elif shape.kind == "line":
            return 0

    def length(form):
        match form.kind:
            case "line" | "arc":
                return form.length
            case "circle":
                return 2 * PI * form.radius
            case "square" if form.side:
                return 4 * form.side

    def draw(kind, pen):
        if kind in ("circle", "disc") and pen:
            return pen.circle()
        if "square" == kind:
            return pen.square()
        if kind == "line" or kind == "ray":
            return pen.line()
"""
_ASKED = """
    SHAPES = {"square": Square, "circle": Circle, "line": Line}

    def area(shape):
        return SHAPES[shape.kind].area(shape)

    def length(form):
        return SHAPES[form.kind].length(form)

    def draw(kind, pen):
        return SHAPES[kind].draw(pen)
"""
_OF_TYPES = """
    def first(node):
        if isinstance(node, ast.If):
            return 1
        elif isinstance(node, (ast.For, ast.While)):
            return 2
        elif isinstance(node, ast.With):
            return 3

    def second(item):
        match item:
            case If():
                return 1
            case For():
                return 2
            case While() | With():
                return 3
"""
_SMALL = """
    def first(a):
        if a == "one":
            return 1
        elif a == "two":
            return 2

    def second(a):
        if a == "one":
            return 1
        elif a == "two":
            return 2
"""

EXAMPLES: tuple[Example, ...] = (
    Costs(_CHOSEN, {2: 30}),
    Costs(_ASKED, {}),
    Costs(_OF_TYPES, {2: 15}),
    Costs(_SMALL, {}),
    Costs(_CHOSEN.replace('"line" | "arc"', '"arc"').replace('"ray"', '"dot"').replace('kind == "line"', "kind"), {}),
    Rewards(_CHOSEN, _ASKED),
)
