"""What mypy finds under the project's own configuration: 1 for each error, one finding for each code and file.

Measured only where asked for, because it runs another program; information only: `fix` and `verify` hold a change
against it by a gate of its own, which wants no new error.

## Why it matters
Types are the cheapest proof that a rewrite fits its callers; an error more is a promise less.

## Known limits
The packages of the project's own environment are not seen: what it imports from them counts as untyped. Without a
configuration of mypy, functions without annotations are checked as well.

## References
The mypy error codes, mypy.readthedocs.io/en/stable/error_codes.html.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Score, ScorerError
from metrics.testing import Costs, Rewards
from metrics.tools import mypy
from metrics.tools.complaint import Complaint, execute
from metrics.tools.counting import count


class Types:
    """Counts mypy's errors."""

    rule = reading = "types"
    gated = False
    version = 1

    def facts(self, module: Module) -> None:
        """Nothing: the tool reads the files itself."""

    def score(self, index: Index) -> Score:
        """Run mypy over the tree."""
        return count(self.rule, index, _complaints)


def _complaints(paths: Sequence[str], folder: Path, own: Path) -> list[Complaint]:
    tried = []
    for approach in mypy.approaches(folder):
        try:
            found = mypy.check(paths, folder, _cache(), Path(sys.executable), execute, approach)
        except ScorerError as error:
            tried.append(f"{approach.label}: {error}")
            continue
        return [complaint for complaint in found if complaint.path in set(paths)]
    raise ScorerError("; ".join(tried))


@lru_cache(maxsize=1)
def _cache() -> Path:
    """One for the process: most of a run's time goes into types of the standard library, which stay the same."""
    folder = tempfile.mkdtemp(prefix="guardloop-mypy-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


EXAMPLES = (
    Costs('def f(n: int) -> str:\n    return n\n\n\nf("a")\n', {2: 1, 5: 1}),
    Rewards("def f(n: int) -> str:\n    return n\n", "def f(n: int) -> str:\n    return str(n)\n"),
)
