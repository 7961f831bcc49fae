"""The `scope` gate: only the product's own code changed, only where the sketch allows, and nothing is hidden by it."""

from __future__ import annotations

import ast
import io
import keyword
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from engine.naming.words import split
from engine.protocol import NAMES, Hole, HoleKind
from guardloop.judgement import Candidate, GateResult, Outcome
from guardloop.sketches.formatting import written
from metrics.allowances import added, allowances_of
from metrics.discovery import exclusion
from metrics.facts import UnparsableError, parse
from metrics.generated import is_generated
from metrics.source import SourceTree

_SUPPRESSIONS = re.compile(
    r"#\s*(?P<kind>noqa|type:\s*ignore|pyright:|pylint:|pragma:\s*no|guardloop:|fmt:|ruff:|isort:|flake8[:\s]|mypy:|nosec"
    r"|yapf:|pytype:|pyre-|ty:)",
    re.IGNORECASE,
)
_LOADED_BY_ITSELF = re.compile(
    r"conftest\.py|(site|user)customize\.py|setup\.py|noxfile\.py|test_.*\.py|.*_test\.py|__main__\.py"
)
# Code in a string, or a name that only running reveals, is out of every rule's and every checker's sight.
_HIDING = frozenset({"exec", "eval", "compile", "__import__", "globals", "import_module"})
# A rewrite of what is there needs none of these anew: files, processes, network, the interpreter itself.
_REACHING = frozenset(
    {
        "os", "subprocess", "socket", "ctypes", "multiprocessing", "signal", "shutil", "pty",
        "urllib", "http", "ftplib", "smtplib", "ssl", "webbrowser", "pickle", "marshal", "runpy",
        "importlib", "pkgutil", "gc", "inspect", "builtins", "httpx", "atexit", "faulthandler",
        "fcntl", "mmap", "resource", "tempfile", "pytest", "unittest", "requests",
    }
)  # fmt: skip


class Scope:
    """`stray` are changed paths beside the judged tree: tests, configuration, data. `installed` are top-level names."""

    name = "scope"

    def __init__(
        self, stray: Sequence[str] = (), exclude: Sequence[str] = (), installed: frozenset[str] = frozenset()
    ) -> None:
        self._stray, self._exclude = tuple(stray), tuple(exclude)
        self._taken = installed | sys.stdlib_module_names

    def check(self, candidate: Candidate) -> GateResult:
        """Name the first thing that reaches too far."""
        try:
            problem = next(self._problems(candidate), "")
        except (UnparsableError, SyntaxError, tokenize.TokenError) as error:
            return GateResult(self.name, Outcome.ERRORED, f"a changed file cannot be read: {error}")
        return GateResult(self.name, Outcome.FAILED if problem else Outcome.PASSED, problem)

    def _problems(self, candidate: Candidate) -> Iterator[str]:
        if self._stray:
            more = f" and {len(self._stray) - 1} more" if len(self._stray) > 1 else ""
            yield f"touches {self._stray[0]}{more}, which is not the product's code"
        for path in candidate.changed:
            if path not in candidate.before.texts:
                yield from self._new_file_problems(path, candidate.before)
        if candidate.sketch is not None:
            yield from _sketch_problems(candidate)
        yield from _hiding_problems(candidate)

    def _new_file_problems(self, path: str, before: SourceTree) -> Iterator[str]:
        reason = exclusion(path, self._exclude)
        if reason:
            yield f"adds {path}, which no rule would see: {reason}"
        name = path.rpartition("/")[2]
        if not name.endswith(".py") or _LOADED_BY_ITSELF.fullmatch(name):
            yield f"adds {path}, which is loaded by itself or is no Python module"
        lead = "src/" if path.startswith("src/") else ""
        top = path.removeprefix(lead).split("/")[0].removesuffix(".py")
        if top in self._taken and not any(known.startswith(f"{lead}{top}/") for known in before.texts):
            yield f"adds {path}, which takes the name of the installed module {top}"


def _sketch_problems(candidate: Candidate) -> Iterator[str]:
    """What differs from the sketch with its holes filled, and fills that are not what the hole is for."""
    sketch, fill = candidate.sketch, candidate.fill
    if sketch is None or fill is None:
        return
    for hole in sketch.holes:
        problem = fill_problem(hole, fill.texts.get(hole.name, ""))
        if problem:
            yield f"hole {hole.name}: {problem}"
    intended = written(sketch, fill)
    for path in candidate.changed:
        if candidate.after.texts.get(path) != intended.get(path):
            yield f"changes {path} outside the sketch"


def fill_problem(hole: Hole, text: str) -> str:
    """Why a text does not belong into a hole, else empty."""
    shown = text if len(text) <= 40 else text[:40] + "…"
    if hole.choices and text not in hole.choices:
        return f"{shown!r} is not one of its choices"
    if text in hole.taken:
        return f"{shown!r} already means something here"
    if not text.startswith(hole.prefix):
        return f"{shown!r} does not begin with {hole.prefix!r}"
    if hole.kind in NAMES and (not text.isidentifier() or keyword.iskeyword(text)):
        return f"{shown!r} is not a name"
    if hole.kind in NAMES and len(split(text)) < hole.words:
        return f"{shown!r} has fewer than {hole.words} words"
    if hole.kind in (HoleKind.EXPRESSION, HoleKind.ARGUMENT, HoleKind.CONDITION, HoleKind.LITERAL):
        try:
            ast.parse(f"({text}\n)", mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return f"{shown!r} is not one expression"
    return ""


def _hiding_problems(candidate: Candidate) -> Iterator[str]:
    before, after = (
        [tree.texts[path] for path in candidate.changed if path in tree.texts]
        for tree in (candidate.before, candidate.after)
    )
    for kind in sorted(_total(suppressions, after) - _total(suppressions, before)):
        yield f"adds a comment that switches a check off: {kind}"
    was, now = (
        allowances_of({path: tree.texts[path] for path in candidate.changed if path in tree.texts})
        for tree in (candidate.before, candidate.after)
    )
    for allowance in sorted(added(was, now)):
        yield f"{allowance.path}:{allowance.line}: allows {allowance.rule} by a comment that was not there"
    for name in sorted(_total(hiding_names, after) - _total(hiding_names, before)):
        yield f"uses {name}, which hides code from every check"
    for module in sorted(_total(reaching_imports, after).keys() - _total(reaching_imports, before).keys()):
        if not any(_imports(text, module) for text in candidate.before.texts.values()):
            yield f"imports {module}, which reaches out of the program and which nothing here did before"
    if sum(map(is_generated, after)) > sum(map(is_generated, before)):
        yield "marks a file as generated, so that no rule would see it"


def _imports(text: str, module: str) -> bool:
    try:
        return module in text and reaching_imports(text)[module] > 0
    except UnparsableError:
        # An unparsable file beside the change is no reason to refuse it, nor to believe it.
        return False


def _total(count: Callable[[str], Counter[str]], texts: Iterable[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for text in texts:
        total.update(count(text))
    return total


@lru_cache(maxsize=64)
def suppressions(text: str) -> Counter[str]:
    """Comments that tell a tool to look away, by kind."""
    found: Counter[str] = Counter()
    if not _SUPPRESSIONS.search(text):
        return found
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            for match in _SUPPRESSIONS.finditer(token.string):
                found[re.sub(r"\s+", " ", match["kind"].lower()).strip()] += 1
    return found


@lru_cache(maxsize=64)
def reaching_imports(text: str) -> Counter[str]:
    """Imported modules through which code acts on more than its own values, by top-level name."""
    found: Counter[str] = Counter()
    for node in ast.walk(parse(text).tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found[node.module.partition(".")[0]] += 1
    return Counter({name: count for name, count in found.items() if name in _REACHING})


@lru_cache(maxsize=64)
def hiding_names(text: str) -> Counter[str]:
    """Uses of what runs text as code or binds names that cannot be read off the source, by name."""
    found: Counter[str] = Counter()
    for node in ast.walk(parse(text).tree):
        if isinstance(node, ast.Name) and node.id in _HIDING:
            found[node.id] += 1
        elif isinstance(node, ast.Attribute) and node.attr in _HIDING and isinstance(node.value, ast.Name):
            # Not `re.compile`, nor a method of the project that happens to bear such a name.
            found[node.attr] += node.value.id in ("importlib", "builtins")
    return +found
