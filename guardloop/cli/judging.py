"""The commands that measure and judge, and write nothing but what they are told to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guardloop.cli.options import (
    CheckFormat,
    ConfigOption,
    ExcludeOption,
    Paths,
    RuleOption,
    ScoreFormat,
    VerboseOption,
    given,
)

app = typer.Typer()


@app.command()
def score(
    paths: Paths = None,
    format: Annotated[ScoreFormat | None, typer.Option("--format", help="Default: text.")] = None,
    rule: RuleOption = None,
    exclude: ExcludeOption = None,
    trend: Annotated[
        int | None, typer.Option("--trend", metavar="N", min=2, help="Measure N commits of the history as well.")
    ] = None,
    verbose: VerboseOption = None,
    config: ConfigOption = None,
) -> None:
    """Print the costs of the tree as it stands: the worst sources of complexity, ranked."""
    from guardloop.commands.score import score as run
    from guardloop.target import Target

    options = given(format=format, rule=rule, exclude=exclude, trend=trend, verbose=verbose)
    typer.echo(run(Target.locate(paths or (), config, **options)))


@app.command()
def check(
    paths: Paths = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="REV", help="Judge the work tree against its merge base with REV."),
    ] = None,
    staged: Annotated[bool | None, typer.Option("--staged", help="Judge what is staged against HEAD.")] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Judge the tree against what FILE accepts.")
    ] = None,
    format: Annotated[CheckFormat | None, typer.Option("--format", help="Default: text.")] = None,
    rule: RuleOption = None,
    exclude: ExcludeOption = None,
    verbose: VerboseOption = None,
    config: ConfigOption = None,
) -> None:
    """Judge what a change adds against its budget: exit 0 within, 1 over, 2 could not tell.

    Without --against, --staged or --baseline, the work tree is judged against HEAD. The whole project is measured;
    only what the change adds in PATHs is charged. Budgets, rules and exclusions are those of [tool.guardloop] before
    the change: a change cannot move the bar that it is judged by.

    A comment `# guardloop: allow[RULE] reason` accepts the findings of its statement, or of its function or class at
    the head of one. One that the change adds does not hold, unless allow-suppressions was set before the change.
    """
    from guardloop.commands.check import check as run
    from guardloop.target import Target

    if (against is not None) + bool(staged) + (baseline is not None) > 1:
        raise typer.BadParameter("--against, --staged and --baseline exclude each other")
    baseline = baseline.absolute() if baseline is not None else None
    options = given(against=against, staged=staged, baseline=baseline)
    options |= given(format=format, rule=rule, exclude=exclude, verbose=verbose)
    text, code = run(Target.locate(paths or (), config, **options))
    typer.echo(text)
    raise typer.Exit(code)


@app.command()
def baseline(
    paths: Paths = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Default: guardloop-baseline.json at the root."),
    ] = None,
    rule: RuleOption = None,
    exclude: ExcludeOption = None,
    config: ConfigOption = None,
) -> None:
    """Write down what the tree costs, for `check --baseline` and for ratchets; nothing else ever writes that file."""
    from guardloop.commands.baseline import baseline as run
    from guardloop.target import Target

    options = given(baseline=output.absolute() if output is not None else None, rule=rule, exclude=exclude)
    typer.echo(run(Target.locate(paths or (), config, **options)))


@app.command()
def explain(rule: Annotated[str, typer.Argument(metavar="RULE")]) -> None:
    """Print a rule's own documentation: what it counts, why, and what it does not see."""
    from guardloop.commands.explain import explain as run

    typer.echo(run(rule))
