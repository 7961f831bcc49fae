"""The command line: what can be asked, and nothing of how it is answered, so that it starts in a blink."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="guardloop",
    help="A code-quality guardrail loop for Python: generate, then verify.",
    add_completion=False,
    no_args_is_help=True,
    # The plain renderer starts four times as fast, and its errors are one line.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How the answer is written to stdout."""

    TEXT = "text"
    JSON = "json"


Paths = Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files or folders; default: here.")]
FormatOption = Annotated[Format | None, typer.Option("--format", help="Default: text.")]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Read [tool.guardloop] from this file.")
]
RuleOption = Annotated[list[str] | None, typer.Option("--rule", metavar="NAME", help="Only this rule (repeatable).")]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Leave these paths out as well (repeatable).")
]
VerboseOption = Annotated[bool | None, typer.Option("--verbose", help="Show everything, information included.")]


def _version(wanted: bool) -> None:
    if wanted:
        from guardloop import __version__

        typer.echo(f"guardloop {__version__}")
        raise typer.Exit


@app.callback()
def guardloop(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A code-quality guardrail loop for Python: generate, then verify."""


@app.command()
def score(
    paths: Paths = None,
    format: FormatOption = None,
    rule: RuleOption = None,
    exclude: ExcludeOption = None,
    verbose: VerboseOption = None,
    config: ConfigOption = None,
) -> None:
    """Print the costs of the tree as it stands: the worst sources of complexity, ranked."""
    from guardloop.commands.score import score as run
    from guardloop.target import Target

    target = Target.locate(
        paths or (), config, format=format, rule=tuple(rule or ()), exclude=tuple(exclude or ()), verbose=verbose
    )
    typer.echo(run(target))
