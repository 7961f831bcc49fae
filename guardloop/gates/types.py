"""The `types` gate: mypy finds no error that it did not find before, in the changed files and all that use them."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from pathlib import Path

from guardloop.benches import Benches
from guardloop.errors import GuardloopError
from guardloop.judgement import Candidate, GateResult, Outcome
from metrics.scorer import ScorerError
from metrics.source import SourceTree
from metrics.tools import mypy
from metrics.tools.complaint import Complaint

_REMEMBERED = 32


class Types:
    """Errors are compared by code and message, without lines: moving one, within or between files, is free."""

    name = "types"

    def __init__(self, benches: Benches, python: Path) -> None:
        self._benches, self._python = benches, python
        self._approach: mypy.Approach | None = None
        self._known: OrderedDict[str, list[Complaint]] = OrderedDict()
        self.notes: tuple[str, ...] = ()

    def prepare(self, tree: SourceTree) -> None:
        """Find a way to call mypy that bears the untouched tree, and fill its cache.

        Raises `GuardloopError` when there is none.
        """
        tried = []
        with self._benches.bench({}) as bench:
            ways = mypy.approaches(bench.folder / "tree" / self._benches.prefix)
        for approach in ways:
            try:
                self._known[tree.digest] = self._complaints(tree, {}, approach)
            except ScorerError as error:
                tried.append(f"{approach.label}: {error}")
                continue
            self._approach = approach
            with self._benches.bench({}) as bench:
                self._benches.remember(bench)
            self.notes = (f"types: {approach.label} ({tried[0]})",) if tried else ()
            return
        raise GuardloopError(f"types: mypy cannot check the untouched tree ({'; '.join(tried)})")

    def check(self, candidate: Candidate) -> GateResult:
        """Compare the errors of both trees; those of a tree that was seen are remembered."""
        if self._approach is None:
            return GateResult(self.name, Outcome.ERRORED, "mypy was not prepared")
        try:
            before = self._of(candidate.before, {}, self._approach)
            changes = {path: candidate.after.texts.get(path) for path in candidate.changed}
            after = self._of(candidate.after, changes, self._approach)
        except ScorerError as error:
            return GateResult(self.name, Outcome.ERRORED, str(error))
        reason = first_new(before, after)
        return GateResult(self.name, Outcome.FAILED if reason else Outcome.PASSED, reason)

    def _of(self, tree: SourceTree, changes: dict[str, str | None], approach: mypy.Approach) -> list[Complaint]:
        known = self._known.get(tree.digest)
        if known is None:
            known = self._complaints(tree, changes, approach)
            self._known[tree.digest] = known
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def _complaints(self, tree: SourceTree, changes: dict[str, str | None], approach: mypy.Approach) -> list[Complaint]:
        with self._benches.bench(changes) as bench:
            return mypy.check(sorted(tree.texts), bench.root, bench.cache, self._python, bench.execute, approach)


def first_new(before: Iterable[Complaint], after: Iterable[Complaint]) -> str:
    """The first error whose code and message are met more often than before, else empty."""
    left = Counter((complaint.code, complaint.message) for complaint in before)
    for complaint in after:
        key = (complaint.code, complaint.message)
        left[key] -= 1
        if left[key] < 0:
            return f"{complaint.path}:{complaint.line}: {complaint.message} [{complaint.code}]"
    return ""
