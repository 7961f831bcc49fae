"""Asks mypy for the types of expressions at places of a tree. An answer that can't be had is an empty text."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import posixpath
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from guardloop.sketches.modules import Modules
from metrics.scorer import ScorerError
from metrics.source import SourceTree
from metrics.tools.complaint import execute

_FLAGS = (
    "--output=json",
    "--config-file=",
    "--ignore-missing-imports",
    "--follow-imports=silent",
    "--check-untyped-defs",
    "--namespace-packages",
    "--explicit-package-bases",
)
_stamps = itertools.count(1_000_000_000)
_REVEALED = re.compile(r'Revealed type is "(.*)"$', re.DOTALL)


@dataclass(frozen=True)
class Probe:
    """An expression whose type is wanted, evaluated on a line of its own before the 1-based `line`."""

    path: str
    line: int
    margin: str
    expression: str


def reveal(tree: SourceTree, modules: Modules, probes: Sequence[Probe]) -> list[str]:
    """The type of each probe, as mypy writes it; empty where it does not say."""
    if len({modules.root(probe.path) for probe in probes}) != 1:
        return ["" for _ in probes]
    root = modules.root(probes[0].path)
    texts, places = _with_probes(tree, probes)
    stamp = next(_stamps)
    with tempfile.TemporaryDirectory(prefix="guardloop-types-") as name:
        folder = Path(name)
        for path, text in {**tree.texts, **texts}.items():
            if posixpath.commonprefix([path, root]) == root:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
                # mypy takes a file of the same second and size for the one it knows, and says nothing of it again.
                os.utime(folder / path, (stamp, stamp))
        files = [posixpath.relpath(path, root or ".") for path in sorted(texts)]
        command = [sys.executable, "-I", "-m", "mypy", *_FLAGS, "--cache-dir", _cache(), "--", *files]
        try:
            _, output = execute(command, folder / root)
        except ScorerError:
            return ["" for _ in probes]
    found = _types(output)
    return [found.get((posixpath.relpath(path, root or "."), line), "") for path, line in places]


def _with_probes(tree: SourceTree, probes: Sequence[Probe]) -> tuple[dict[str, str], list[tuple[str, int]]]:
    """The texts with the probes in them, and the path and line of each."""
    by_path: dict[str, list[int]] = defaultdict(list)
    for index, probe in enumerate(probes):
        by_path[probe.path].append(index)
    texts, places = {}, [("", 0)] * len(probes)
    for path, indexes in by_path.items():
        lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", tree.texts[path])
        for added, index in enumerate(sorted(indexes, key=lambda i: probes[i].line)):
            probe = probes[index]
            at = probe.line - 1 + added
            lines.insert(at, f"{probe.margin}reveal_type({probe.expression})\n")
            places[index] = path, at + 1
        texts[path] = "".join(lines)
    return texts, places


def _types(output: str) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for line in output.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        match = _REVEALED.match(str(entry.get("message", ""))) if isinstance(entry, dict) else None
        if match:
            found[str(entry["file"]).replace("\\", "/"), int(entry["line"])] = match.group(1)
    return found


@lru_cache(maxsize=1)
def _cache() -> str:
    """One for the process: most of the time goes into the types of the standard library."""
    folder = tempfile.mkdtemp(prefix="guardloop-types-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
