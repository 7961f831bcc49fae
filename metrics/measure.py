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
from metrics.facts import Facts, UnparsableError, gather, packed, parse, unpacked
from metrics.index import Index
from metrics.scorer import Finding, Score, Scorer, ScorerError, Site, worst_first
from metrics.scorers import SCORERS, TOOL_RULES
from metrics.source import SourceTree, Unparsed
from metrics.touched import keys_of

_REMEMBERED_TEXTS = 20_000
_REMEMBERED_TREES = 64


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
        return worst_first(finding for score in self.scores.values() for finding in score.findings)


def default_rules() -> tuple[str, ...]:
    """The rules measured where none is named: all that run no other program."""
    return tuple(rule for rule in SCORERS if rule not in TOOL_RULES)


def measure(
    tree: SourceTree,
    rules: Sequence[str] | None = None,
    cache: Cache | None = None,
    disregarded: Collection[Allowance] = (),
    among: Sequence[str] | None = None,
) -> Measurement:
    """Score a tree by these rules (by default all that need no other program), without what its comments allow.

    Facts of files and scores of trees are remembered in memory by content, so that measuring a tree again with one
    file changed parses one file; `cache` keeps them between runs, for all rules that are measured `among` the same
    ones (by default, among themselves). Comments that are `disregarded` allow nothing.
    Raises `KeyError` for an unknown rule.
    """
    measured = _all_measured(tree, rules, among, cache)
    allowances = [one for one in allowances_of(tree.texts) if one not in disregarded]
    if not allowances:
        return measured
    scores, suppression = suppressed(measured.scores, allowances, SCORERS)
    return replace(measured, scores=scores, suppression=suppression)


def read_files(
    texts: Mapping[str, str], rules: Sequence[str], cache: Cache | None
) -> tuple[dict[str, Facts], tuple[Unparsed, ...]]:
    """The facts of some files of a tree that is measured among these rules, and those that cannot be read."""
    with _no_collection():
        return _read_all(texts, _own(rules), cache)


def known_keys(tree: SourceTree, rules: Sequence[str], cache: Cache | None) -> dict[str, Any]:
    """What `keys_of` makes of the facts of a tree that is measured among these rules, kept as its scores are."""
    family = _own(rules)
    key = _place_of_keys(tree, family)
    known: dict[str, Any] | None = _answers.get(key)
    if known is None and cache is not None:
        known = cache.load(key)
    if known is None:
        with _no_collection():
            known = keys_of(_read_all(tree.texts, family, cache)[0].values())
        keep_keys(tree, rules, cache, known)
    _answers.put(key, known)
    return known


def keep_keys(tree: SourceTree, rules: Sequence[str], cache: Cache | None, known: Mapping[str, Any]) -> None:
    """Let `known_keys` find what somebody else knows of a tree."""
    if cache is not None:
        _store(cache, {_place_of_keys(tree, _own(rules)): dict(known)})


def _place_of_keys(tree: SourceTree, family: Mapping[str, Scorer]) -> str:
    return digest("keys", _versions(family), tree.digest)


def _own(rules: Sequence[str]) -> dict[str, Scorer]:
    return {rule: SCORERS[rule] for rule in rules if rule not in TOOL_RULES}


def _all_measured(
    tree: SourceTree, rules: Sequence[str] | None, among: Sequence[str] | None, cache: Cache | None
) -> Measurement:
    scorers = {rule: SCORERS[rule] for rule in (default_rules() if rules is None else rules)}
    own = _own([*scorers])
    with _no_collection():
        measured = _remembered(tree, own, own if among is None else _own(among), cache)
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


@dataclass
class _Answer:
    """What is known of a tree: its scores, as far as they were asked for."""

    scores: dict[str, Score] = field(default_factory=dict)
    overview: tuple[tuple[Unparsed, ...], int] | None = None
    """Files that cannot be read, and code lines."""

    def restore(self, plain: Mapping[str, Any], rules: Mapping[str, str]) -> None:
        """Take over what was stored under the keys of these rules, the overview under that of no rule."""
        for rule, key in rules.items():
            if key in plain and rule:
                self.scores[rule] = Score(rule, tuple(map(_finding, plain[key])))
            elif key in plain:
                unparsed, lines = plain[key]
                self.overview = tuple(Unparsed(*one) for one in unparsed), lines

    def plain(self, rule: str) -> Any:
        """What `restore` reads."""
        if rule:
            return [_plain_finding(finding) for finding in self.scores[rule].findings]
        assert self.overview is not None
        return [astuple(one) for one in self.overview[0]], self.overview[1]


def _remembered(
    tree: SourceTree, scorers: Mapping[str, Scorer], family: Mapping[str, Scorer], cache: Cache | None
) -> Measurement:
    key = digest("measurement", _versions(family), tree.digest)
    known: _Answer = _answers.get(key) or _Answer()
    wanted = {rule: f"{key} {rule}" for rule in ("", *scorers) if rule not in known.scores}
    if len(wanted) > 1 and cache is not None:
        known.restore(cache.load_all(wanted.values()), wanted)
    missing = {rule: scorer for rule, scorer in scorers.items() if rule not in known.scores}
    if missing or known.overview is None:
        _complete(known, tree, missing, family, cache)
        if cache is not None:
            _store(cache, {wanted[rule]: known.plain(rule) for rule in ("", *missing)})
    _answers.put(key, known)
    unparsed, lines = known.overview or ((), 0)
    return Measurement({rule: known.scores[rule] for rule in scorers}, unparsed, len(tree.texts), lines)


def _complete(
    known: _Answer, tree: SourceTree, missing: Mapping[str, Scorer], family: Mapping[str, Scorer], cache: Cache | None
) -> None:
    files, unparsed = _read_all(tree.texts, family, cache)
    known.overview = unparsed, sum(facts.lines for facts in files.values())
    index = Index(files, tree)
    known.scores |= {rule: scorer.score(index) for rule, scorer in missing.items()}


def _read_all(
    texts: Mapping[str, str], scorers: Mapping[str, Scorer], cache: Cache | None
) -> tuple[dict[str, Facts], tuple[Unparsed, ...]]:
    files: dict[str, Facts] = {}
    unparsed: list[Unparsed] = []
    for path, found in _facts(texts, scorers, cache):
        if isinstance(found, Facts):
            files[path] = found
        else:
            unparsed.append(Unparsed(path, *found))
    return files, tuple(sorted(unparsed))


def _facts(
    texts: Mapping[str, str], scorers: Mapping[str, Scorer], cache: Cache | None
) -> Iterator[tuple[str, Facts | tuple[int, str]]]:
    """Each file's facts: from memory, from the cache, or from its text."""
    versions = _versions(scorers)
    keys = {path: digest(versions, text) for path, text in texts.items()}
    known = {key: facts for key in keys.values() if (facts := _facts_of_texts.get(key)) is not None}
    if cache is not None:
        stored = cache.load_all(sorted(set(keys.values()).difference(known)))
        known |= {key: unpacked(plain) for key, plain in stored.items()}
    read: dict[str, Facts | tuple[int, str]] = {}
    for path, key in keys.items():
        if key not in known:
            known[key] = read[key] = _read(texts[path], scorers)
        _facts_of_texts.put(key, known[key])
        yield path, known[key]
    if cache is not None and read:
        with _plain_only():
            plain = {key: packed(facts) for key, facts in read.items()}
        _store(cache, plain)


def _read(text: str, scorers: Mapping[str, Scorer]) -> Facts | tuple[int, str]:
    """The facts of one text, or the line and message of what keeps it from being parsed."""
    try:
        return gather(parse(text), scorers)
    except UnparsableError as error:
        return error.line, str(error)


def _plain_finding(finding: Finding) -> dict[str, Any]:
    return {**vars(finding), "sites": [vars(site) for site in finding.sites]}


def _finding(plain: dict[str, Any]) -> Finding:
    return Finding(**{**plain, "sites": tuple(Site(**site) for site in plain["sites"])})


def _store(cache: Cache, values: Mapping[str, Any]) -> None:
    with _plain_only():
        cache.store_all(values)


@contextmanager
def _plain_only() -> Iterator[None]:
    try:
        yield
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
