"""None that is let in at one place and asked for all over, and the hidden forms of it that no check shows.

Places of values (parameters, attributes, results of functions, globals) that hold None by the text of the program are
sources: by default, by annotation, by assignment, by `return None`. A place that hands its value on under its own name
is one source with where it arrives. Each check (`is None`, a bare value as condition, `x or d`) inside a function is
charged to the sources it comes from, at most three assignments, arguments or results back; with n sources, a part in
n to each. A source costs 4 for each check for None, 2 for each truth test and `or` (in removable nodes), less 4, as the
first check is legitimate. It counts if at least two functions ask, three times in all, or for a value that is handed on
through four places; and if one function alone asks for None four times. Nested functions are part of their outermost.
Free: one default for each place (`if x is
None: x = …`, `x or d`); truth tests of what may also be a bool, number, text or collection; results of functions that
have overloads or a name that asks (`is_`, `has_`).
Functions and properties that only test one parameter or attribute are that test wherever they are used. A module's own
`object()` and a name that it binds once, to None, are None by another name. An except for AttributeError or TypeError
around one statement, or a silent one for all errors, is a check of the object that the statement uses.

Hidden None, each group less its first: `.get(key)` with no default or a plain one, used results of `.pop(key, None)`,
`or {}` and the like 1 each, `getattr` with a default 2. A group is what asks one object: an attribute of the method's
object; a parameter, a global or the result of a function by its name in a file; a variable of one function, unless it
is set once, to one of these or to a part of it. Modules, sessions and clients are left out, keys that are numbers, and
what fills an attribute or the arguments of a class: there a record is made. A broad except that neither raises, logs,
prints, exits nor uses the exception costs 2.

Measured only, never failing a check: None that is an answer, which each who asks decides on. That is: of results of
functions, and of attributes that others than their own class ask for, where less than a fourth of the checks asserts,
raises, gives a default or asks for a result that was stored, and less than half does so or ends there with an empty
result or the next round; and all that may be True or False too. Objects that are
asked for computed keys alone, or that a call into a library gives. Checks of attributes of objects whose class is
unknown (half); a default of None that the annotation rules out, 1; excepts around one access, where a function has
several, 2 each.

## Why it matters
Each check is a decision that exists only because a value was let in incomplete. The code around it cannot tell a value
that is absent for good reason from one that was forgotten, so every new use has to ask again. One change at the source,
a default that is resolved where it enters, an error, a type without the empty case, removes them all.

## Known limits
Checks of values from outside the program have no source and cost nothing. Values are not followed through containers,
closures or calls whose target more than one function may be. A parent or a next node that is rightly None costs like
any other. What an annotation or a comment promises is not proved: `cast` and `# type: ignore` can hide a check, as can
predicates of several tests, lambdas, an empty text or number in the place of None, and another name for an object that
is asked. A truth test costs less than a comparison, as it has fewer nodes. Asserts that a value is not None count: a
change that only makes unspoken None explicit raises the cost.

## References
Ranking what lets a value in by the checks it causes is practitioners' folklore; Henry and Kafura (1981) count flows of
information in and out of a procedure in the same spirit. Measured on development data: the cost falls in .20 of 10
commits whose authors made something non-optional (rises in one, which adds asserts) and in none of 11 ordinary ones;
sources alone are fewer in projects written by agents than in well-kept ones (AUC .33; 12 and 25 projects), with hidden
None the cost is higher there (.83). Planted None is found in all eight forms, 10 of 10 each, controls cost nothing. Of
the ten dearest gated findings of six projects 44 were real, 16 arguable, none noise; of two not read before, 16 of 20.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from metrics import slots
from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site, finding_id
from metrics.scorers.nil_pressure.examples import EXAMPLES as EXAMPLES
from metrics.scorers.nil_pressure.lookups import hidden_sources
from metrics.scorers.nil_pressure.sources import checked_sources
from metrics.slots import SlotModel

_UNDECLARED = 1


class NilPressure:
    """One finding for each source: a family of slots, an object that is looked into, a function that swallows."""

    rule = "nil-pressure"
    reading = slots.READING
    gated = True
    version = slots.VERSION

    def facts(self, module: Module) -> Any:
        """The slots of the file."""
        return slots.read(module)

    def score(self, index: Index) -> Score:
        """Charge every source the checks it causes, all but the first."""
        model = slots.model(index)
        findings = [
            *checked_sources(self.rule, model),
            *hidden_sources(self.rule, model),
            *_undeclared(self.rule, model),
        ]
        return Score.of(self.rule, _distinct(findings))


def _distinct(findings: list[Finding]) -> Iterator[Finding]:
    """Tell findings apart that are about functions of one name, as two branches of an `if` may define."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.id] += 1
        yield finding if seen[finding.id] == 1 else replace(finding, id=f"{finding.id}-{seen[finding.id]}")


def _undeclared(rule: str, model: SlotModel) -> list[Finding]:
    """What is None by default and by its annotation never; measured only. An assigned name may be an alias of more."""
    found: dict[str, list[tuple[Site, str]]] = {}
    for slot, nils in sorted(model.nils.items()):
        for nil in nils:
            if nil.excluded and not model.resolution.is_assigned(nil.excluded):
                symbol = model.symbol(nil.path, nil.function)
                site = Site(nil.path, nil.line, nil.line, symbol, "source")
                found.setdefault(symbol, []).append((site, slot.name))
    findings = []
    for symbol, places in sorted(found.items()):
        names = ", ".join(f"`{name}`" for _, name in places)
        message = f"{names} of `{symbol.rpartition(':')[2]}`: None by default, but never None by annotation"
        sites = tuple(site for site, _ in places)
        cost = _UNDECLARED * len(places)
        findings.append(Finding(finding_id(rule, f"undeclared {symbol}"), rule, cost, message, sites, gated=False))
    return findings
