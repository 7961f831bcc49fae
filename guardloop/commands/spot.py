"""`guardloop spot`: the statements of a tree in which a slip is likeliest, by the embedded model; for information."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from engine.protocol import EngineError
from engine.registry import create
from engine.spot.functions import Function, functions_of
from engine.spot.ranking import suspects
from guardloop.report.colour import paint_for
from guardloop.report.progress import progress
from guardloop.report.spotting import Spot, Spotted, as_json, as_text
from guardloop.target import Target
from metrics.source import Unparsed

_READER = "nano"


def spot(target: Target, limit: int) -> str:
    """Read every function of the target, and say which statements to look at first."""
    spotted = _spotted(target)
    return as_json(spotted, limit) if target.settings.format == "json" else as_text(spotted, limit, paint_for())


def _spotted(target: Target) -> Spotted:
    settings = target.settings
    if settings.engine.partition(":")[0] != _READER:
        wanted = "expected nano or nano:FOLDER, as the others cannot say how likely a given text is"
        raise EngineError(f"spot: {wanted}; got {settings.engine!r}")
    engine = create(settings.engine)
    # Only now, as it imports torch: without the extra, `create` has said so.
    from engine.diffusion.nano import Nano
    from engine.diffusion.spotting import Spotting

    assert isinstance(engine, Nano)
    unparsed: list[Unparsed] = []
    found = target.discover()
    functions = list(_functions(found.tree.texts, unparsed))
    spotting = Spotting(engine.reader, settings.seed)
    spots, begun = [], time.monotonic()
    with progress() as shown:
        for number, (path, function) in enumerate(functions):
            shown.doing(f"function {number + 1} of {len(functions)}: {path}")
            spots += [Spot(path, suspect) for suspect in suspects(function, spotting)]
    spots.sort(key=lambda one: (-one.suspect.score, one.path, one.suspect.line))
    seconds = time.monotonic() - begun
    left_out = sorted((*unparsed, *found.unparsed))
    return Spotted(
        target.root, settings.engine, settings.seed, len(functions), spotting.tokens, seconds, spots, left_out
    )


def _functions(texts: Mapping[str, str], unparsed: list[Unparsed]) -> Iterator[tuple[str, Function]]:
    for path, text in texts.items():
        try:
            yield from ((path, function) for function in functions_of(text))
        except SyntaxError as error:
            unparsed.append(Unparsed(path, error.lineno or 1, error.msg))
        except (ValueError, RecursionError) as error:
            unparsed.append(Unparsed(path, 1, str(error)))
