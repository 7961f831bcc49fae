"""Holes opened in given files, each as the sketch that an engine gets, with the authors' own texts.

Every occurrence of a name is opened at once and the file is otherwise as its authors wrote it, docstrings taken out. A
revision's sketch has a small fault where the authors' text was. Sketches of real refactorings carry hints besides,
which are absent here.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.protocol import NAMES, Edit, Hole, HoleKind, Sketch
from engine.training.sites import Page, Site, without_docstrings
from engine.training.statements import everything

SiteFinder = Callable[[Page, random.Random], Iterable[Site]]
"""From a file to the places of it to open."""


@dataclass(frozen=True)
class Case:
    """One sketch and the authors' own texts by hole name; `task` is the kind of its first hole."""

    task: HoleKind
    sketch: Sketch
    truth: Mapping[str, str]


def sampled(texts: Mapping[str, str], per_task: int, seed: int, finder: SiteFinder = everything) -> list[Case]:
    """At most `per_task` cases of each task, the same for equal files and seed; what does not parse gives none."""
    rng = random.Random(seed)
    found: defaultdict[HoleKind, list[Case]] = defaultdict(list)
    for path in sorted(texts):
        for case in _cases(path, texts[path], finder, rng):
            found[case.task].append(case)
    return [case for task in sorted(found) for case in rng.sample(found[task], min(per_task, len(found[task])))]


def _cases(path: str, text: str, finder: SiteFinder, rng: random.Random) -> Iterator[Case]:
    try:
        page = Page(without_docstrings(text))
    except (SyntaxError, ValueError, RecursionError):
        return
    for site in finder(page, rng):
        yield case_of(page, path, site)


def case_of(page: Page, path: str, site: Site) -> Case:
    """The sketch whose holes are the site's."""
    kinds = [site.kind, *[HoleKind.PARAMETER] * (len(site.texts) - 1)]
    holes = [
        Hole(f"hole{at}", kind, prefix="_" if kind in NAMES and text.startswith("_") else "", before=site.mutated)
        for at, (kind, text) in enumerate(zip(kinds, site.texts, strict=True))
    ]
    text, places = page.text, site.places
    if site.mutated:
        (start, end, number) = places[0]
        text = (page.source[:start] + site.mutated.encode() + page.source[end:]).decode()
        places = ((start, start + len(site.mutated.encode()), number),)
    edits = [Edit(path, start, end, (holes[number],)) for start, end, number in _in_characters(text, places)]
    sketch = Sketch("evaluation", path, site.kind.value, "", {path: text}, tuple(edits))
    return Case(site.kind, sketch, {hole.name: text for hole, text in zip(holes, site.texts, strict=True)})


def _in_characters(text: str, places: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    if text.isascii():
        yield from places
        return
    source = text.encode()
    for start, end, number in places:
        yield len(source[:start].decode()), len(source[:end].decode()), number
