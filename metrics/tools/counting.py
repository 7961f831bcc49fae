"""Turns a tool's complaints of a tree into a score: one finding for each code and file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from metrics.encoding import UndecodableError, encode
from metrics.index import Index
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.source import SourceTree
from metrics.tools.complaint import Complaint

_CONFIGURATION = ("pyproject.toml", "setup.cfg", "tox.ini", "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini")

Ask = Callable[[Sequence[str], Path, Path], list[Complaint]]
"""The complaints of these paths in a folder, with a second folder for the tool's own files."""


def count(rule: str, index: Index, ask: Ask) -> Score:
    """Lay the tree out beside its configuration, ask the tool, and charge 1 for each complaint."""
    paths = sorted(index.tree.texts)
    with _laid_out(index.tree) as (folder, own):
        complaints = ask(paths, folder, own) if paths else []
    groups: dict[tuple[str, str], list[Complaint]] = {}
    for complaint in complaints:
        groups.setdefault((complaint.path, complaint.code), []).append(complaint)
    findings = [_finding(rule, index, path, code, group) for (path, code), group in groups.items()]
    return Score.of(rule, findings)


def _finding(rule: str, index: Index, path: str, code: str, group: list[Complaint]) -> Finding:
    symbol = index.symbol(path)
    message = group[0].message if len(group) == 1 else f"{group[0].message}, and {len(group) - 1} more"
    sites = tuple(Site(path, complaint.line, complaint.line, symbol, "complaint") for complaint in group)
    return Finding(finding_id(rule, f"{code} {symbol}"), rule, len(group), f"{code}: {message}", sites, gated=False)


@contextmanager
def _laid_out(tree: SourceTree) -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory(prefix="guardloop-tool-") as scratch:
        folder, own = Path(scratch, "tree"), Path(scratch, "own")
        own.mkdir()
        for path, text in tree.texts.items():
            full = folder / path
            full.parent.mkdir(parents=True, exist_ok=True)
            try:
                full.write_bytes(encode(text))
            except UndecodableError:
                full.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        for name in _CONFIGURATION if tree.root else ():
            if tree.root and (tree.root / name).is_file():
                shutil.copy(tree.root / name, folder / name)
        yield folder, own
