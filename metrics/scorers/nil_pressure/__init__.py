"""None that is let in at one place and asked for all over, and the hidden forms of it that no check shows.

TODO
"""

from __future__ import annotations

from typing import Any

from metrics import slots
from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Finding, Score, Site
from metrics.scorers.nil_pressure.lookups import hidden_sources
from metrics.scorers.nil_pressure.naming import finding_id
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
        return Score(self.rule, tuple(sorted(findings, key=lambda finding: (-finding.cost, finding.id))))


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
