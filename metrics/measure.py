"""Judge a tree: parse what is new, take the rest from memory or the cache, and let every scorer add up its costs."""

from __future__ import annotations

import gc
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from metrics.cache import Cache, digest
from metrics.facts import Facts, UnparsableError, gather, parse
from metrics.index import Index
from metrics.scorer import Finding, Score, Scorer, ScorerError, Site
from metrics.scorers import SCORERS, TOOL_RULES
from metrics.source import SourceTree, Unparsed

_REMEMBERED_FILES = 20_000
_REMEMBERED_SCORES = 64


@dataclass(frozen=True)
class Measurement:
    """The scores of a tree by rule, and what of it could not be judged. `lines` are code lines."""

    scores: Mapping[str, Score]
    unparsed: tuple[Unparsed, ...]
    files: int
    lines: int

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


def measure(tree: SourceTree, rules: Sequence[str] | None = None, cache: Cache | None = None) -> Measurement:
    """Score a tree by these rules (by default all that need no other program).

    Facts and scores are remembered in memory by content, so that measuring a tree again with one file changed parses
    one file; `cache` keeps them between runs. Raises `KeyError` for an unknown rule.
    """
    scorers = {rule: SCORERS[rule] for rule in (default_rules() if rules is None else rules)}
    files, unparsed = _facts(tree, scorers, cache)
    index = Index(files, tree)
    scores = {rule: _score(scorer, index, cache) for rule, scorer in scorers.items()}
    lines = sum(facts.lines for facts in files.values())
    return Measurement(scores, tuple(sorted(unparsed)), len(tree.texts), lines)


class Memory:
    """The most recently used values by key, at most `limit` of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: str, value: Any) -> None:
        self._values[key] = value
        if len(self._values) > self._limit:
            self._values.popitem(last=False)


_files = Memory(_REMEMBERED_FILES)
_scores = Memory(_REMEMBERED_SCORES)


def _facts(
    tree: SourceTree, scorers: Mapping[str, Scorer], cache: Cache | None
) -> tuple[dict[str, Facts], list[Unparsed]]:
    versions = _versions(scorers)
    files: dict[str, Facts] = {}
    unparsed: list[Unparsed] = []
    wrote = False
    with _no_collection():
        for path, text in tree.texts.items():
            key = digest(versions, text)
            known = _files.get(key) or (cache.load(key) if cache else None)
            if known is None:
                known = _file_facts(text, scorers)
                if cache:
                    _store(cache, key, known)
                    wrote = True
            _files.put(key, known)
            if known[0] == "unparsed":
                unparsed.append(Unparsed(path, known[1], known[2]))
            else:
                files[path] = Facts(known[1], known[2])
    if cache and wrote:
        cache.prune()
    return files, unparsed


def _file_facts(text: str, scorers: Mapping[str, Scorer]) -> tuple[Any, ...]:
    try:
        facts = gather(parse(text), scorers)
    except UnparsableError as error:
        return "unparsed", error.line, str(error)
    return "facts", facts.lines, dict(facts.rules)


def _score(scorer: Scorer, index: Index, cache: Cache | None) -> Score:
    if scorer.rule in TOOL_RULES:
        return scorer.score(index)
    key = digest("score", _versions({scorer.rule: scorer}), index.tree.digest)
    known = _scores.get(key)
    if known is None and cache is not None:
        known = _score_from(scorer.rule, cache.load(key))
    if known is None:
        known = scorer.score(index)
        if cache is not None:
            _store(cache, key, [asdict(finding) for finding in known.findings])
    _scores.put(key, known)
    return known


def _score_from(rule: str, stored: Any) -> Score | None:
    if stored is None:
        return None
    findings = (Finding(**{**plain, "sites": tuple(Site(**site) for site in plain["sites"])}) for plain in stored)
    return Score(rule, tuple(findings))


def _store(cache: Cache, key: str, value: Any) -> None:
    try:
        cache.store(key, value)
    except ValueError as error:
        raise ScorerError("facts and evidence must be plain values (tuples, lists, dicts, numbers, text)") from error


def _versions(scorers: Mapping[str, Scorer]) -> str:
    rules = ",".join(f"{rule}={scorers[rule].version}" for rule in sorted(scorers))
    return f"{sys.version_info[0]}.{sys.version_info[1]} {rules}"


@contextmanager
def _no_collection() -> Iterator[None]:
    """Parsing allocates trees that hold no garbage; looking for it takes half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
