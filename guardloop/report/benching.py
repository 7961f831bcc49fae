"""The answers of `guardloop bench` as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_HEADS = (
    *("engine", "length", "steps", "candidates", "first s", "wall s", "CPU s"),
    *("per second", "tokens per pass", "of peak", "x autoregressive"),
)
_AUTOREGRESSIVE, _SETTLING = ", autoregressive", ", settling"
"""As in `engine.bench.latency`, which is not imported here, as it imports torch."""


def holes_table(answer: Mapping[str, Any]) -> str:
    """Exact matches at 1 and 8, and overlap of words at 1, by task and engine."""
    rows = [
        (kind, str(task["n"]), name, *(f"{said[key]:.2f}" for key in ("exact_at_1", "exact_at_8", "subtoken_f1_at_1")))
        for kind, task in answer["tasks"].items()
        for name, said in task["engines"].items()
    ]
    return _aligned([("task", "holes", "engine", "exact at 1", "exact at 8", "words at 1"), *rows], texts=(0, 2))


def latency_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Seconds by shape, one line each; the prompt and device are told once, above.

    The last column says how many times the candidates per second of the autoregressive row of equal length and number
    a diffusion row gives.
    """
    found = list(rows)
    slow = {_beside(row): row["wall_seconds"] for row in found if row["engine"].endswith(_AUTOREGRESSIVE)}
    said = [
        (
            row["engine"],
            *(str(row[key]) for key in ("length", "steps", "candidates")),
            *(f"{row[key]:.3f}" for key in ("first_seconds", "wall_seconds", "cpu_seconds")),
            f"{row['candidates_per_second']:.1f}",
            f"{row['tokens_per_forward']:.1f}",
            f"{row['share_of_peak']:.1%}",
            _times(row, slow),
        )
        for row in found
    ]
    return "\n".join([*dict.fromkeys(map(_place, found)), _aligned([_HEADS, *said], texts=(0,))])


def _place(row: Mapping[str, Any]) -> str:
    peak = row["peak"]
    return (
        f"{row['device']} ({peak['device']}, threads: {row['threads']}), {row['dtype']}, "
        f"{row['prompt']} tokens before the hole; "
        f"{peak['source']} peak: {peak['operations_per_second'] / 1e12:.2f} Tflop/s"
    )


def _beside(row: Mapping[str, Any]) -> tuple[object, ...]:
    engine = row["engine"].removesuffix(_AUTOREGRESSIVE).removesuffix(_SETTLING)
    return engine, row["device"], row["dtype"], row["length"], row["candidates"]


def _times(row: Mapping[str, Any], slow: Mapping[tuple[object, ...], float]) -> str:
    seconds = slow.get(_beside(row))
    is_slow = row["engine"].endswith(_AUTOREGRESSIVE)
    return "" if is_slow or seconds is None else f"{seconds / row['wall_seconds']:.2f}"


def _aligned(rows: Sequence[Sequence[str]], texts: Sequence[int]) -> str:
    """Columns of equal width; numbers stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) if at in texts else cell.rjust(width) for at, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    )
    return "\n".join(line.rstrip() for line in lines)
