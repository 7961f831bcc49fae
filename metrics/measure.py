"""Judge a tree: parse what is new, take the rest from memory or the cache, and let every scorer add up its costs."""

from __future__ import annotations

import gc
import os
import sys
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from functools import lru_cache
from typing import Any

from metrics.allowances import Allowance, Suppression, allowances_of, suppressed
from metrics.cache import Cache, digest
from metrics.facts import Facts, UnparsableError, gather, parse
from metrics.index import Index
from metrics.scorer import Finding, Score, Scorer, ScorerError, Site
from metrics.scorers import SCORERS, TOOL_RULES
from metrics.source import SourceTree, Unparsed

_REMEMBERED_TEXTS = 20_000
_REMEMBERED_TREES = 64
_PARSED, _UNPARSED = 1, 0


@dataclass(frozen=True)
class Measurement:
    """The scores of a tree by rule, and what of it could not be judged. `lines` are code lines."""

    scores: Mapping[str, Score]
    unparsed: tuple[Unparsed, ...]
    files: int
    lines: int
    suppression: Suppression = field(default_factory=Suppression)
    """What comments allow; it is in no score."""

    @property
    def costs(self) -> dict[str, int]:
        """Each rule's cost."""
        return {rule: score.cost for rule, score in self.scores.items()}

    @property
    def findings(self) -> list[Finding]:
        """The findings of all rules: highest cost first, then by id."""
        found = [finding for score in self.scores.values() for finding in score.findings]
        return sorted(found, key=lambda finding: (-finding.cost, finding.id))


def default_rules() -> tuple[str, ...]:
    """The rules measured where none is named: all that run no other program."""
    return tuple(rule for rule in SCORERS if rule not in TOOL_RULES)


def measure(
    tree: SourceTree,
    rules: Sequence[str] | None = None,
    cache: Cache | None = None,
    disregarded: Collection[Allowance] = (),
) -> Measurement:
    """Score a tree by these rules (by default all that need no other program), without what its comments allow.

    Facts of files and answers for trees are remembered in memory by content, so that measuring a tree again with one
    file changed parses one file; `cache` keeps them between runs. Comments that are `disregarded` allow nothing.
    Raises `KeyError` for an unknown rule.
    """
    measured = _all_measured(tree, rules, cache)
    allowances = [one for one in allowances_of(tree.texts) if one not in disregarded]
    if not allowances:
        return measured
    scores, suppression = suppressed(measured.scores, allowances, SCORERS)
    return replace(measured, scores=scores, suppression=suppression)


def _all_measured(tree: SourceTree, rules: Sequence[str] | None, cache: Cache | None) -> Measurement:
    scorers = {rule: SCORERS[rule] for rule in (default_rules() if rules is None else rules)}
    own = {rule: scorer for rule, scorer in scorers.items() if rule not in TOOL_RULES}
    with _no_collection():
        measured = _remembered(tree, own, cache)
    if len(own) == len(scorers):
        return measured
    # What a tool says depends on more than the texts: its version, its configuration, what is installed.
    index = Index({}, tree)
    scores = {rule: measured.scores[rule] if rule in own else scorer.score(index) for rule, scorer in scorers.items()}
    return replace(measured, scores=scores)


class Memory:
    """The most recently used values by key, at most `limit` of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any | None:
        """The value under the key, or None."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: str, value: Any) -> None:
        """Remember a value, and forget the one used longest ago if there are too many."""
        self._values[key] = value
        if len(self._values) > self._limit:
            self._values.popitem(last=False)


_facts_of_texts = Memory(_REMEMBERED_TEXTS)
_answers = Memory(_REMEMBERED_TREES)


def _remembered(tree: SourceTree, scorers: Mapping[str, Scorer], cache: Cache | None) -> Measurement:
    key = digest("measurement", _versions(scorers), tree.digest)
    known: Measurement | None = _answers.get(key)
    if known is None and cache is not None:
        known = _restored(cache.load(key), scorers)
    if known is None:
        known = _measured(tree, scorers, cache)
        if cache is not None:
            _store(cache, {key: _plain(known)})
    _answers.put(key, known)
    return known


def _measured(tree: SourceTree, scorers: Mapping[str, Scorer], cache: Cache | None) -> Measurement:
    files: dict[str, Facts] = {}
    unparsed: list[Unparsed] = []
    for path, (kind, *content) in _facts(tree, scorers, cache):
        if kind == _UNPARSED:
            unparsed.append(Unparsed(path, *content))
        else:
            files[path] = Facts(*content)
    index = Index(files, tree)
    scores = {rule: scorer.score(index) for rule, scorer in scorers.items()}
    lines = sum(facts.lines for facts in files.values())
    return Measurement(scores, tuple(sorted(unparsed)), len(tree.texts), lines)


def _facts(
    tree: SourceTree, scorers: Mapping[str, Scorer], cache: Cache | None
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each file's facts: from memory, from the cache, or from its text."""
    versions = _versions(scorers)
    keys = {path: digest(versions, text) for path, text in tree.texts.items()}
    known = {key: facts for key in keys.values() if (facts := _facts_of_texts.get(key)) is not None}
    if cache is not None:
        known |= cache.load_all(sorted(set(keys.values()).difference(known)))
    read: dict[str, tuple[Any, ...]] = {}
    for path, key in keys.items():
        if key not in known:
            known[key] = read[key] = _read(tree.texts[path], scorers)
        _facts_of_texts.put(key, known[key])
        yield path, known[key]
    if cache is not None and read:
        _store(cache, read)


def _read(text: str, scorers: Mapping[str, Scorer]) -> tuple[Any, ...]:
    """Lines and facts by reading of one text, or the line and message of what keeps it from being parsed."""
    try:
        facts = gather(parse(text), scorers)
        return _PARSED, facts.lines, dict(facts.readings)
    except UnparsableError as error:
        return _UNPARSED, error.line, str(error)


def _plain(measured: Measurement) -> tuple[Any, ...]:
    scores = {rule: [_plain_finding(finding) for finding in score.findings] for rule, score in measured.scores.items()}
    return scores, [astuple(unparsed) for unparsed in measured.unparsed], measured.files, measured.lines


def _restored(plain: Any, scorers: Mapping[str, Scorer]) -> Measurement | None:
    if plain is None:
        return None
    scores, unparsed, files, lines = plain
    found = {rule: Score(rule, tuple(_finding(finding) for finding in scores[rule])) for rule in scorers}
    return Measurement(found, tuple(Unparsed(*one) for one in unparsed), files, lines)


def _plain_finding(finding: Finding) -> dict[str, Any]:
    return {**vars(finding), "sites": [vars(site) for site in finding.sites]}


def _finding(plain: dict[str, Any]) -> Finding:
    return Finding(**{**plain, "sites": tuple(Site(**site) for site in plain["sites"])})


def _store(cache: Cache, values: Mapping[str, Any]) -> None:
    try:
        cache.store_all(values)
    except ValueError as error:
        raise ScorerError("facts and evidence must be plain values (tuples, lists, dicts, numbers, text)") from error


def _versions(scorers: Mapping[str, Scorer]) -> str:
    rules = ",".join(f"{rule}={scorers[rule].version}" for rule in sorted(scorers))
    return f"{sys.version_info[0]}.{sys.version_info[1]} {_program()} {rules}"


@lru_cache
def _program() -> str:
    """What tells this program's code from another state of it, so that no answer outlives the code that gave it."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sources = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".py")]
    states = [(os.path.relpath(path, folder), os.stat(path)) for path in sorted(sources)]
    return digest(*(f"{path} {state.st_size} {state.st_mtime_ns}" for path, state in states))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Trees, facts and findings hold no garbage; looking for it takes half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
