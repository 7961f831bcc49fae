"""The loop: findings become sketches, engines fill them, gates judge, and only what passed is written.

`score` and `check` answer in Python what the commands of these names print:

    scored = guardloop.score(["src"])
    print(scored.costs["duplication"], scored.findings[0].message)

Their answers are frozen values. What kept guardloop from answering is raised, as one of `guardloop.errors`.
"""

# Both functions import what they need when they are called, so that `import guardloop` costs nothing; and no module
# of this package may be named `score` or `check`, because importing it would take the function's place.

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardloop.scored import Scored

__version__ = "0.1.0"
__all__ = ["__version__", "score"]

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
