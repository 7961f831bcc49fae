"""Scores fillers on packages that training never saw, each place given as the sketch that an engine gets.

Every occurrence of a name is opened at once and the file is otherwise as its authors wrote it, docstrings taken out.
Sketches of real refactorings carry hints besides, which are absent here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.protocol import NAMES, Edit, Engine, EngineError, Hole, HoleKind, Sketch
from engine.training.corpus import Source
from engine.training.sites import Page, Rates, Site, sites, without_docstrings

CANDIDATES = 8
Filler = Callable[[Sketch, int], list[dict[str, str]]]
"""From a sketch and a number to at most so many fills, best first, each with a text for every hole."""


@dataclass(frozen=True)
class Case:
    """One sketch and the authors' own texts; `task` is the kind, with constants, predicates and joint cases apart."""

    task: str
    sketch: Sketch
    truth: dict[str, str]


@dataclass(frozen=True)
class Result:
    """Means over the holes of one task."""

    holes: int
    exact_1: float
    exact_8: float
    subtoken_f1: float


def cases(files: Iterable[Source], per_task: int, seed: int) -> list[Case]:
    """At most `per_task` cases of each task from these files, the same for the same seed."""
    rng = random.Random(seed)
    shuffled = sorted(files, key=lambda source: (source.package, source.path))
    rng.shuffle(shuffled)
    found: dict[str, list[Case]] = {}
    for source in shuffled:
        # Offsets of edits count characters, offsets of sites bytes: the same thing only here.
        if not source.text.isascii():
            continue
        page = Page(without_docstrings(source.text))
        for site in sites(page, Rates(), rng):
            case = case_of(page, source.path, site)
            found.setdefault(case.task, []).append(case)
    return [case for task in sorted(found) for case in rng.sample(found[task], min(per_task, len(found[task])))]


def case_of(page: Page, path: str, site: Site) -> Case:
    """The sketch whose holes are the site's."""
    kinds = [site.kind, *[HoleKind.PARAMETER] * (len(site.texts) - 1)]
    holes = [
        Hole(f"hole{at}", kind, prefix="_" if kind in NAMES and text.startswith("_") else "")
        for at, (kind, text) in enumerate(zip(kinds, site.texts, strict=True))
    ]
    edits = tuple(Edit(path, start, end, (holes[index],)) for start, end, index in site.places)
    sketch = Sketch("evaluation", path, site.kind.value, "", {path: page.text}, edits)
    task = site.kind.value
    if site.kind is HoleKind.HELPER_NAME:
        task = "helper-name, joint" if len(holes) > 1 else "predicate" if site.predicate else task
    elif site.kind is HoleKind.IDENTIFIER and re.fullmatch(r"[A-Z0-9_]+", site.texts[0]):
        task = "constant"
    return Case(task, sketch, {hole.name: text for hole, text in zip(holes, site.texts, strict=True)})


def from_engine(engine: Engine) -> Filler:
    """An engine as the loop would use it."""

    def fill(sketch: Sketch, candidates: int) -> list[dict[str, str]]:
        return [dict(fill.texts) for fill in engine.fill(sketch, candidates=candidates, seed=1)]

    return fill


def from_model(folder: Path) -> Filler:
    """The checkpoint alone: what it draws, ranked by its own log-probability, with no rules of naming beside it."""
    from engine.diffusion.checkpoint import Checkpoint
    from engine.diffusion.reader import Reader

    reader: Any = Reader.load(Checkpoint.read(folder), threads=1)

    def fill(sketch: Sketch, candidates: int) -> list[dict[str, str]]:
        ranked: dict[str, list[str]] = {}
        for view in reader.views(sketch, 1, lambda holes: {h.name: ranked[h.name][0] for h in holes if ranked[h.name]}):
            for at, (hole, drawn) in enumerate(zip(view.slots.holes, view.sampled(candidates), strict=True)):
                said = [logprob / tokens for logprob, tokens in view.logprobs(at, drawn)]
                ranked[hole.name] = [text for _, text in sorted(zip(said, drawn, strict=True), reverse=True)]
        return [
            {name: texts[min(at, len(texts) - 1)] for name, texts in ranked.items() if texts}
            for at in range(candidates)
        ]

    return fill


def copying(sketch: Sketch, candidates: int) -> list[dict[str, str]]:
    """The copy baseline: the words of the file most often seen, nearest the hole first among equals."""
    edit = sketch.edits[0]
    words = re.findall(r"[A-Za-z_]{3,}", sketch.sources[edit.path][max(0, edit.start - 1500) : edit.end + 1500])
    opened = {sketch.sources[edit.path][edit.start : edit.end] for edit in sketch.edits}
    often = sorted({word for word in words if word not in opened}, key=lambda word: (-words.count(word), word))
    return [{hole.name: word for hole in sketch.holes} for word in often[:candidates]]


def evaluate(found: Sequence[Case], fill: Filler) -> dict[str, Result]:
    """Results by task; a case that a filler refuses counts as wrong."""
    rows: dict[str, list[tuple[bool, bool, float]]] = {}
    for case in found:
        try:
            fills = fill(case.sketch, CANDIDATES)
        except EngineError:
            fills = []
        for name, truth in case.truth.items():
            texts = [texts.get(name, "") for texts in fills] or [""]
            rows.setdefault(case.task, []).append((texts[0] == truth, truth in texts, f1(texts[0], truth)))
    return {task: _mean(holes) for task, holes in sorted(rows.items())}


def _mean(rows: list[tuple[bool, bool, float]]) -> Result:
    first, eight, overlap = (round(sum(column) / len(rows), 4) for column in zip(*rows, strict=True))
    return Result(len(rows), first, eight, overlap)


def subtokens(text: str) -> list[str]:
    """The words of a name or expression, lower-cased: `_isHtml` and `is_html` have the same."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", text)]


def f1(text: str, truth: str) -> float:
    """Harmonic mean of precision and recall of subtokens, as multisets."""
    said, wanted = subtokens(text), subtokens(truth)
    shared = sum(min(said.count(word), wanted.count(word)) for word in set(said))
    return 2 * shared / (len(said) + len(wanted)) if said or wanted else float(text == truth)
