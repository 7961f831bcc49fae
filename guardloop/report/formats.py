"""The formats of each answer, by name. What a format needs is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from guardloop.checked import Checked
from guardloop.report.colour import Paint
from guardloop.scored import Scored

if TYPE_CHECKING:
    from guardloop.trend import Point

ScoreFormat = Literal["text", "json", "sarif", "html"]
CheckFormat = Literal["text", "json", "sarif", "github", "markdown"]
SCORE_FORMATS: tuple[str, ...] = get_args(ScoreFormat)
CHECK_FORMATS: tuple[str, ...] = get_args(CheckFormat)
PLACED_FORMATS = frozenset({"sarif", "github"})
"""Those that say where the project lies in its repository."""


def rendered_score(
    scored: Scored,
    format: str,
    *,
    verbose: bool = False,
    folder: str = "",
    trend: Sequence[Point] = (),
    paint: Paint | None = None,
) -> str:
    """What `score` prints in this format; `folder` is where the project lies in its repository.

    SARIF has no place for a trend. Raises `KeyError` for a format that is none of `SCORE_FORMATS`.
    """
    match format:
        case "text":
            from guardloop.report.scoring import as_text

            return as_text(scored, trend, verbose=verbose, paint=paint)
        case "json":
            from guardloop.report.scoring import as_json

            return as_json(scored, trend)
        case "sarif":
            from guardloop.report.sarif import score_as_sarif

            return score_as_sarif(scored, folder)
        case "html":
            from guardloop.report.html.page import as_html

            return as_html(scored, trend)
    raise KeyError(format)


def rendered_check(
    checked: Checked, format: str, *, verbose: bool = False, folder: str = "", paint: Paint | None = None
) -> str:
    """What `check` prints in this format; `folder` is where the project lies in its repository.

    Raises `KeyError` for a format that is none of `CHECK_FORMATS`.
    """
    match format:
        case "text":
            from guardloop.report.checking import as_text

            return as_text(checked, verbose=verbose, paint=paint)
        case "json":
            from guardloop.report.checking import as_json

            return as_json(checked)
        case "sarif":
            from guardloop.report.sarif import check_as_sarif

            return check_as_sarif(checked, folder)
        case "github":
            from guardloop.report.github import as_github

            return as_github(checked, folder)
        case "markdown":
            from guardloop.report.markdown import as_markdown

            return as_markdown(checked)
    raise KeyError(format)
