"""The examples that a scorer carries, and the one way in which they are run.

A scorer's module holds them in `EXAMPLES`: they are its tests and show what it counts. Three kinds, because an exact
cost says nothing about which rewrites pay, and a measure that can be gamed is worse than none.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from metrics.facts import gather, parse
from metrics.index import Index
from metrics.scorer import Score, Scorer
from metrics.source import SourceTree

PATH = "example.py"
"""The file that an example of one text is."""
Code = str | Mapping[str, str]
"""One text, dedented before use, or the texts of several files by path."""
Place = int | tuple[str, int]
"""A line of the only file, or a path and a line."""


@dataclass(frozen=True)
class Costs:
    """Exactly these findings: the sum of the costs at each place where the first site of a finding is."""

    code: Code
    costs: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rewards:
    """A rewrite that must lower the cost."""

    before: Code
    after: Code


@dataclass(frozen=True)
class Refuses:
    """A rewrite that games the measure and must not lower the cost."""

    before: Code
    after: Code


Example = Costs | Rewards | Refuses


def examples(scorer: Scorer) -> tuple[Example, ...]:
    """The scorer's own examples: `EXAMPLES` of the module that defines it, or of `examples` in that package."""
    module = sys.modules[type(scorer).__module__]
    if hasattr(module, "__path__") and find_spec(f"{module.__name__}.examples"):
        # The scorer itself does not import them: whoever judges code has no use for them.
        module = import_module(f"{module.__name__}.examples")
    return tuple(getattr(module, "EXAMPLES", ()))


def tree(code: Code) -> SourceTree:
    """The example's files."""
    texts = {PATH: code} if isinstance(code, str) else code
    return SourceTree({path: textwrap.dedent(text).lstrip("\n") for path, text in texts.items()})


def score(scorer: Scorer, code: Code | SourceTree) -> Score:
    """What the scorer alone says of some code; raises `UnparsableError` if that is not Python."""
    judged = code if isinstance(code, SourceTree) else tree(code)
    files = {path: gather(parse(text), {scorer.rule: scorer}) for path, text in judged.texts.items()}
    return scorer.score(Index(files, judged))


def failure(scorer: Scorer, example: Example) -> str | None:
    """What is wrong with one example, or `None` if it holds."""
    if isinstance(example, Costs):
        expected = {(PATH, key) if isinstance(key, int) else key: cost for key, cost in example.costs.items()}
        found = placed(score(scorer, example.code))
        return None if found == expected else f"expected costs {expected}, got {found}"
    before, after = score(scorer, example.before).cost, score(scorer, example.after).cost
    if isinstance(example, Rewards):
        return None if after < before else f"expected a lower cost than {before}, got {after}"
    if not before:
        return "expected a cost to refuse a rewrite of, got 0"
    return None if after >= before else f"expected no lower cost than {before}, got {after}"


def placed(found: Score) -> dict[tuple[str, int], int]:
    """The costs by the path and line of each finding's first site."""
    costs: dict[tuple[str, int], int] = {}
    for finding in found.findings:
        place = finding.sites[0].path, finding.sites[0].line
        costs[place] = costs.get(place, 0) + finding.cost
    return costs
