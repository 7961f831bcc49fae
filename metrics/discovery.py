"""Which files of a folder are judged, and their text; what is left out is named with its reason.

Rules apply to paths relative to the root, so that the place of a checkout never changes what is judged. A file that is
named explicitly is always judged. Symbolic links are not followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from metrics.encoding import UndecodableError, decode
from metrics.generated import is_generated
from metrics.source import SourceTree, Unparsed

_INSTALLED = "an installed environment"
_FOLDERS: Mapping[str, str] = {
    **dict.fromkeys(("test", "tests", "testing", "testsuite", "testdata", "fixtures"), "tests"),
    **dict.fromkeys(("doc", "docs", "example", "examples", "benchmark", "benchmarks"), "documentation or examples"),
    **dict.fromkeys(("_vendor", "_vendored", "vendor", "vendored", "extern", "third_party"), "vendored"),
    "migrations": "generated",
    **dict.fromkeys(("venv", "virtualenv", "site-packages", "node_modules"), _INSTALLED),
    "__pycache__": "a cache",
}
_HIDDEN: Mapping[str, str] = {
    **dict.fromkeys((".git", ".hg", ".svn", ".bzr", ".jj"), "version control"),
    **dict.fromkeys((".venv", ".env", ".virtualenv", ".tox", ".nox", ".eggs", ".conda", ".pixi"), _INSTALLED),
    **dict.fromkeys((".pyenv", ".direnv", ".devenv", ".pants.d", ".local"), _INSTALLED),
    **dict.fromkeys((".cache", ".ipynb_checkpoints", ".hypothesis", ".pytype", ".snakemake"), "a cache"),
    **dict.fromkeys((".idea", ".vscode", ".vs", ".history"), "an editor's"),
    **dict.fromkeys((".aws-sam", ".serverless", ".chalice"), "built"),
    ".guardloop": "guardloop's own",
}
"""Folders that tools keep for themselves. All else that is hidden is written and run like the rest of a project."""
_TOP_FOLDERS: Mapping[str, str] = dict.fromkeys(("build", "dist"), "built")
_FILES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"test_.*\.py|.*_test\.py|tests\.py|conftest\.py"), "tests"),
    (re.compile(r".*_pb2(_grpc)?\.py|_version\.py|.*_generated\.py"), "generated"),
)
_HEADER_LENGTH = 1000


@dataclass(frozen=True, order=True)
class Skipped:
    """A file or folder that is not judged, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Discovery:
    """What a folder holds: the judged texts, what could not be read, what was left out."""

    root: Path
    tree: SourceTree
    unparsed: tuple[Unparsed, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    originals: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """The bytes as they were read, for `metrics.encoding.encode` and to notice that a file changed under us."""


def exclusion(path: str, exclude: Sequence[str] = ()) -> str | None:
    """Why a relative path is not judged, by its name alone; None if it is."""
    *folders, name = path.split("/")
    for glob in exclude:
        if fnmatchcase(path, glob) or any(fnmatchcase("/".join(folders[:n]), glob) for n in range(1, len(folders) + 1)):
            return f"excluded by {glob}"
    if folders and (reason := _reason_around("/".join(folders))):
        return reason
    return next((reason for pattern, reason in _FILES if pattern.fullmatch(name)), None)


def read(files: Iterable[tuple[str, bytes]], root: Path, skipped: Iterable[Skipped] = ()) -> Discovery:
    """Decode files given as relative path and bytes, whether from a folder or from a stored revision."""
    texts: dict[str, str] = {}
    unparsed, left_out, originals = [], list(skipped), {}
    for path, data in files:
        try:
            text = decode(data)
        except UndecodableError as error:
            unparsed.append(Unparsed(path, error.line, str(error)))
            continue
        texts[path], originals[path] = text, data
    return Discovery(root, SourceTree(texts, root), tuple(sorted(unparsed)), tuple(sorted(left_out)), originals)


def discover(root: Path, paths: Sequence[Path] = (), exclude: Sequence[str] = ()) -> Discovery:
    """Read the judged files of `root`: all of them, or those that `paths` (files or folders, below root) name.

    Raises `FileNotFoundError` for a path that does not exist, `ValueError` for one that lies outside the root.
    """
    root = Path(os.path.abspath(root))
    skipped: list[Skipped] = []
    chosen: dict[str, bytes] = {}
    for start in paths or (root,):
        full = Path(os.path.abspath(root / start))
        relative = full.relative_to(root).as_posix()
        if full.is_file():
            chosen[relative] = full.read_bytes()
        elif full.is_dir():
            chosen |= _walk(root, "" if relative == "." else relative, exclude, skipped)
        else:
            raise FileNotFoundError(f"{start}: no such file or folder")
    return read(sorted(chosen.items()), root, set(skipped))


def _walk(root: Path, start: str, exclude: Sequence[str], skipped: list[Skipped]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path, full in _python_files(root, start, exclude, skipped):
        try:
            with open(full, "rb") as stream:
                data = stream.read()
        except OSError as error:
            skipped.append(Skipped(path, f"unreadable: {error.strerror}"))
            continue
        if is_generated(data[:_HEADER_LENGTH].decode("latin-1")):
            skipped.append(Skipped(path, "generated"))
        else:
            found[path] = data
    return found


def _python_files(root: Path, start: str, exclude: Sequence[str], skipped: list[Skipped]) -> Iterator[tuple[str, str]]:
    folders = [start]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(root / folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except PermissionError as error:
            skipped.append(Skipped(folder, f"unreadable: {error.strerror}"))
            continue
        for entry in listed:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not entry.name.endswith(".py"):
                continue
            reason = (
                _folder_entry_reason(entry, path, exclude) if is_folder else _file_entry_reason(entry, path, exclude)
            )
            if reason:
                skipped.append(Skipped(path, reason))
            elif is_folder:
                folders.append(path)
            else:
                yield path, entry.path


def _file_entry_reason(entry: os.DirEntry[str], path: str, exclude: Sequence[str]) -> str | None:
    if entry.is_symlink():
        return "a symbolic link"
    return exclusion(path, exclude) if entry.is_file(follow_symlinks=False) else "no regular file"


def _folder_entry_reason(entry: os.DirEntry[str], path: str, exclude: Sequence[str]) -> str | None:
    if os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
        return _INSTALLED
    if os.path.lexists(os.path.join(entry.path, ".git")):
        return "another repository"
    glob = next((glob for glob in exclude if fnmatchcase(path, glob)), None)
    return f"excluded by {glob}" if glob else _folder_reason(path.split("/"))


@lru_cache(maxsize=10_000)
def _reason_around(folder: str) -> str | None:
    """Why a folder is left out, or one of those around it: the outermost says."""
    outer = folder.rpartition("/")[0]
    return (outer and _reason_around(outer)) or _folder_reason(folder.split("/"))


def _folder_reason(folders: Sequence[str]) -> str | None:
    """Why the last of these folders is left out, if its parents are not."""
    name = folders[-1]
    if name.startswith("."):
        return "a cache" if name.endswith("_cache") else _HIDDEN.get(name)
    if name.endswith((".egg-info", ".dist-info")):
        return _INSTALLED
    if folders[-2:-1] == ["locale"]:
        return "a locale"
    return _FOLDERS.get(name) or (_TOP_FOLDERS.get(name) if len(folders) == 1 else None)
