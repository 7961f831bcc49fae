"""The `lint` gate: ruff finds nothing in the changed files that it did not find before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from guardloop.benches import Benches
from guardloop.judgement import Candidate, GateResult, Outcome
from metrics.scorer import ScorerError
from metrics.source import SourceTree
from metrics.tools import ruff
from metrics.tools.complaint import Complaint


class Lint:
    """Findings are counted per rule over all changed files: moving one is free, renaming one adds none."""

    name = "lint"

    def __init__(self, benches: Benches) -> None:
        self._benches = benches
        self._isolated = False
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
            before = self._complaints({}, [path for path in changed if path in candidate.before.texts])
            texts = {path: candidate.after.texts.get(path) for path in changed}
            after = self._complaints(texts, [path for path, text in texts.items() if text is not None])
        except ScorerError as error:
            return GateResult(self.name, Outcome.ERRORED, str(error))
        reason = first_new(before, after)
        return GateResult(self.name, Outcome.FAILED if reason else Outcome.PASSED, reason)

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
