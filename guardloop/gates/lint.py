"""The `lint` gate: ruff finds nothing in the changed files that it did not find before."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence

from guardloop.benches import Benches
from guardloop.judgement import Candidate, GateResult, Outcome
from metrics.scorer import ScorerError
from metrics.source import SourceTree
from metrics.tools import ruff
from metrics.tools.complaint import Complaint

_REMEMBERED = 128


class Lint:
    """Findings are counted per rule over all changed files: moving one is free, renaming one adds none."""

    name = "lint"

    def __init__(self, benches: Benches) -> None:
        self._benches = benches
        self._isolated = False
        self._known: OrderedDict[str, list[Complaint]] = OrderedDict()
        self.notes: tuple[str, ...] = ()

    def prepare(self, tree: SourceTree) -> None:
        """Find out whether ruff bears the project's configuration; without it if not."""
        paths = sorted(tree.texts)[:1]
        try:
            self._complaints({}, paths)
        except ScorerError as error:
            self._isolated = True
            self._complaints({}, paths)
            self.notes = (f"lint: without the project's configuration ({error})",)

    def check(self, candidate: Candidate) -> GateResult:
        """Compare the counts of both versions of the changed files."""
        changed = candidate.changed
        try:
            before = self._of(candidate.before, changed, {})
            after = self._of(candidate.after, changed, {path: candidate.after.texts.get(path) for path in changed})
        except ScorerError as error:
            return GateResult(self.name, Outcome.ERRORED, str(error))
        reason = first_new(before, after)
        return GateResult(self.name, Outcome.FAILED if reason else Outcome.PASSED, reason)

    def _of(self, tree: SourceTree, paths: Sequence[str], changes: dict[str, str | None]) -> list[Complaint]:
        """Those of a tree's files; remembered, because what one candidate changes the next one changes too."""
        key = "\0".join((tree.digest, *paths))
        known = self._known.get(key)
        if known is None:
            known = self._complaints(changes, [path for path in paths if path in tree.texts])
            self._known[key] = known
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def _complaints(self, changes: dict[str, str | None], paths: list[str]) -> list[Complaint]:
        with self._benches.bench(changes) as bench:
            return ruff.check(paths, bench.root, bench.answer, bench.execute, isolated=self._isolated)


def first_new(before: Iterable[Complaint], after: Iterable[Complaint]) -> str:
    """The first complaint of a code that there are more of than before, else empty."""
    counts, known = Counter(complaint.code for complaint in before), list(after)
    more = Counter(complaint.code for complaint in known) - counts
    messages = {(complaint.code, complaint.message) for complaint in before}
    fresh = [complaint for complaint in known if more[complaint.code]]
    unseen = [complaint for complaint in fresh if (complaint.code, complaint.message) not in messages]
    return next((f"{c.path}:{c.line}: {c.code} {c.message}" for c in unseen or fresh), "")
