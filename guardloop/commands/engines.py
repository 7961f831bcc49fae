"""`guardloop engines`: what can propose on this machine."""

from __future__ import annotations

import json
from dataclasses import asdict

from engine.registry import Row, describe


def engines(format: str) -> str:
    """Every engine with its device and size, or why it is not available."""
    rows = describe()
    if format == "json":
        return json.dumps({"schema": 1, "engines": [asdict(row) for row in rows]}, indent=1)
    return "\n".join(_line(row) for row in rows)


def _line(row: Row) -> str:
    size = f", {row.parameters / 1e6:.1f}M parameters" if row.parameters else ""
    state = "available" if row.available else f"not available: {row.why}"
    lines = [f"{row.name:16s} {state}", f"{row.summary}; device: {row.device}{size}", f"--engine {row.usage}"]
    return "\n                 ".join([*lines, f"needs {row.needs}"] if row.needs else lines)
