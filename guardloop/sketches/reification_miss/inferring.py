"""The types of what the places pass, where none of them spells one out: as mypy sees them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cached_property

from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.names import COMPREHENSIONS, scope_names
from guardloop.sketches.duplication.program import Parsed, indentation
from guardloop.sketches.duplication.revealing import Probe, reveal
from guardloop.sketches.duplication.typing_names import annotation, quoted
from guardloop.sketches.reification_miss.predicate import Predicate
from guardloop.sketches.reification_miss.site import Site

_NAMED_TUPLE = re.compile(r"^tuple\[.*, fallback=([\w.]+)\]$")
_MOST_ALTERNATIVES = 3


class Inferred:
    """Asks once for all names of a predicate, when the first type is wanted."""

    def __init__(self, predicate: Predicate, world: World) -> None:
        self._predicate, self._world = predicate, world

    def annotation(self, name: str, file: Parsed) -> str:
        """The union of what the places pass, as a file can write it; empty if it can't or nothing is known."""
        types = [_NAMED_TUPLE.sub(r"\1", text) for text in self._revealed.get(name, ()) if text]
        written = [annotation(text, file, self._world.bindings) for text in types]
        different = sorted(dict.fromkeys(written), key=lambda text: text == "None")
        is_known = "" not in different and 0 < len(different) <= _MOST_ALTERNATIVES
        return quoted(" | ".join(different), file) if is_known else ""

    @cached_property
    def _revealed(self) -> dict[str, list[str]]:
        wanted = [(name, probe) for name in self._predicate.names for probe in self._probes(name)]
        probes = [probe for _, probe in wanted]
        types = reveal(self._world.program.tree, self._world.bindings.modules, probes) if probes else []
        found: dict[str, list[str]] = {}
        for (name, _), text in zip(wanted, types, strict=True):
            found.setdefault(name, []).append(text)
        return found

    def _probes(self, name: str) -> Sequence[Probe]:
        """One for each place that can be asked before its statement: not for names that only an expression binds."""
        probes = []
        for use in self._predicate.uses:
            passed = self._predicate.passed(use, name)
            if not _is_bound_inside(use.site, passed):
                file = use.site.file
                line = file.first_line(_statement(use.site))
                probes.append(Probe(file.path, line, indentation(file.line(line)), passed))
        return probes


def _is_bound_inside(site: Site, name: str) -> bool:
    inner = (n for n in site.file.enclosing(site.operands[0].node) if isinstance(n, (ast.Lambda, *COMPREHENSIONS)))
    return any(name in scope_names(scope) for scope in inner)


def _statement(site: Site) -> ast.stmt:
    """The statement before which a line can be put."""
    file = site.file
    around = [node for node in file.enclosing(site.operands[0].node) if isinstance(node, ast.stmt)]
    at = 0
    while file.text.startswith("elif", file.offset(around[at].lineno, around[at].col_offset)):
        at += 1
    return around[at]
