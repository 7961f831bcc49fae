"""The command line: what can be asked, and nothing of how it is answered, so that it starts in a blink."""

from __future__ import annotations

from typing import Annotated

import typer

from guardloop.cli import agents, engines, fixing, judging

app = typer.Typer(
    name="guardloop",
    help="A code-quality guardrail loop for Python: generate, then verify.",
    add_completion=False,
    no_args_is_help=True,
    # The plain renderer starts four times as fast, and its errors are one line.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for group in (judging, fixing, engines, agents):
    app.add_typer(group.app)


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
