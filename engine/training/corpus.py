"""Turns the recipe's packages into one file of deduplicated source texts, and a manifest that proves what it holds."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib.resources import files
from pathlib import Path

from engine.training.bodies import fingerprint
from engine.training.cutting import without
from engine.training.exclusion import is_excluded_function, is_excluded_path, normalised, packages

MAX_BYTES = 200_000
MIN_BYTES = 400


@dataclass(frozen=True)
class Recipe:
    """Which packages, by name and version, and which of them are held out from training."""

    versions: dict[str, str]
    held_out: frozenset[str]
    licences: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One file of the corpus."""

    package: str
    path: str
    text: str


def recipe() -> Recipe:
    """The project's own recipe. Raises `ValueError` when it names an excluded package."""
    data = tomllib.loads((files("engine.training") / "recipe.toml").read_text(encoding="utf-8"))
    versions = {normalised(name): version for name, version in (data["train"] | data["held-out"]).items()}
    if forbidden := packages() & versions.keys():
        raise ValueError(f"recipe.toml: excluded packages: {', '.join(sorted(forbidden))}")
    return Recipe(versions, frozenset(map(normalised, data["held-out"])), tuple(data["licences"]))


def fetch(wanted: Recipe, folder: Path) -> None:
    """Download what is missing as wheels, without dependencies."""
    folder.mkdir(parents=True, exist_ok=True)
    present = {_release(wheel) for wheel in folder.glob("*.whl")}
    for name, version in wanted.versions.items():
        if (name, version) not in present:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*command, "--dest", str(folder), f"{name}=={version}"], check=True)


def _release(wheel: Path) -> tuple[str, str]:
    name, version = wheel.name.split("-")[:2]
    return normalised(name), version


def build(wanted: Recipe, wheels: Path, folder: Path) -> dict[str, object]:
    """Write `corpus.jsonl` and return its manifest, which also goes to `manifest.json`."""
    seen = Seen()
    counts: dict[str, int] = {}
    digest = hashlib.blake2b(digest_size=16)
    folder.mkdir(parents=True, exist_ok=True)
    # Packages that are held out come first: what training would share with them is then theirs alone.
    ordered = sorted(wheels.glob("*.whl"), key=lambda wheel: (_release(wheel)[0] not in wanted.held_out, wheel.name))
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as stream:
        for wheel in ordered:
            name, version = _release(wheel)
            if wanted.versions.get(name) != version:
                continue
            for source in read_wheel(wheel, wanted.licences):
                text = seen.only_new(source.text)
                if len(text) < MIN_BYTES:
                    continue
                line = json.dumps([source.package, source.path, text], ensure_ascii=False) + "\n"
                digest.update(line.encode())
                counts[name] = counts.get(name, 0) + len(text)
                stream.write(line)
    manifest: dict[str, object] = {
        "blake2b": digest.hexdigest(),
        "total": sum(counts.values()),
        "left_out": dict(sorted(seen.left_out.items())),
        "characters": counts,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def read_wheel(wheel: Path, licences: tuple[str, ...]) -> Iterator[Source]:
    """The usable files of a wheel. Raises `ValueError` when its licence is none of the allowed ones."""
    name, _ = _release(wheel)
    if name in packages():
        raise ValueError(f"{wheel.name}: an excluded package")
    with zipfile.ZipFile(wheel) as archive:
        members = sorted(archive.namelist())
        licence = _licence(archive, members)
        if not any(re.search(rf"\b{re.escape(allowed)}\b", licence) for allowed in licences):
            raise ValueError(f"{wheel.name}: expected a licence like {', '.join(licences)}, got {licence[:80]!r}")
        for path in members:
            if path.endswith(".py") and MIN_BYTES <= archive.getinfo(path).file_size <= MAX_BYTES:
                text = archive.read(path).decode("utf-8", "replace").replace("\r\n", "\n")
                if not is_excluded_path(path) and is_usable(text):
                    yield Source(name, path, text)


def _licence(archive: zipfile.ZipFile, members: list[str]) -> str:
    path = next(path for path in members if path.endswith(".dist-info/METADATA") and path.count("/") == 1)
    headers = HeaderParser().parsestr(archive.read(path).decode("utf-8", "replace"))
    classifiers = [text for text in headers.get_all("Classifier", []) if text.startswith("License")]
    return " ".join([headers.get("License-Expression", ""), *classifiers, headers.get("License", "")[:200]])


def is_usable(text: str) -> bool:
    """Whether it is no generated file, and laid out with spaces."""
    start = text[:600].lower()
    return not ("generated by" in start or "do not edit" in start or "\t" in text or "\f" in text)


class Seen:
    """What the corpus holds so far: of each file and each function only the first copy is taken."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._functions: set[str] = set()
        self.left_out: Counter[str] = Counter()
        """Files and functions that were left out, by why."""

    def only_new(self, text: str) -> str:
        """The text less what was there before and less functions of benchmarks; empty when nothing is left."""
        lines = sorted({line.strip() for line in text.splitlines() if len(line.strip()) > 20})
        if not self._is_first(self._files, hashlib.blake2b("\n".join(lines).encode(), digest_size=12).hexdigest()):
            self.left_out["repeated files"] += 1
            return ""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                left = without(text, ast.parse(text), self._is_unwanted)
                ast.parse(left)
        except (SyntaxError, ValueError, RecursionError):
            self.left_out["unparsable files"] += 1
            return ""
        return left

    def _is_unwanted(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        digest = fingerprint(function)
        if is_excluded_function(function, digest):
            self.left_out["functions of benchmarks"] += 1
            return True
        if digest is None or self._is_first(self._functions, digest):
            return False
        self.left_out["repeated functions"] += 1
        return True

    @staticmethod
    def _is_first(seen: set[str], digest: str) -> bool:
        before = len(seen)
        seen.add(digest)
        return len(seen) > before


def read(folder: Path) -> Iterator[Source]:
    """The files of a built corpus, in its order."""
    with (folder / "corpus.jsonl").open(encoding="utf-8") as stream:
        for line in stream:
            yield Source(*json.loads(line))
