"""The answers of `guardloop bench` as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_HEADS = ("engine", "length", "steps", "candidates", "wall s", "CPU s", "tokens per pass")


def holes_table(answer: Mapping[str, Any]) -> str:
    """Exact matches at 1 and 8, and overlap of words at 1, by task and engine."""
    rows = [
        (kind, str(task["n"]), name, *(f"{said[key]:.2f}" for key in ("exact_at_1", "exact_at_8", "subtoken_f1_at_1")))
        for kind, task in answer["tasks"].items()
        for name, said in task["engines"].items()
    ]
    return _aligned([("task", "holes", "engine", "exact at 1", "exact at 8", "words at 1"), *rows], texts=(0, 2))


def latency_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Seconds by shape, one line each; the prompt and device are told once, above."""
    found = list(rows)
    said = [
        (
            row["engine"],
            *(str(row[key]) for key in ("length", "steps", "candidates")),
            *(f"{row[key]:.3f}" for key in ("wall_seconds", "cpu_seconds")),
            f"{row['tokens_per_forward']:.1f}",
        )
        for row in found
    ]
    places = dict.fromkeys(f"{row['device']}, {row['dtype']}, {row['prompt']} tokens before the hole" for row in found)
    return "\n".join([*places, _aligned([_HEADS, *said], texts=(0,))])


def _aligned(rows: Sequence[Sequence[str]], texts: Sequence[int]) -> str:
    """Columns of equal width; numbers stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) if at in texts else cell.rjust(width) for at, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in rows)
    )
    return "\n".join(line.rstrip() for line in lines)
