"""The loop: findings become sketches, engines fill them, gates judge, and only what passed is written.

`score` and `check` answer in Python what the commands of these names print:

    scored = guardloop.score(["src"])
    print(scored.costs["duplication"], [finding.message for finding in scored.findings])
    checked = guardloop.check(["src"], against="main")
    print(checked.verdict, checked.excess)

Their answers are frozen values. What kept guardloop from answering is raised, as one of `guardloop.errors`.
"""

# Both functions import what they need when they are called, so that `import guardloop` costs nothing; and no module
# of this package may be named `score` or `check`, because importing it would take the function's place.

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardloop.checked import Checked
    from guardloop.scored import Scored

__version__ = "0.1.0"
__all__ = ["__version__", "check", "score"]

_Path = str | PathLike[str]


def score(
    paths: Sequence[_Path] = (),
    *,
    rules: Sequence[str] = (),
    exclude: Sequence[str] = (),
    config: _Path | None = None,
) -> Scored:
    """Measure files and folders of one project as they stand; by default the working directory.

    `rules`, `exclude` and `config` are the options `--rule`, `--exclude` and `--config`: `[tool.guardloop]` of the
    project holds where they are not given. Raises `TargetError` for paths that cannot be judged, `ConfigError` for
    rules or settings that do not exist.
    """
    from guardloop.scored import Scored
    from guardloop.target import Target

    return Scored.of(Target.named_by(paths, config, rule=tuple(rules), exclude=tuple(exclude)))


def check(
    paths: Sequence[_Path] = (),
    *,
    against: str | None = None,
    staged: bool = False,
    baseline: _Path | None = None,
    rules: Sequence[str] = (),
    exclude: Sequence[str] = (),
    config: _Path | None = None,
) -> Checked:
    """Judge what a change adds in files and folders of one project; by default in the working directory.

    The change is what is `staged`, or what the work tree holds beyond its merge base with the revision `against`, or
    beyond what the file `baseline` accepts; where none of them is given, here or in the project's settings, what the
    work tree holds beyond HEAD. The verdict is `within`, `over` or `unknown`, and `unknown` is never a pass.
    Raises as `score` does, and `RevisionError` where git cannot tell.
    """
    from pathlib import Path

    from guardloop.checking.judge import check as judge
    from guardloop.errors import ConfigError
    from guardloop.target import Target

    if (against is not None) + staged + (baseline is not None) > 1:
        raise ConfigError("check: against, staged and baseline exclude each other")
    options = {"against": against, "staged": staged or None, "rule": tuple(rules), "exclude": tuple(exclude)}
    recorded = Path(baseline).absolute() if baseline is not None else None
    return judge(Target.named_by(paths, config, baseline=recorded, **options))
