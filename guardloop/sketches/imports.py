"""Where an imported name goes: one edit that makes a file import a name, in the way the file already imports.

What modules are called and which of them may import which is in `modules.py`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from engine.protocol import Edit, Hole
from guardloop.sketches.importing import top_level_imports
from guardloop.sketches.layout import Layout, width
from guardloop.sketches.modules import Modules, is_package
from guardloop.sketches.style import Style

FUTURE, STANDARD, FOREIGN, OWN, LOCAL = range(5)
ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=]")
Statement = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Reference:
    """How one file names another in a `from` import."""

    level: int
    module: str

    @property
    def text(self) -> str:
        """The dots and the dotted name."""
        return "." * self.level + self.module


def import_edit(modules: Modules, importer: str, text: str, home: str, name: str | Hole, style: Style) -> Edit | None:
    """Make the file `importer`, whose text is `text`, import `name` from the file `home`.

    Extends an import of the same module where there is one, else adds a line to the section that it belongs into.
    `None` when a known name is imported already. The text must parse, and nothing checks here that the import is legal:
    ask `Modules.can_import` first, and keep holes from taking names that the file uses.
    """
    reference = reference_to(modules, importer, text, home)
    return _import_edit(modules, importer, text, modules.known_as(home, importer), reference, name, style)


def foreign_import_edit(
    modules: Modules, importer: str, text: str, module: str, name: str | Hole, style: Style
) -> Edit | None:
    """The same for a module that is no file of the tree, by its dotted name."""
    return _import_edit(modules, importer, text, module, Reference(0, module), name, style)


def _import_edit(
    modules: Modules, importer: str, text: str, dotted: str, reference: Reference, name: str | Hole, style: Style
) -> Edit | None:
    tree = ast.parse(text)
    layout = Layout(text)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and modules.absolute(importer, node.level, node.module or "") == dotted:
            if any(alias.name == name and alias.asname is None for alias in node.names):
                return None
            if "\\" not in layout.source(node) and node.names[0].name != "*":
                return _extended(importer, layout, node, name, style)
    return _added(modules, importer, tree, layout, reference, name)


def reference_to(modules: Modules, importer: str, text: str, home: str) -> Reference:
    """Name `home` relatively where the file, or else most of its neighbours, do so and a package holds both."""
    package = modules.known_as(importer, importer).split(".")
    package = package if is_package(importer) else package[:-1]
    target = modules.known_as(home, importer).split(".")
    common = 0
    while common < min(len(package), len(target)) and package[common] == target[common]:
        common += 1
    if common and _is_relative(modules, importer, text):
        return Reference(len(package) - common + 1, ".".join(target[common:]))
    return Reference(0, ".".join(target))


def _is_relative(modules: Modules, importer: str, text: str) -> bool:
    votes = _votes(modules, importer, text)
    if votes == (0, 0):
        around = [_votes(modules, path, modules.text(path)) for path in modules.beside(importer)]
        votes = sum(vote[0] for vote in around), sum(vote[1] for vote in around)
    return votes[0] > votes[1]


def _votes(modules: Modules, importer: str, text: str) -> tuple[int, int]:
    """How many imports of the file's own package are relative, and how many absolute."""
    own = modules.name(importer).split(".")[0]
    found = top_level_imports(text) or ()
    return (
        sum(1 for statement in found if statement.level),
        sum(1 for statement in found if not statement.level and statement.module.split(".")[0] == own),
    )


def _member_key(name: str | Hole) -> tuple[int, str]:
    """The order in which sorters of imports put members: constants, classes, the rest.

    A name not yet known sorts by its prefix, and without one after all others.
    """
    if isinstance(name, Hole):
        return 2, name.prefix or "\U0010ffff"
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def _rank(names: Sequence[str], name: str | Hole) -> int:
    """Where in the list a name goes: where the order puts it, or last if the list has none."""
    keys = [_member_key(known) for known in names]
    if keys != sorted(keys):
        return len(names)
    return sum(1 for key in keys if key < _member_key(name))


def _extended(path: str, layout: Layout, node: ast.ImportFrom, name: str | Hole, style: Style) -> Edit:
    spans = [layout.span(alias) for alias in node.names]
    rank = _rank([alias.name for alias in node.names], name)
    end = spans[-1][1]
    is_listed = node.names[0].lineno > node.lineno and len({alias.lineno for alias in node.names}) == len(spans)
    if is_listed and rank < len(spans):
        margin = layout.newline + layout.indent(node.names[rank].lineno)
        return Edit(path, spans[rank][0], spans[rank][0], (name, "," + margin))
    if is_listed:
        return _below(path, layout, end, name)
    texts: list[str | Hole] = [layout.text[start:stop] for start, stop in spans]
    texts.insert(rank, name)
    line = node.lineno
    if node.end_lineno != line or len(layout.line(line)) + 2 + width((name,)) <= style.line_length:
        if rank == len(spans):
            return Edit(path, end, end, (", ", name))
        return Edit(path, spans[rank][0], spans[rank][0], (name, ", "))
    start, stop = spans[0][0], end
    if layout.text[stop : layout.span(node)[1]].strip():
        start, stop = layout.text.rindex("(", 0, start), layout.span(node)[1]
    return Edit(path, start, stop, _listed(texts, layout.newline))


def _below(path: str, layout: Layout, end: int, name: str | Hole) -> Edit:
    """A line of its own for a name after the last one of a list, which ends at `end`; its comment stays with it."""
    line = layout.line_of(end)
    stop = layout.line_end(line)
    rest = layout.text[end:stop]
    margin = layout.newline + layout.indent(line)
    if ")" in rest.partition("#")[0]:
        return Edit(path, end, end, ("," + margin, name))
    if rest.lstrip().startswith(","):
        return Edit(path, stop, stop, (margin, name, ","))
    return Edit(path, end, stop, ("," + rest + margin, name))


def _listed(names: Sequence[str | Hole], newline: str) -> tuple[str | Hole, ...]:
    """A parenthesised list, a name a line, with a comma after each."""
    parts: list[str | Hole] = ["("]
    for name in names:
        parts += [newline + "    ", name, ","]
    return (*parts, newline + ")")


def _section(node: Statement, modules: Modules, importer: str) -> int:
    if isinstance(node, ast.ImportFrom) and node.level:
        return LOCAL
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    package = module.split(".")[0]
    if package == "__future__":
        return FUTURE
    if package in sys.stdlib_module_names:
        return STANDARD
    return OWN if modules.path(package, importer) or modules.path(module, importer) else FOREIGN


def _header(tree: ast.Module) -> list[Statement]:
    """The import statements before the first definition."""
    found: list[Statement] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            break
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(node)
    return found


def _added(
    modules: Modules, importer: str, tree: ast.Module, layout: Layout, reference: Reference, name: str | Hole
) -> Edit:
    statement: tuple[str | Hole, ...] = (f"from {reference.text} import ", name)
    header = _header(tree)
    if not header:
        return _first(importer, tree, layout, statement)
    section = _section(ast.ImportFrom(reference.module, [], reference.level), modules, importer)
    ranked = [(_section(node, modules, importer), node) for node in header]
    same = [node for rank, node in ranked if rank == section]
    above = [node for node in same if _precedes(node, reference)]
    earlier = [node for rank, node in ranked if rank < section]
    newline = layout.newline
    if same and not above:
        at = layout.line_start(same[0].lineno)
        return Edit(importer, at, at, (*statement, newline))
    if not same and not earlier:
        at = layout.line_start(header[0].lineno)
        return Edit(importer, at, at, (*statement, newline * 2))
    at = _end_of_line(tree, layout, (above or earlier)[-1])
    return Edit(importer, at, at, (newline if same else newline * 2, *statement))


def _precedes(node: Statement, reference: Reference) -> bool:
    """Whether a sorter puts this statement of the same section before the new one."""
    if isinstance(node, ast.Import):
        return True
    return (-node.level, (node.module or "").lower()) <= (-reference.level, reference.module.lower())


def _end_of_line(tree: ast.Module, layout: Layout, node: ast.stmt) -> int:
    """The end of the line on which a statement, and whatever follows it after semicolons, ends."""
    line = node.end_lineno or node.lineno
    for other in tree.body:
        if other.lineno <= line < (other.end_lineno or other.lineno):
            line = other.end_lineno or other.lineno
    return layout.line_end(line)


def _first(path: str, tree: ast.Module, layout: Layout, statement: tuple[str | Hole, ...]) -> Edit:
    """The first import of a file: below its docstring or its opening comments."""
    newline = layout.newline
    if not layout.text.strip():
        return Edit(path, 0, 0, (*statement, newline))
    if tree.body and ast.get_docstring(tree, clean=False) is not None:
        at = _end_of_line(tree, layout, tree.body[0])
        following = layout.line(layout.line_of(at) + 1).strip() if layout.line_of(at) < layout.lines else ""
        return Edit(path, at, at, (newline * 2, *statement, newline if following else ""))
    line = _after_comments(layout)
    at = layout.line_start(line)
    opens_definition = bool(tree.body) and isinstance(
        tree.body[0], (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    )
    if not layout.line(line).strip():
        return Edit(path, at, at, (newline, *statement, newline))
    return Edit(path, at, at, (*statement, newline * (3 if opens_definition else 2)))


def _after_comments(layout: Layout) -> int:
    """The line after the interpreter and encoding lines, or after opening comments that a blank line ends."""
    line = 1
    while line <= layout.lines and layout.line(line).startswith("#"):
        line += 1
    if line > 1 and line <= layout.lines and not layout.line(line).strip():
        return line
    line = 1
    while line <= 2 and (layout.line(line).startswith("#!") or ENCODING.match(layout.line(line))):
        line += 1
    return line
