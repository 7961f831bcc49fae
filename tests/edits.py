"""Edits of a source tree as people make them, drawn by a seed."""

from __future__ import annotations

import ast
import random

from metrics.source import SourceTree

KINDS = 6
_STATEMENTS = (
    "if {name} is None:\n    return None",
    "if isinstance({name}, str):\n    {name} = str({name})",
    "if {name}.kind == 'start' or {name}.kind == 'stop':\n    raise ValueError({name})",
    "for one in {name}.items:\n    if one.path is None and one.line:\n        continue",
    "{name} = self.index.get('key') or {{}}",
    "try:\n    {name} = {name}.slot\nexcept AttributeError:\n    pass",
)


def edited(tree: SourceTree, seed: int) -> SourceTree:
    """The tree with one file edited: a function copied or taken away, a call, parameter or statement more or less.

    `seed % KINDS` says which. Where the edit does not parse, the file gets all that another one holds as well.
    """
    choose = random.Random(seed)
    one, other = choose.sample([path for path in tree.texts if _functions(tree.texts[path])], 2)
    lines, theirs = tree.texts[one].splitlines(), tree.texts[other].splitlines()
    mine, copied = choose.choice(_functions(tree.texts[one])), choose.choice(_functions(tree.texts[other]))
    statement = choose.choice(mine.body)
    pad, here = " " * statement.col_offset, slice(statement.lineno - 1, statement.lineno - 1)
    match seed % KINDS:
        case 0:
            lines += ["", *_moved_to(theirs[copied.lineno - 1 : copied.end_lineno], 0)]
        case 1:
            lines[mine.lineno - 1 : mine.end_lineno] = [f"{' ' * mine.col_offset}{mine.name} = None"]
        case 2:
            lines[here] = [f"{pad}{copied.name}(None, 0)"]
        case 3:
            lines[mine.lineno - 1] = lines[mine.lineno - 1].replace(f"{mine.name}(", f"{mine.name}(added=None, ")
        case 4:
            name = (mine.args.args or [ast.arg("value")])[-1].arg
            inserted = "\n".join(choose.sample(_STATEMENTS, 2)).format(name=name).splitlines()
            lines[here] = _moved_to(inserted, statement.col_offset)
        case _:
            lines[statement.lineno - 1 : statement.end_lineno] = [f"{pad}pass"]
    text = "\n".join(lines) + "\n"
    return tree.replacing({one: text if _parses(text) else f"{tree.texts[one]}\n{tree.texts[other]}"})


def _functions(text: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]


def _moved_to(lines: list[str], column: int) -> list[str]:
    own = len(lines[0]) - len(lines[0].lstrip())
    return [" " * column + line[own:] for line in lines]


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
