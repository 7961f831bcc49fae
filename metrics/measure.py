"""Judge a tree: parse what is new, take the rest from memory or the cache, and let every scorer add up its costs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from typing import Any

from metrics.allowances import Allowance, Suppression, allowances_in, suppressed
from metrics.cache import Cache, digest
from metrics.facts import Facts
from metrics.gathering import Gathered, Memory, gathered, plain_only, program
from metrics.index import Index, Near
from metrics.scorer import Finding, Score, Scorer, Site, worst_first
from metrics.scorers import SCORERS, TOOL_RULES
from metrics.source import SourceTree, Unparsed

_REMEMBERED_ANSWERS = 800


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


def default_rules(held: Collection[str] = ()) -> tuple[str, ...]:
    """The rules measured where none is named: all that run no other program, and those that are `held` to a budget."""
    return tuple(rule for rule in SCORERS if rule not in TOOL_RULES or rule in held)


def measure(
    tree: SourceTree,
    rules: Sequence[str] | None = None,
    cache: Cache | None = None,
    disregarded: Collection[Allowance] = (),
) -> Measurement:
    """Score a tree by these rules (by default all that need no other program), without what its comments allow.

    Facts of files and scores of trees are remembered in memory by content, so that measuring a tree again with one
    file changed parses one file; `cache` keeps them between runs. Comments that are `disregarded` allow nothing.
    Raises `KeyError` for an unknown rule.
    """
    scorers = {rule: SCORERS[rule] for rule in (default_rules() if rules is None else rules)}
    measured = _all_measured(tree, scorers, cache)
    allowances = [one for one in allowances_in(tree) if one not in disregarded]
    if not allowances:
        return measured
    scores, suppression = suppressed(measured.scores, allowances, SCORERS)
    return replace(measured, scores=scores, suppression=suppression)


def scores_near(tree: SourceTree, rules: Sequence[str], near: Near, cache: Cache | None) -> dict[str, Score]:
    """What `measure` scores a tree by these rules, as far as the findings have a site in lines that are near.

    What comments allow is among them as well. Rules that run another program have no part in this.
    """
    own = _own(rules)
    if not near.lines:
        return {rule: Score.of(rule, ()) for rule in own}
    with no_collection():
        answer = _Answers(tree, cache)
        if not answer.knows(own):
            answer = _Answers(tree, cache, near)
        return answer.scores(own)


def tool_scores(tree: SourceTree, rules: Iterable[str]) -> dict[str, Score]:
    """The scores by those of these rules that run another program, which always looks at the whole tree.

    They are not remembered: what a tool says depends on its version, its configuration and on what is installed.
    """
    index = Index({}, tree)
    return {rule: SCORERS[rule].score(index) for rule in rules if rule in TOOL_RULES}


def read_files(
    tree: SourceTree, paths: Collection[str], rules: Iterable[str], cache: Cache | None
) -> tuple[dict[str, Facts], tuple[Unparsed, ...]]:
    """What these rules need of some files of a tree, and which of those cannot be read."""
    with no_collection():
        return gathered(tree, _own(rules).values(), cache, paths)


def _own(rules: Iterable[str]) -> dict[str, Scorer]:
    return {rule: SCORERS[rule] for rule in rules if rule not in TOOL_RULES}


def _all_measured(tree: SourceTree, scorers: Mapping[str, Scorer], cache: Cache | None) -> Measurement:
    own = _own(scorers)
    with no_collection():
        answers = _Answers(tree, cache)
        unparsed, lines = answers.overview(own)
        scores = answers.scores(own)
    scores |= tool_scores(tree, scorers)
    return Measurement({rule: scores[rule] for rule in scorers}, unparsed, len(tree.texts), lines)


_answers = Memory(_REMEMBERED_ANSWERS)


class _Answers:
    """The scores of a tree, or of what is near some of its files: from memory, from the cache, or from the facts."""

    def __init__(self, tree: SourceTree, cache: Cache | None, near: Near | None = None) -> None:
        self._tree = tree
        self._cache = cache
        self._near = near
        self._files: dict[str, Facts] | None = None
        self._place = digest(tree.digest, *(("near", repr(sorted(near.lines.items()))) if near is not None else ()))

    def knows(self, scorers: Mapping[str, Scorer]) -> bool:
        """Whether nothing has to be judged."""
        return self._known(scorers).keys() == scorers.keys()

    def scores(self, scorers: Mapping[str, Scorer]) -> dict[str, Score]:
        """The score by each of these rules."""
        known = self._known(scorers)
        missing = {rule: scorer for rule, scorer in scorers.items() if rule not in known}
        if missing:
            files: Mapping[str, Facts] | None = self._files
            if files is None:
                files = Gathered(self._tree, missing.values(), self._cache)
            index = Index(files, self._tree, self._near)
            made = {rule: _near(scorer.score(index), index) for rule, scorer in missing.items()}
            self._keep({self._key(missing[rule]): score for rule, score in made.items()}, _plain_score)
            known |= made
        return {rule: known[rule] for rule in scorers}

    def overview(self, scorers: Mapping[str, Scorer]) -> tuple[tuple[Unparsed, ...], int]:
        """The files that one of these rules cannot read, and how many lines of code there are."""
        readings = sorted({f"{scorer.reading}={scorer.version}" for scorer in scorers.values()})
        key = digest("overview", program(), *readings, self._place)
        found = self._restored([key], _overview).get(key)
        if found is None:
            self._files, unparsed = gathered(self._tree, scorers.values(), self._cache)
            found = unparsed, sum(facts.lines for facts in self._files.values())
            self._keep({key: found}, _plain_overview)
        answer: tuple[tuple[Unparsed, ...], int] = found
        return answer

    def _known(self, scorers: Mapping[str, Scorer]) -> dict[str, Score]:
        rules = {self._key(scorer): rule for rule, scorer in scorers.items()}
        return {rules[key]: score for key, score in self._restored([*rules], _score).items()}

    def _key(self, scorer: Scorer) -> str:
        return digest("score", program(), scorer.rule, str(scorer.version), self._place)

    def _restored(self, keys: Sequence[str], restore: Callable[[Any], Any]) -> dict[str, Any]:
        known = {key: value for key in keys if (value := _answers.get(key)) is not None}
        missing = [key for key in keys if key not in known]
        if missing and self._cache is not None:
            for key, plain in self._cache.load_all(missing).items():
                known[key] = restore(plain)
                _answers.put(key, known[key])
        return known

    def _keep(self, answers: Mapping[str, Any], plain: Callable[[Any], Any]) -> None:
        for key, answer in answers.items():
            _answers.put(key, answer)
        if self._cache is not None:
            with plain_only():
                self._cache.store_all({key: plain(answer) for key, answer in answers.items()})


def _near(score: Score, index: Index) -> Score:
    """Without what is found elsewhere, of which only a part may be known."""
    if index.near is None:
        return score
    near = (one for one in score.findings if any(index.is_near(s.path, s.line, s.end_line) for s in one.sites))
    return replace(score, findings=tuple(near))


def _plain_score(score: Score) -> Any:
    found = [{**vars(finding), "sites": [vars(site) for site in finding.sites]} for finding in score.findings]
    return score.rule, found


def _score(plain: Any) -> Score:
    rule, found = plain
    return Score(rule, tuple(map(_finding, found)))


def _finding(plain: dict[str, Any]) -> Finding:
    return Finding(**{**plain, "sites": tuple(Site(**site) for site in plain["sites"])})


def _plain_overview(overview: tuple[tuple[Unparsed, ...], int]) -> Any:
    return [astuple(one) for one in overview[0]], overview[1]


def _overview(plain: Any) -> tuple[tuple[Unparsed, ...], int]:
    unparsed, lines = plain
    return tuple(Unparsed(*one) for one in unparsed), lines


@contextmanager
def no_collection() -> Iterator[None]:
    """Trees, facts and findings hold no garbage; looking for it takes half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
