"""The options that several commands share, and the formats of their answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer


class Format(StrEnum):
    """How the answer is written to stdout."""

    TEXT = "text"
    JSON = "json"


class ScoreFormat(StrEnum):
    """How the costs of a tree are written to stdout."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    HTML = "html"


class CheckFormat(StrEnum):
    """How a judged change is written to stdout."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"


Paths = Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="Files or folders; default: here.")]
FormatOption = Annotated[Format | None, typer.Option("--format", help="Default: text.")]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Read [tool.guardloop] from this file.")
]
RuleOption = Annotated[list[str] | None, typer.Option("--rule", metavar="NAME", help="Only this rule (repeatable).")]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Leave these paths out as well (repeatable).")
]
TestsOption = Annotated[
    str | None, typer.Option("--tests", metavar="CMD", help="How the tests run; default: found from the project.")
]
PythonOption = Annotated[
    Path | None,
    typer.Option(
        "--target-python",
        metavar="PATH",
        help="The interpreter with the project's dependencies; default: its virtual environment, else PATH.",
    ),
]
SecondsOption = Annotated[
    float | None, typer.Option("--seconds", metavar="S", min=1.0, help="For the whole run; default: 600.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Default: 0.")]
VerboseOption = Annotated[bool | None, typer.Option("--verbose", "-v", help="Show everything, information included.")]


def given(**options: Any) -> dict[str, Any]:
    """Options as the settings hold them; None stands for one that was not given."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
