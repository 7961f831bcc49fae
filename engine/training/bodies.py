"""Tells whether two functions have the same body, whatever their names, annotations, docstrings and layout.

Benchmarks are kept out of the corpus by digests of their functions' bodies, so that no text of theirs is stored here.
"""

from __future__ import annotations

import ast
import builtins
import gzip
import hashlib
import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
FEWEST_NODES = 16
"""Smaller bodies say nothing of where they come from: half of all getters would be the same."""
_BUILTINS = frozenset(dir(builtins))
_DIGITS = 12
_UNSAID = frozenset({"annotation", "returns", "type_comment", "decorator_list", "type_params", "ctx", "kind"})


def fingerprint(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str | None:
    """The digest of a body with its parameters, names replaced by their order; None when it is too small to tell."""
    said: list[str] = []
    _say(function, {function.name: "itself"}, said)
    if len(said) < FEWEST_NODES:
        return None
    return hashlib.blake2b(" ".join(said).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()[:_DIGITS]


def _say(node: ast.AST, names: dict[str, str], said: list[str]) -> None:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            said.append(name if name in _BUILTINS else names.setdefault(name, f"n{len(names)}"))
            return
        case ast.Constant(value=value):
            said.append(repr(value))
            return
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            # The same statement as the one without its annotation.
            node = ast.Assign([target], value)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            names.setdefault(node.name, f"n{len(names)}")
            _say(node.args, names, said)
            _say_all(_undocumented(node.body), names, said)
            return
    said.append(type(node).__name__)
    for field, value in ast.iter_fields(node):
        if field not in _UNSAID:
            _say_all(value if isinstance(value, list) else [value], names, said)


def _say_all(values: Iterable[Any], names: dict[str, str], said: list[str]) -> None:
    for value in values:
        if isinstance(value, ast.AST):
            _say(value, names, said)
        elif value is not None:
            said.append(str(value))


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if is_text and len(body) > 1 else body


def of_benchmark(paths: Iterable[Path]) -> set[str]:
    """The fingerprints of all functions in `.py` files and in the code of `.jsonl` or `.jsonl.gz` rows."""
    found: set[str] = set()
    for path in paths:
        for text in _programs(path):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    tree = ast.parse(text)
                except SyntaxError:
                    # Some files of these benchmarks are written for Python 2.
                    continue
            prints = (fingerprint(node) for node in ast.walk(tree) if isinstance(node, FUNCTION))
            found.update(digest for digest in prints if digest)
    return found


def _programs(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield path.read_text(encoding="utf-8")
        return
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in filter(str.strip, content.decode("utf-8").split("\n")):
        row = json.loads(line)
        # MBPP says `code`; HumanEval a header and the body that belongs to it.
        yield row["code"] if "code" in row else row["prompt"] + row["canonical_solution"]
