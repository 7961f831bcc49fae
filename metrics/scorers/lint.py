"""What ruff finds under the project's own configuration: 1 for each complaint, one finding for each code and file.

Suppression comments suppress nothing here. Measured only where asked for, because it runs another program; information
only: `fix` and `verify` hold a change against it by a gate of its own, which wants no new complaint.

## Why it matters
A linter that the project chose says what the project does not want; a rewrite must not add to that.

## Known limits
Configuration above the root, and `extend` to files outside of it, is not seen: the tree is measured in a copy.

## References
The ruff rules, docs.astral.sh/ruff/rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metrics.facts import Module
from metrics.index import Index
from metrics.scorer import Score
from metrics.testing import Costs, Refuses, Rewards
from metrics.tools import ruff
from metrics.tools.complaint import Complaint, execute
from metrics.tools.counting import count


class Lint:
    """Counts ruff's complaints."""

    rule = reading = "lint"
    gated = False
    version = 1

    def facts(self, module: Module) -> None:
        """Nothing: the tool reads the files itself."""

    def score(self, index: Index) -> Score:
        """Run ruff over the tree."""
        return count(self.rule, index, _complaints)


def _complaints(paths: Sequence[str], folder: Path, own: Path) -> list[Complaint]:
    return ruff.check(paths, folder, own / "answer.json", execute)


EXAMPLES = (
    Costs("import os\nimport sys\n", {1: 2}),
    Rewards("import os\n", "import os\n\nprint(os.sep)\n"),
    Refuses("import os\n", "import os  # noqa\n"),
)
