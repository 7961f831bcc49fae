"""How high a checkpoint ranks the statement that is at fault, beside chance and rankings that need no model.

    python -m engine.bench.spotting mutants PATH...     one seeded slip in each of many functions
    python -m engine.bench.spotting pairs DIR           NAME_buggy.py beside NAME_correct.py, HumanEvalFix for example

Programs without a difference in a body, or in which every statement is at fault, say nothing and are left out. Of
several statements at fault the best ranked counts. Equal scores keep the order of the text.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from engine.bench.faults import Faulty, mutants, pairs
from engine.protocol import EngineError
from engine.spot.edits import by_statement, small_edits
from engine.spot.functions import Function
from engine.spot.ranking import weigh

if TYPE_CHECKING:
    from engine.diffusion.spotting import Spotting, Token

SPOT, CHANCE, LENGTH, PLACES = "spot", "chance", "longest first", "most places first"
_LOWEST = -1e9
_RESAMPLES = 4000
_NOT_PRODUCT = re.compile(r"_?(tests?|vendor)|test_.*\.py|conftest\.py")
Scores = dict[str, list[float]]


@dataclass(frozen=True)
class Placed:
    """Where one ranking puts a fault: whether first, whether among three, and its share of the way down."""

    first: float
    three: float
    depth: float


def scores(faulty: Faulty, spotting: Spotting) -> Scores:
    """Every ranking's score of each statement of a program, the likeliest fault highest."""
    found: Scores = {}
    for function in faulty.functions:
        for name, values in _scores(function, spotting).items():
            found.setdefault(name, []).extend(values)
    return found


def placed(values: Sequence[float], faults: frozenset[int]) -> Placed:
    """Where the best ranked fault comes, by scores of all statements."""
    order = sorted(range(len(values)), key=lambda at: (-values[at], at))
    rank = min(order.index(at) for at in faults)
    return Placed(float(rank == 0), float(rank < 3), rank / (len(values) - len(faults)))


def by_chance(statements: int, faults: int) -> Placed:
    """What a random order gives on average."""
    missed = [math.comb(statements - faults, top) / math.comb(statements, top) for top in (1, min(3, statements))]
    return Placed(1 - missed[0], 1 - missed[1], 1 / (faults + 1))


def measure(cases: Sequence[Faulty], spotting: Spotting, told: Callable[[int], None]) -> dict[str, Any]:
    """Means with intervals of 95 % by bootstrap over programs, and differences of `spot` from the others in pairs.

    At least one of the programs has to have a fault to be found.
    """
    usable = [case for case in cases if 0 < len(case.faults) < case.statements]
    rows: dict[str, list[Placed]] = {}
    preferred: dict[str, list[bool]] = {"left": [], "both": []}
    for number, case in enumerate(usable):
        told(number)
        rows.setdefault(CHANCE, []).append(by_chance(case.statements, len(case.faults)))
        for name, values in scores(case, spotting).items():
            rows.setdefault(name, []).append(placed(values, case.faults))
        if case.repair is not None:
            (odds,) = spotting.odds(case.functions[0], [case.repair])
            preferred["left"].append(odds.left > 0)
            preferred["both"] += [] if odds.both is None else [odds.both > 0]
    return {
        "programs": len(cases),
        "measured": len(usable),
        "statements": round(fmean(case.statements for case in usable), 2),
        "rankings": {name: _summary(found) for name, found in rows.items()},
        "spot_less": {name: _summary(found, rows[SPOT]) for name, found in rows.items() if name != SPOT},
        "prefers_authors_text": {side: _share(found) for side, found in preferred.items() if found},
    }


def _scores(function: Function, spotting: Spotting) -> Scores:
    edits = small_edits(function)
    weighed = {one.statement: one.score for one in weigh(function, edits, spotting.odds(function, edits))}
    places: list[set[tuple[str, int, int]]] = [set() for _ in function.statements]
    for at, edit in by_statement(function, edits):
        places[at].add((edit.sort, edit.start, edit.end))
    tokens = spotting.surprise(function)
    return {
        SPOT: [weighed.get(at, _LOWEST) for at in range(len(function.statements))],
        LENGTH: [float(len(function.text[one.start : one.end].strip())) for one in function.statements],
        PLACES: [float(len(found)) for found in places],
        "surprise given the left, mean": _surprise(function, tokens, lambda token: token.left, fmean),
        "surprise given both sides, mean": _surprise(function, tokens, lambda token: token.both, fmean),
        "surprise given both sides, sum": _surprise(function, tokens, lambda token: token.both, sum),
    }


def _surprise(
    function: Function,
    tokens: Sequence[Token],
    said: Callable[[Token], float | None],
    joined: Callable[[list[float]], float],
) -> list[float]:
    found = []
    for statement in function.statements:
        inside = [said(token) for token in tokens if statement.start <= token.start < statement.end]
        known = [-logprob for logprob in inside if logprob is not None]
        found.append(joined(known) if known else _LOWEST)
    return found


def _summary(found: Sequence[Placed], less: Sequence[Placed] | None = None) -> dict[str, list[float]]:
    """For each measure its mean, or that of `less` minus it, with the bounds of the interval."""
    answer = {}
    for key in ("first", "three", "depth"):
        values = [getattr(one, key) for one in found]
        if less is not None:
            values = [getattr(one, key) - value for one, value in zip(less, values, strict=True)]
        answer[key] = _interval(values)
    return answer


def _interval(values: Sequence[float]) -> list[float]:
    rng = random.Random(0)
    means = sorted(fmean(rng.choices(values, k=len(values))) for _ in range(_RESAMPLES))
    bounds = means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES) - 1]
    return [round(number, 4) for number in (fmean(values), *bounds)]


def _share(values: Sequence[bool]) -> list[float]:
    return _interval([float(value) for value in values])


def table(answer: Mapping[str, Any]) -> Iterator[str]:
    """The answer for people."""
    yield f"{answer['measured']} of {answer['programs']} programs, {answer['statements']} statements each"
    yield f"{'':34s}{'at fault first':>22s}{'among first three':>24s}{'share of the way down':>26s}"
    for name, said in answer["rankings"].items():
        yield f"{name:34s}" + "".join(f"{_said(said[key]):>24s}" for key in said)
    for name, said in answer["spot_less"].items():
        yield f"{'spot less ' + name:34s}" + "".join(f"{_said(said[key]):>24s}" for key in said)
    for side, values in answer["prefers_authors_text"].items():
        yield f"prefers the author's text, given {side}: {_said(values)}"


def _said(values: Sequence[float]) -> str:
    mean, low, high = values
    return f"{mean:.3f} ({low:.3f}, {high:.3f})"


def _cases(options: argparse.Namespace) -> list[Faulty]:
    if options.kind == "pairs":
        return pairs(options.paths[0])
    files = sorted({file for path in options.paths for file in ([path] if path.is_file() else _product(path))})
    texts = {str(file): file.read_text(encoding="utf-8") for file in files}
    return mutants(texts, options.per_sort, options.seed)


def _product(folder: Path) -> Iterator[Path]:
    """The files of a package that are neither its tests nor copies of other packages."""
    for file in folder.rglob("*.py"):
        parts = file.relative_to(folder).parts
        if not any(_NOT_PRODUCT.fullmatch(part) for part in parts):
            yield file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m engine.bench.spotting", description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=["mutants", "pairs"])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--checkpoint", default="", help="a folder; default: the embedded one")
    parser.add_argument("--per-sort", type=int, default=100, help="most mutants of a sort")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args(arguments)
    from engine.diffusion.nano import Nano
    from engine.diffusion.spotting import Spotting

    try:
        engine = Nano(Path(options.checkpoint)) if options.checkpoint else Nano()
        spotting = Spotting(engine.reader)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    cases = _cases(options)
    if not any(0 < len(case.faults) < case.statements for case in cases):
        print(f"{options.kind}: expected programs with a faulty statement, found none", file=sys.stderr)
        return 2
    answer = measure(cases, spotting, lambda number: print(f"\r{number + 1}", end="", file=sys.stderr))
    print(file=sys.stderr)
    print("\n".join(table(answer)))
    if options.json:
        options.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
