"""The examples that a sketcher carries, and the one way in which they are run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.protocol import Fill, Sketch
from guardloop.sketches.protocol import Refusal, Sketcher
from guardloop.sketches.style import Style
from metrics.scorer import Scorer
from metrics.source import SourceTree
from metrics.testing import Code, score, tree


@dataclass(frozen=True)
class Sketches:
    """Code with a finding, and what it looks like when a sketch of it is filled with these texts."""

    code: Code
    after: Code
    holes: Mapping[str, str] = field(default_factory=dict)
    """Exactly the sketch's holes by name."""
    variant: str = ""
    """The sketch that is meant; without it, the first one that has these holes."""
    style: Style = field(default_factory=Style)


@dataclass(frozen=True)
class Refuses:
    """Code with a finding of which nothing can be built, and a part of the reason."""

    code: Code
    reason: str
    style: Style = field(default_factory=Style)


Example = Sketches | Refuses


def examples(sketcher: Sketcher) -> tuple[Example, ...]:
    """The sketcher's own examples: `EXAMPLES` of the module that defines it."""
    return tuple(getattr(sys.modules[type(sketcher).__module__], "EXAMPLES", ()))


def answers(sketcher: Sketcher, scorer: Scorer, code: SourceTree, style: Style) -> list[Sketch | Refusal]:
    """What the sketcher says of every finding of some code."""
    findings = score(scorer, code).findings
    return [answer for finding in findings if finding.gated for answer in sketcher.sketches(finding, code, style)]


def failure(sketcher: Sketcher, scorer: Scorer, example: Example) -> str | None:
    """What is wrong with one example, or `None` if it holds."""
    code = tree(example.code)
    said = answers(sketcher, scorer, code, example.style)
    sketches = [answer for answer in said if isinstance(answer, Sketch)]
    reasons = [answer.reason for answer in said if isinstance(answer, Refusal)]
    if isinstance(example, Refuses):
        if sketches:
            return f"expected no sketch, got {sketches[0].variant}: {changed(code, filled(sketches[0], {}))}"
        return (
            None if any(example.reason in reason for reason in reasons) else f"expected {example.reason!r} in {reasons}"
        )
    meant = [sketch for sketch in sketches if (sketch.variant == example.variant or not example.variant)]
    meant = [sketch for sketch in meant if {hole.name for hole in sketch.holes} == set(example.holes)]
    if not meant:
        return f"expected a sketch, got {[sketch.variant for sketch in sketches]} and {reasons}"
    after = changed(code, filled(meant[0], example.holes))
    expected = dict(tree(example.after).texts)
    return None if after == expected else f"expected {expected}, got {after}"


def filled(sketch: Sketch, holes: Mapping[str, str]) -> dict[str, str]:
    """The new texts, holes that are not given filled with their own names."""
    texts = {hole.name: holes.get(hole.name, hole.prefix + hole.name) for hole in sketch.holes}
    return sketch.after(Fill(texts, 0.0, "example", 0))


def changed(code: SourceTree, texts: Mapping[str, str]) -> dict[str, str]:
    """All files after a change."""
    return dict(code.replacing(texts).texts)
