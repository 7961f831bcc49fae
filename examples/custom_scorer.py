"""Functions that a caller steers with bare True and False: each boolean default beyond the first costs 2.

Counted: parameters whose default is `True` or `False` and that can be passed by position, per function.

## Why it matters
`export(rows, True, False)` says nothing at the place where it is read.

## Known limits
A flag without a default, or with an enum of two members, is not seen.

## References
Martin Fowler, FlagArgument, 2011.
"""

from __future__ import annotations

import ast
import sys
from hashlib import blake2b
from pathlib import Path

from metrics.discovery import discover
from metrics.facts import Facts, Module, gather, parse
from metrics.index import Index
from metrics.scorer import Finding, Score, Site

FunctionFacts = tuple[str, int, int, int]
"""Name, first line, last line, flags."""


class BooleanFlags:
    """One finding for each function with two or more positional boolean defaults."""

    rule = reading = "boolean-flags"
    gated = False
    version = 1

    def facts(self, module: Module) -> list[FunctionFacts]:
        """The functions with at least two flags."""
        functions = (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        counted = ((f.name, f.lineno, f.end_lineno or f.lineno, _flags(f)) for f in functions)
        return [facts for facts in counted if facts[3] > 1]

    def score(self, index: Index) -> Score:
        """Charge 2 for each flag beyond the first."""
        findings = [
            Finding(
                id=f"{self.rule}:{blake2b(index.symbol(path, name).encode(), digest_size=6).hexdigest()}",
                rule=self.rule,
                cost=2 * (flags - 1),
                message=f"{flags} boolean flags can be passed by position; make them keyword-only",
                sites=(Site(path, line, end_line, index.symbol(path, name), "function"),),
                gated=self.gated,
            )
            for path, functions in index.facts(self.rule)
            for name, line, end_line, flags in functions
        ]
        return Score(self.rule, tuple(sorted(findings, key=lambda finding: (-finding.cost, finding.id))))


def _flags(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return sum(isinstance(d, ast.Constant) and isinstance(d.value, bool) for d in function.args.defaults)


def judge(folder: Path) -> Score:
    """Score a folder with this rule alone; inside guardloop, a line in `metrics/scorers/__init__.py` does it."""
    scorer = BooleanFlags()
    tree = discover(folder).tree
    files: dict[str, Facts] = {path: gather(parse(text), {scorer.rule: scorer}) for path, text in tree.texts.items()}
    return scorer.score(Index(files, tree))


if __name__ == "__main__":
    for finding in judge(Path(sys.argv[1] if len(sys.argv) > 1 else ".")).findings:
        print(f"{finding.cost:4}  {finding.sites[0].path}:{finding.sites[0].line}  {finding.message}")
