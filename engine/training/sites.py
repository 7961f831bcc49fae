"""Finds the places of a file that can be opened as holes, with the text that belongs there."""

from __future__ import annotations

import ast
import random
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise

from engine.diffusion.snippet import HoleMarker, Part
from engine.protocol import HoleKind

MAX_PLACES = 16
MAX_LINES = 50
PREDICATE_NAME = re.compile(r"_*(is|has|can|should|needs|supports|was|are|allows)_")
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Site:
    """Holes of one file: the bytes of each occurrence, ascending and disjoint, and the text of each hole."""

    kind: HoleKind
    texts: tuple[str, ...]
    places: tuple[tuple[int, int, int], ...]
    """Start, end and number of the hole."""
    predicate: bool = False
    mutated: str = ""
    """What a revision finds at its place instead of the authors' text."""

    def parts(self, source: bytes) -> list[Part]:
        """The file as frozen text and markers; writing the texts back gives the file."""
        parts: list[Part] = []
        at = 0
        for start, end, index in self.places:
            parts += [source[at:start].decode(), HoleMarker(index)]
            at = end
        return [*parts, source[at:].decode()]


@dataclass
class Rates:
    """How many sites of each sort to take per function or constant; above 1 is taken as 1."""

    helper: float = 0.7
    joint: float = 0.6
    identifier: float = 0.35
    constant: float = 0.6
    expression: float = 0.12
    argument: float = 0.12
    condition: float = 0.15
    literal: float = 0.08
    line: float = 0.2
    lines: float = 0.15
    revision: float = 0.2
    predicate_factor: float = 2.0

    @classmethod
    def full(cls) -> Rates:
        """One site of each sort wherever there is one."""
        return cls(*[1.0] * 12)


@dataclass
class Page:
    """A parsed file and where its lines start."""

    text: str
    source: bytes = field(init=False)
    tree: ast.Module = field(init=False)
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.source = self.text.encode()
        self.tree = ast.parse(self.text)
        self.starts = [0, *accumulate(len(line) for line in self.source.splitlines(keepends=True))]

    def at(self, line: int, column: int) -> int:
        """The byte offset of a line and column as `ast` counts them."""
        return self.starts[line - 1] + column

    def span(self, node: ast.expr | ast.arg | ast.stmt) -> tuple[int, int]:
        """The bytes of an expression or a statement."""
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno or 0, node.end_col_offset or 0)

    @cached_property
    def keywords(self) -> dict[str, list[ast.keyword]]:
        """The keywords of all calls, by the name that is called."""
        found: dict[str, list[ast.keyword]] = {}
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and call.keywords:
                name = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
                found.setdefault(name, []).extend(call.keywords)
        return found

    def words(self, name: str) -> list[tuple[int, int]]:
        """Every occurrence of a word, in code, comments and strings alike: one left over would tell the answer."""
        return [match.span() for match in re.finditer(rb"\b" + name.encode() + rb"\b", self.source)]


def sites(page: Page, rates: Rates, rng: random.Random) -> Iterator[Site]:
    """A sample of the file's sites, in the order of the file."""
    defined: dict[str, int] = {}
    nodes = list(ast.walk(page.tree))
    for node in nodes:
        if isinstance(node, FUNCTION):
            defined[node.name] = defined.get(node.name, 0) + 1
    for node in nodes:
        if isinstance(node, FUNCTION) and is_worth_naming(node):
            yield from function_sites(page, node, defined[node.name] == 1, rates, rng)
    for statement in page.tree.body:
        site = constant(page, statement) if rng.random() < rates.constant else None
        if site:
            yield site


def is_worth_naming(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it has a body of moderate size that says something."""
    first = node.body[0]
    lines = (node.end_lineno or 0) - node.lineno + 1
    if lines > MAX_LINES or node.name.startswith(("__", "test_", "visit_", "do_")) or node.name.endswith("__"):
        return False
    if any("overload" in ast.dump(decorator) or "abstract" in ast.dump(decorator) for decorator in node.decorator_list):
        return False
    body = node.body[1:] if _is_text(first) else node.body
    return bool(body) and not (len(body) == 1 and (isinstance(body[0], ast.Pass | ast.Raise) or _is_text(body[0])))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_predicate(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function answers yes or no, as its name, annotation or returns show."""
    if PREDICATE_NAME.match(node.name) or (isinstance(node.returns, ast.Name) and node.returns.id == "bool"):
        return True
    returns = [child.value for child in ast.walk(node) if isinstance(child, ast.Return)]
    return bool(returns) and all(
        isinstance(value, ast.Compare | ast.BoolOp)
        or (isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not))
        or (isinstance(value, ast.Constant) and isinstance(value.value, bool))
        for value in returns
    )


def function_sites(
    page: Page, node: ast.FunctionDef | ast.AsyncFunctionDef, unique: bool, rates: Rates, rng: random.Random
) -> Iterator[Site]:
    """The sampled sites of one function."""
    predicate = is_predicate(node)
    factor = rates.predicate_factor if predicate else 1.0
    if unique:
        if rng.random() < rates.helper * factor and (site := helper_name(page, node, predicate)):
            yield site
        if rng.random() < rates.joint * factor and (site := helper_with_parameters(page, node, predicate)):
            yield site
    if rng.random() < rates.identifier and (site := identifier(page, node, rng)):
        yield site
    choices = list(expressions(node))
    for kind, rate in (
        (HoleKind.EXPRESSION, rates.expression),
        (HoleKind.ARGUMENT, rates.argument),
        (HoleKind.CONDITION, rates.condition),
    ):
        fitting = [value for found, value in choices if found is kind]
        if fitting and rng.random() < rate:
            start, end = page.span(rng.choice(fitting))
            text = page.source[start:end].decode()
            if "\n" not in text and 4 <= len(text) <= 70:
                yield Site(kind, (text,), ((start, end, 0),))


def helper_name(page: Page, node: ast.FunctionDef | ast.AsyncFunctionDef, predicate: bool) -> Site | None:
    """A function's name, everywhere in the file."""
    found = page.words(node.name)
    if len(node.name) < 3 or not 1 <= len(found) <= MAX_PLACES:
        return None
    return Site(HoleKind.HELPER_NAME, (node.name,), tuple((*span, 0) for span in found), predicate)


def helper_with_parameters(page: Page, node: ast.FunctionDef | ast.AsyncFunctionDef, predicate: bool) -> Site | None:
    """A function's name and those of its parameters, as when a helper was just extracted."""
    name = helper_name(page, node, predicate)
    names = [argument.arg for argument in _arguments(node) if argument.arg not in {"self", "cls", node.name}]
    if name is None or not 1 <= len(names) <= 7:
        return None
    index = {text: at + 1 for at, text in enumerate(names)}
    places = set(name.places)
    for text, number in index.items():
        places |= {(*span, number) for span in occurrences(page, node, text)}
    for keyword in page.keywords.get(node.name, ()):
        if keyword.arg in index:
            start = page.at(keyword.lineno, keyword.col_offset)
            places.add((start, start + len(keyword.arg.encode()), index[keyword.arg]))
    return _site(HoleKind.HELPER_NAME, (node.name, *names), places, predicate)


def identifier(page: Page, node: ast.FunctionDef | ast.AsyncFunctionDef, rng: random.Random) -> Site | None:
    """One parameter or local name, everywhere in its function."""
    parameters = [argument.arg for argument in _arguments(node)]
    stored = [child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)]
    names = sorted({name for name in [*parameters, *stored] if len(name) > 1 and name not in {"self", "cls"}})
    if not names:
        return None
    name = rng.choice(names)
    kind = HoleKind.PARAMETER if name in parameters else HoleKind.IDENTIFIER
    return _site(kind, (name,), {(*span, 0) for span in occurrences(page, node, name)})


def constant(page: Page, statement: ast.stmt) -> Site | None:
    """A constant's name, everywhere in the file."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    if not isinstance(target, ast.Name) or not re.fullmatch(r"_?[A-Z][A-Z0-9_]{3,}", target.id):
        return None
    found = page.words(target.id)
    if not 2 <= len(found) <= MAX_PLACES:
        return None
    return Site(HoleKind.IDENTIFIER, (target.id,), tuple((*span, 0) for span in found))


def _site(
    kind: HoleKind, texts: tuple[str, ...], places: set[tuple[int, int, int]], predicate: bool = False
) -> Site | None:
    ordered = sorted(places)
    disjoint = all(before[1] <= after[0] for before, after in pairwise(ordered))
    return Site(kind, texts, tuple(ordered), predicate) if disjoint and len(ordered) <= 4 * MAX_PLACES else None


def occurrences(page: Page, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> Iterator[tuple[int, int]]:
    """Where a function's text binds or reads a local name."""
    for child in ast.walk(node):
        if (isinstance(child, ast.Name) and child.id == name) or (isinstance(child, ast.arg) and child.arg == name):
            start = page.at(child.lineno, child.col_offset)
            yield start, start + len(name.encode())


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    arguments = node.args
    more = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def expressions(node: ast.AST) -> Iterator[tuple[HoleKind, ast.expr]]:
    """Every expression of a function that is a hole by itself."""
    for child in ast.walk(node):
        if isinstance(child, ast.If | ast.While | ast.IfExp):
            yield HoleKind.CONDITION, child.test
        elif isinstance(child, ast.Assign | ast.Return) and child.value is not None:
            yield HoleKind.EXPRESSION, child.value
        elif isinstance(child, ast.Call):
            yield from (
                (HoleKind.ARGUMENT, argument) for argument in child.args if not isinstance(argument, ast.Starred)
            )


def without_docstrings(text: str) -> str:
    """The text less every docstring that isn't all of its block: it would tell what a function's name says."""
    page = Page(text)
    spans = []
    for node in ast.walk(page.tree):
        if isinstance(node, FUNCTION | ast.ClassDef) and len(node.body) > 1 and _is_text(node.body[0]):
            first, second = node.body[0], node.body[1]
            # A decorated statement starts above its own line.
            top = min([second.lineno, *(item.lineno for item in getattr(second, "decorator_list", []))])
            if first.lineno > node.lineno and top > (first.end_lineno or 0):
                spans.append((page.starts[first.lineno - 1], page.starts[first.end_lineno or 0]))
    source = page.source
    for start, end in sorted(spans, reverse=True):
        source = source[:start] + source[end:]
    return source.decode()


def line_of(page: Page, offset: int) -> int:
    """The 1-based line of a byte offset."""
    return bisect_right(page.starts, offset)
