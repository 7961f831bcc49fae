"""ruff, with the project's own configuration; suppressions suppress nothing, so that adding one hides nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from metrics.scorer import ScorerError
from metrics.tools.complaint import Complaint, Execute, first_line

_SYNTAX = "invalid-syntax"


def check(
    paths: Sequence[str], folder: Path, answer: Path, execute: Execute, *, isolated: bool = False
) -> list[Complaint]:
    """Check files of `folder`; the answer goes through a file, because ruff warns on the same streams.

    `isolated` ignores the project's configuration. Raises `ScorerError` when ruff is missing or refuses.
    """
    if not paths:
        return []
    answer.unlink(missing_ok=True)
    flags = ["--no-cache", "--no-fix", "--exit-zero", "--ignore-noqa", "--force-exclude", "--output-format", "json"]
    flags += ["--isolated"] if isolated else []
    code, output = execute([program(), "check", *flags, "--output-file", str(answer), "--", *paths], folder)
    try:
        found = json.loads(answer.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScorerError(f"ruff: ended with {code}: {first_line(output)}") from error
    if code != 0:
        raise ScorerError(f"ruff: ended with {code}: {first_line(output)}")
    return sorted(_complaint(entry, folder) for entry in found)


def program() -> str:
    """The path of ruff; raises `ScorerError` when it is not installed."""
    try:
        from ruff import find_ruff_bin  # type: ignore[import-untyped]

        return str(find_ruff_bin())
    except (ImportError, FileNotFoundError) as error:
        raise ScorerError("ruff: not installed beside guardloop; `pip install ruff`") from error


def _complaint(entry: dict[str, object], folder: Path) -> Complaint:
    location = entry.get("location")
    line = location["row"] if isinstance(location, dict) else 1
    path = os.path.relpath(str(entry["filename"]), folder).replace(os.sep, "/")
    return Complaint(path, int(line), str(entry.get("code") or _SYNTAX), str(entry.get("message", "")))
