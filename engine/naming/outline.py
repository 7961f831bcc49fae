"""The syntax trees of a sketch's files, with a placeholder name in each hole, and where the holes occur in them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.protocol import Hole, Sketch

Function = ast.FunctionDef | ast.AsyncFunctionDef
_GIVING = (ast.Return, ast.Yield, ast.YieldFrom)


@dataclass(frozen=True)
class Outline:
    """Parsed files. A file that does not parse even with placeholders has no tree, and so no mentions."""

    trees: Mapping[str, ast.Module]
    placeholders: Mapping[str, str]
    """The identifier that stands for each hole, by hole name."""
    parents: Mapping[ast.AST, ast.AST]
    mentions: Mapping[str, tuple[ast.AST, ...]] = field(default_factory=dict)
    """The nodes that bear a placeholder, by hole name, in the order of the text."""

    @classmethod
    def of(cls, sketch: Sketch) -> Outline:
        """Parse what the sketch would write, each hole replaced by a name that occurs nowhere else."""
        placeholders = _placeholders(sketch)
        trees: dict[str, ast.Module] = {}
        for path in sketch.sources:
            text = "".join(part if isinstance(part, str) else placeholders[part.name] for part in sketch.parts(path))
            try:
                trees[path] = ast.parse(text)
            except (SyntaxError, ValueError):
                continue
        holes = {placeholder: name for name, placeholder in placeholders.items()}
        parents: dict[ast.AST, ast.AST] = {}
        mentions: dict[str, list[ast.AST]] = {name: [] for name in placeholders}
        for tree in trees.values():
            for node in _preorder(tree, parents):
                if (name := holes.get(_name(node))) is not None:
                    mentions[name].append(node)
        return cls(trees, placeholders, parents, {name: tuple(nodes) for name, nodes in mentions.items()})

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """What the functions and methods of the files are called."""
        return tuple(node.name for node in self.parents if isinstance(node, Function) and not self.is_hole(node.name))

    def is_hole(self, identifier: str) -> bool:
        """Whether an identifier of the trees stands for a hole."""
        return identifier in self.placeholders.values()

    def definition(self, hole: Hole) -> Function | None:
        """The function that bears the hole's name."""
        return next((node for node in self.mentions[hole.name] if isinstance(node, Function)), None)

    def gives(self, hole: Hole) -> bool:
        """Whether callers of the function get anything that they did not know: what it returns, or what it yields."""
        definition = self.definition(hole)
        return definition is not None and bool(given(ast.walk(definition)))

    def calls(self, hole: Hole) -> list[ast.Call]:
        """The calls of what the hole names, as `hole(...)` or `receiver.hole(...)`."""
        parents = ((node, self.parents.get(node)) for node in self.mentions[hole.name])
        return [parent for node, parent in parents if isinstance(parent, ast.Call) and parent.func is node]

    def uses(self, hole: Hole) -> list[ast.expr]:
        """The expressions that stand for the hole's value: its calls, and where it is read without one."""
        found: list[ast.expr] = []
        for node in self.mentions[hole.name]:
            parent = self.parents.get(node)
            if isinstance(parent, ast.Call) and parent.func is node:
                found.append(parent)
            elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                found.append(node)
        return found

    def enclosing_function(self, node: ast.AST) -> Function | None:
        """The innermost function around a node, the node itself not counted."""
        return next((above for above in self.ancestors(node) if isinstance(above, Function)), None)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """What is around a node, innermost first."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that a node belongs to, itself included."""
        return next((above for above in (node, *self.ancestors(node)) if isinstance(above, ast.stmt)), None)


def given(nodes: Iterable[ast.AST]) -> list[ast.expr]:
    """The values that these nodes of a function return or yield; none where it is always the same constant."""
    giving = [node for node in nodes if isinstance(node, _GIVING)]
    values = [value for node in giving if (value := node.value if isinstance(node, ast.Return) else node) is not None]
    is_settled = all(isinstance(value, ast.Constant) for value in values) and len(set(map(ast.dump, values))) == 1
    return [] if is_settled else values


def _placeholders(sketch: Sketch) -> dict[str, str]:
    # Letters that no English word has: what is put together from the words of names never shows a placeholder.
    text = "".join(text for edit in sketch.edits for text in (sketch.sources[edit.path], *map(str, edit.parts)))
    letters = (letter for at in range(0x4E00, 0x9FA5) if (letter := chr(at)) not in text)
    return {hole.name: letter for hole, letter in zip(sketch.holes, letters, strict=False)}


def _preorder(tree: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        children = list(ast.iter_child_nodes(node))
        # Operators and contexts are one shared object each: what they get here as a parent is never asked for.
        parents.update((child, node) for child in children)
        stack.extend(reversed(children))


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.keyword(arg=str(name)):
            return name
        case ast.Constant(value=str(text)):
            return text.strip()
        case _:
            return ""
