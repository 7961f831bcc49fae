"""How often an engine writes what the authors wrote, task by task: holes opened in functions of given files.

All engines see the same holes. Two engines that need no model stand beside whatever is measured: `enumerate`, and
`copy`, which writes what the file says elsewhere.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.bench.cases import sampled
from engine.copying import Copy
from engine.naming.words import split
from engine.protocol import NAMES, Engine, Sketch

Filler = Callable[[Sketch], Sequence[Mapping[str, str]]]
"""From a sketch to at most `CANDIDATES` fills, best first."""
CANDIDATES = 8
COPY = Copy.name
_BOUNDS = (1, 2, 3, 7, 15)
"""Longest holes of each class of length; longer ones are one class more."""
_LEXEMES = re.compile(r"\w+|[^\w\s]")


@dataclass
class Tally:
    """Holes of one sort, and how one engine filled them."""

    holes: int = 0
    exact_at_1: int = 0
    exact_at_8: int = 0
    overlap: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, texts: Sequence[str], truth: str) -> None:
        """Count one hole with the texts proposed for it, best first."""
        self.holes += 1
        self.exact_at_1 += texts[:1] == [truth]
        self.exact_at_8 += truth in texts[:CANDIDATES]
        self.overlap += f1(texts[0], truth) if texts else 0.0

    def shares(self) -> dict[str, float]:
        """Means over the holes."""
        holes = max(self.holes, 1)
        return {
            "exact_at_1": round(self.exact_at_1 / holes, 4),
            "exact_at_8": round(self.exact_at_8 / holes, 4),
            "subtoken_f1_at_1": round(self.overlap / holes, 4),
            "cpu_seconds": round(self.cpu_seconds, 2),
        }


@dataclass
class Task:
    """One kind of hole: how one engine did over all, and by length."""

    whole: Tally = field(default_factory=Tally)
    by_length: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def fillers(engines: Iterable[Engine]) -> dict[str, Filler]:
    """Engines by name as the bench asks them, with the one that copies."""
    return {engine.name: _asking(engine) for engine in (Copy(), *engines)}


def measure_holes(
    texts: Mapping[str, str], named: Mapping[str, Filler], *, per_task: int, seed: int, told: Callable[[str], None]
) -> dict[str, Any]:
    """The answer of `guardloop bench --holes`; `texts` are files by path, `per_task` bounds the sketches of a task.

    Raises `EngineError` when an engine cannot run.
    """
    tasks: defaultdict[str, defaultdict[str, Task]] = defaultdict(lambda: defaultdict(Task))
    cases = sampled(texts, per_task, seed)
    for number, case in enumerate(cases):
        told(f"hole {number + 1} of {len(cases)}")
        for name, filler in named.items():
            before = time.process_time()
            fills = filler(case.sketch)
            spent = time.process_time() - before
            for hole in case.sketch.holes:
                task = tasks[hole.kind.value][name]
                proposed = [fill[hole.name] for fill in fills if hole.name in fill]
                truth = case.truth[hole.name]
                for tally in (task.whole, task.by_length[length_class(truth, hole.kind in NAMES)]):
                    tally.add(proposed, truth)
                    tally.cpu_seconds += spent / len(case.sketch.holes)
    return {"schema": 1, "seed": seed, "tasks": {kind: _task(tasks[kind]) for kind in sorted(tasks)}}


def length_class(text: str, is_name: bool) -> str:
    """How long a text is, in words of a name or in lexemes of anything else, as a class such as `4-7`."""
    length = len(split(text) if is_name else _LEXEMES.findall(text))
    below = 0
    for bound in _BOUNDS:
        if length <= bound:
            return str(bound) if bound == below + 1 else f"{below + 1}-{bound}"
        below = bound
    return f"{below + 1}-"


def _asking(engine: Engine) -> Filler:
    def ask(sketch: Sketch) -> Sequence[Mapping[str, str]]:
        return [fill.texts for fill in engine.fill(sketch, candidates=CANDIDATES, seed=1)]

    return ask


def _task(by_engine: Mapping[str, Task]) -> dict[str, Any]:
    first = next(iter(by_engine.values()))
    lengths = sorted(first.by_length, key=lambda length: int(length.split("-")[0]))
    return {
        "n": first.whole.holes,
        "engines": {name: task.whole.shares() for name, task in by_engine.items()},
        "by_length": {
            length: {
                "n": first.by_length[length].holes,
                "engines": {name: task.by_length[length].shares() for name, task in by_engine.items()},
            }
            for length in lengths
        },
    }


def f1(text: str, truth: str) -> float:
    """Harmonic mean of precision and recall of the words of two texts, as multisets."""
    said, wanted = split(text), split(truth)
    shared = sum(min(said.count(word), wanted.count(word)) for word in set(said))
    return 2 * shared / (len(said) + len(wanted)) if said or wanted else float(text == truth)
