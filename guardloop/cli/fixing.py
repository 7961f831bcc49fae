"""The commands that propose changes, and those that put changes through the gates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guardloop.cli.options import (
    ConfigOption,
    ExcludeOption,
    Format,
    FormatOption,
    Paths,
    PythonOption,
    RuleOption,
    SecondsOption,
    SeedOption,
    TestsOption,
    given,
)

app = typer.Typer()


@app.command()
def fix(
    paths: Paths = None,
    format: FormatOption = None,
    rule: RuleOption = None,
    exclude: ExcludeOption = None,
    config: ConfigOption = None,
    engine: Annotated[
        str | None,
        typer.Option("--engine", metavar="NAME[:CHECKPOINT]", help="Who proposes; default: nano, the embedded model."),
    ] = None,
    tests: TestsOption = None,
    target_python: PythonOption = None,
    candidates: Annotated[
        int | None, typer.Option("--candidates", metavar="N", min=1, help="Most candidates for a finding; default: 8.")
    ] = None,
    seconds: SecondsOption = None,
    seed: SeedOption = None,
    diff: Annotated[bool | None, typer.Option("--diff", help="Print the patch, write nothing.")] = None,
    audit: Annotated[
        Path | None, typer.Option("--audit", metavar="FILE", help="The audit log; default: in .guardloop/runs.")
    ] = None,
    max_accepted: Annotated[
        int | None, typer.Option("--max-accepted", metavar="N", min=1, help="Stop after so many patches.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="Gates that run beside each other; default: 2.")
    ] = None,
    allow_dirty: Annotated[
        bool | None, typer.Option("--allow-dirty", help="Work on a tree with changes that are not in git.")
    ] = None,
    verbose: Annotated[
        bool | None, typer.Option("--verbose", "-v", help="Show what the engine drafts, and how its members fare.")
    ] = None,
) -> None:
    """Propose, verify, accept or propose again, until nothing is left to try."""
    from guardloop.commands.fix import fix as run
    from guardloop.target import Target

    options = given(format=format, rule=rule, exclude=exclude, engine=engine, tests=tests, target_python=target_python)
    options |= given(candidates=candidates, seconds=seconds, seed=seed, diff=diff, audit=audit)
    options |= given(max_accepted=max_accepted, jobs=jobs, allow_dirty=allow_dirty, verbose=verbose)
    raise typer.Exit(run(Target.locate(paths or (), config, mends=True, **options)))


@app.command()
def verify(
    before: Annotated[Path, typer.Option("--before", metavar="DIR", help="The tree as it was.")],
    after: Annotated[Path, typer.Option("--after", metavar="DIR", help="The tree with the change.")],
    format: FormatOption = None,
    rule: RuleOption = None,
    exclude: ExcludeOption = None,
    config: ConfigOption = None,
    tests: TestsOption = None,
    no_tests: Annotated[bool, typer.Option("--no-tests", help="Judge without the tests.")] = False,
    target_python: PythonOption = None,
    seconds: SecondsOption = None,
    seed: SeedOption = None,
) -> None:
    """Judge one given change with the gates of `fix`; nothing is proposed, nothing is written into either tree."""
    from guardloop.commands.verify import verify as run
    from guardloop.target import Target

    if tests is not None and no_tests:
        raise typer.BadParameter("--tests and --no-tests exclude each other")
    options = given(format=format, rule=rule, exclude=exclude, tests=tests, target_python=target_python)
    options |= given(seconds=seconds, seed=seed)
    raise typer.Exit(run(Target.locate((before,), config, root=before, **options), after, with_tests=not no_tests))


@app.command()
def log(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An audit log of `fix`.")],
    rejudge: Annotated[
        bool, typer.Option("--rejudge", help="Judge every candidate again from the log and git; no model is needed.")
    ] = False,
    format: FormatOption = None,
    target_python: PythonOption = None,
) -> None:
    """Read an audit log."""
    from guardloop.commands.log import log as run

    raise typer.Exit(run(file, rejudge=rejudge, format=format or Format.TEXT, target_python=target_python))
