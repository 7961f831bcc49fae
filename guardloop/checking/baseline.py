"""What a tree cost when someone last accepted it: written by `guardloop baseline` only, and compared with since."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from guardloop import __version__
from guardloop.checked import Charged
from guardloop.checking.marks import first_of
from guardloop.config import Settings, key_of, of_table
from guardloop.errors import BaselineError, ConfigError, unknown
from metrics.allowances import Allowance, added, allowances_in
from metrics.discovery import Discovery, exclusion
from metrics.measure import Measurement
from metrics.scorer import Finding
from metrics.scorers import SCORERS

FILE = "guardloop-baseline.json"
_SCHEMA = 1
_NAMED = 10
HELD = ("rule", "exclude", "budgets", "allow_suppressions", "ratchet")
"""The settings that decide what is judged, and how."""
_COMMENT = ("path", "symbol", "rule", "reason", "code", "whole")


@dataclass(frozen=True)
class Entry:
    """One accepted finding: its rule, its cost, and where it was."""

    rule: str
    cost: int
    path: str
    symbols: tuple[str, ...]

    def holds(self, finding: Finding) -> bool:
        """Whether a finding is what is left of this one: an id changes with the set of symbols."""
        return finding.rule == self.rule and {site.symbol for site in finding.sites} <= {*self.symbols}


@dataclass(frozen=True)
class Baseline:
    """Accepted findings by id, the gated cost of each measured rule, and the code lines of the tree."""

    entries: Mapping[str, Entry]
    costs: Mapping[str, int]
    lines: int
    settings: Settings | None = None
    """Those of `HELD` that it was made by."""
    allowances: tuple[Allowance, ...] | None = None
    """The comments that allowed something, without their lines; like the settings unknown of baselines of old."""
    left_out: frozenset[str] | None = None
    """What was not judged for what it is, whatever its name."""

    @classmethod
    def of(cls, measured: Measurement, settings: Settings, found: Discovery) -> Baseline:
        """What is to be accepted of a tree: all that could fail a check by these settings."""
        entries = {finding.id: _entry(finding) for finding in measured.findings if finding.gated}
        allowances, left_out = tuple(allowances_in(found.tree)), frozenset(_left_out(found))
        return cls(entries, gated_costs(measured), measured.lines, settings, allowances, left_out)

    @classmethod
    def parse(cls, data: bytes, place: str) -> Baseline:
        """Read what `as_json` wrote; messages call it `place`. Raises `BaselineError`."""
        try:
            document = json.loads(data)
            if document["schema"] != _SCHEMA:
                raise BaselineError(f"{place}: expected schema {_SCHEMA}, got {document['schema']!r}")
            entries = {str(id): _read(entry) for id, entry in document["findings"].items()}
            costs = {str(rule): int(cost) for rule, cost in document["costs"].items()}
            settings = _settings(document["settings"], place) if "settings" in document else None
            allowances = tuple(map(_allowance, document["comments"])) if "comments" in document else None
            left_out = frozenset(map(str, document["left_out"])) if "left_out" in document else None
            return cls(entries, costs, int(document["lines"]), settings, allowances, left_out)
        except (ValueError, ArithmeticError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BaselineError(f"{place}: expected a baseline that `guardloop baseline` wrote: {error}") from error

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read a file. Raises `BaselineError`."""
        try:
            data = path.read_bytes()
        except OSError as error:
            hint = "`guardloop baseline` writes one"
            raise BaselineError(f"{path}: expected a baseline, got: {error.strerror}; {hint}") from error
        return cls.parse(data, str(path))

    def as_json(self) -> str:
        """The file's text: sorted, so that it changes only where the tree does."""
        findings = {id: asdict(self.entries[id]) for id in sorted(self.entries)}
        costs = dict(sorted(self.costs.items()))
        document = {
            "schema": _SCHEMA,
            "version": __version__,
            "lines": self.lines,
            "costs": costs,
            "findings": findings,
        }
        if self.settings is not None:
            document["settings"] = _table(self.settings)
        if self.allowances is not None:
            document["comments"] = sorted([getattr(one, name) for name in _COMMENT] for one in self.allowances)
        if self.left_out is not None:
            document["left_out"] = sorted(self.left_out)
        return json.dumps(document, indent=1) + "\n"

    def added(self, allowances: Iterable[Allowance]) -> frozenset[Allowance]:
        """The comments that have come since; of a baseline that records none, nothing can be told."""
        return added(self.allowances, allowances) if self.allowances is not None else frozenset()

    def unjudged(self, found: Discovery) -> Iterator[str]:
        """A remark where something is left out that was not, and not for its name."""
        reasons = _left_out(found)
        new = sorted(reasons.keys() - self.left_out) if self.left_out is not None else []
        if new:
            told = first_of([f"{path} ({reasons[path]})" for path in new])
            yield f"since the baseline, {told} came to be left out: not judged"

    def risen(self, measured: Measurement) -> list[Charged]:
        """Gated findings that are not accepted, or cost more than when they were; worst first."""
        entries = self._matched(measured)
        rises = [_rise(finding, entries.get(finding.id)) for finding in measured.findings if finding.gated]
        return [one for one in rises if one.charge > 0]

    def stale(self, measured: Measurement) -> Iterator[str]:
        """A remark for each entry of a measured rule that no longer occurs; a count stands for most of many."""
        left = [*self._matched(measured).values()]
        measurable = [id for id, entry in sorted(self.entries.items()) if entry.rule in measured.scores]
        gone = [id for id in measurable if self.entries[id] not in left]
        for id in gone[:_NAMED]:
            entry = self.entries[id]
            yield f"{id} of the baseline no longer occurs ({entry.path}); `guardloop baseline` drops it"
        if len(gone) > _NAMED:
            yield f"and {len(gone) - _NAMED} more entries of the baseline no longer occur"

    def charges(self, measured: Measurement) -> dict[str, int]:
        """What each measured rule costs over what is accepted of it; below 0 where it costs less."""
        return {rule: cost - self.costs.get(rule, 0) for rule, cost in gated_costs(measured).items()}

    def _matched(self, measured: Measurement) -> dict[str, Entry]:
        """The accepted entries that findings are, or are left of, by the findings' ids."""
        found = [finding for finding in measured.findings if finding.gated]
        matched = {finding.id: self.entries[finding.id] for finding in found if finding.id in self.entries}
        free = {id: entry for id, entry in self.entries.items() if id not in matched}
        for finding in found:
            if finding.id not in matched:
                same = next((id for id, entry in sorted(free.items()) if entry.holds(finding)), None)
                if same is not None:
                    matched[finding.id] = free.pop(same)
        return matched


def _rise(finding: Finding, entry: Entry | None) -> Charged:
    if entry is None:
        return Charged(finding, finding.cost, tuple(range(len(finding.sites))))
    return Charged(finding, finding.cost - entry.cost)


def gated_costs(measured: Measurement) -> dict[str, int]:
    """What each rule's findings cost that can fail a check."""
    return {
        rule: sum(finding.cost for finding in score.findings if finding.gated)
        for rule, score in measured.scores.items()
        if SCORERS[rule].gated
    }


def over_recorded(baseline: Baseline, measured: Measurement, rules: Collection[str]) -> dict[str, int]:
    """By how much each of these rules is over its recorded total; a rule that was never recorded has none."""
    now = gated_costs(measured)
    rises = {rule: now.get(rule, 0) - baseline.costs[rule] for rule in sorted(rules) if rule in baseline.costs}
    return {rule: rise for rule, rise in rises.items() if rise > 0}


def _entry(finding: Finding) -> Entry:
    path = finding.sites[0].path if finding.sites else ""
    return Entry(finding.rule, finding.cost, path, tuple(sorted({site.symbol for site in finding.sites})))


def _read(entry: Any) -> Entry:
    symbols = tuple(str(symbol) for symbol in entry["symbols"])
    return Entry(str(entry["rule"]), int(entry["cost"]), str(entry["path"]), symbols)


def _left_out(found: Discovery) -> dict[str, str]:
    """What a folder holds that is not judged for what it is, and why; its name alone would not leave it out."""
    return {
        one.path: one.reason
        for one in found.skipped
        if not one.reason.startswith("excluded by ")
        and exclusion(one.path if one.path.endswith(".py") else f"{one.path}/any.py") is None
    }


def _allowance(recorded: Any) -> Allowance:
    path, symbol, rule, reason, code, whole = map(str, recorded)
    return Allowance(path, 0, rule, reason, 0, 0, symbol, code, whole)


def _settings(table: Any, place: str) -> Settings:
    """The settings that a baseline records. Raises `ConfigError` for any that it does not."""
    if strange := sorted(table.keys() - {*map(key_of, HELD)}):
        raise ConfigError(unknown(f"{place}: settings", strange[0], map(key_of, HELD)))
    return of_table(table, place, Path())


def _table(settings: Settings) -> dict[str, Any]:
    budgets = {rule: [one.base, one.per_line] for rule, one in sorted(settings.budgets.items())}
    return {key_of(name): budgets if name == "budgets" else getattr(settings, name) for name in HELD}
