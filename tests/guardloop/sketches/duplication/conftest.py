from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.protocol import Fill, Hole, Sketch
from guardloop.sketches.duplication import DuplicationSketcher
from guardloop.sketches.protocol import Refusal
from guardloop.sketches.style import Style
from metrics.scorer import Finding, Site
from metrics.source import SourceTree

FIRST, LAST = "#>", "#<"


@dataclass(frozen=True)
class Answers:
    """What the sketcher said of some marked code, and what the code was without its marks."""

    texts: Mapping[str, str]
    sketches: list[Sketch] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def extractions(self) -> list[Sketch]:
        return [sketch for sketch in self.sketches if sketch.holes]

    @property
    def reasons(self) -> str:
        return "\n".join(refusal.reason for refusal in self.refusals)

    def after(self, sketch: Sketch | None = None, **names: str) -> str:
        """The text of the only file once the first extraction's holes are filled with these names."""
        chosen = sketch or self.extractions[0]
        texts = {hole.name: names.get(hole.name, default_name(hole)) for hole in chosen.holes}
        return "\n".join(chosen.after(Fill(texts, 0.0, "test", 0)).values())


def default_name(hole: Hole) -> str:
    return f"{hole.prefix}{'shared' if hole.name == 'name' else hole.name}"


def unmarked(texts: Mapping[str, str]) -> tuple[dict[str, str], list[Site]]:
    """Take the marks out: a copy goes from a line that ends in `#>` to the next one that ends in `#<`."""
    plain, sites = {}, []
    for path, text in texts.items():
        first, lines = 0, []
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            content, end = line.rstrip("\r\n"), line[len(line.rstrip("\r\n")) :]
            if content.rstrip().endswith((FIRST + LAST, FIRST)):
                first = number
            if content.rstrip().endswith(LAST):
                sites.append(Site(path, first, number, "example"))
            lines.append(content.replace(FIRST, "").replace(LAST, "").rstrip() + end)
        plain[path] = "".join(lines)
    return plain, sites


@pytest.fixture
def ask() -> Callable[..., Answers]:
    """Put a finding over marked code before the sketcher."""

    def answers(code: str | Mapping[str, str], style: Style | None = None) -> Answers:
        given = {"example.py": code} if isinstance(code, str) else code
        texts, sites = unmarked({path: textwrap.dedent(text).lstrip("\n") for path, text in given.items()})
        finding = Finding("duplication:example", "duplication", 50, "copies", tuple(sites))
        said = list(DuplicationSketcher().sketches(finding, SourceTree(texts), style or Style()))
        sketches = [answer for answer in said if isinstance(answer, Sketch)]
        return Answers(texts, sketches, [answer for answer in said if isinstance(answer, Refusal)])

    return answers


@pytest.fixture
def run() -> Callable[[str], dict[str, Any]]:
    """Execute a module's text."""

    def namespace(text: str) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(text, "example.py", "exec"), names)
        return names

    return namespace
