"""The commands that agents and their hooks call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def mcp(
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="What to judge; default: here.")] = Path("."),
) -> None:
    """Serve `score`, `check` and `explain` to an agent that speaks the Model Context Protocol, on stdin and stdout."""
    from guardloop.commands.mcp import mcp as run

    run(root)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def hook(context: typer.Context) -> None:
    """Answer the hook of a coding agent, whose event comes on stdin.

    Exit 0 and silence for a change within budget, 2 and feedback on stderr for one over it, 1 for what could not be
    judged: agents show that to the user and go on.
    """
    import sys

    from guardloop.commands.hook import hook as run

    said = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    answer = run(context.args, said.decode("utf-8", "surrogateescape"))
    if answer.text:
        typer.echo(answer.text, err=True)
    raise typer.Exit(answer.code)
