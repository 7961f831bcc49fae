"""The command line: what can be asked, and nothing of how it is answered, so that it starts in a blink."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

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


def _given(**options: Any) -> dict[str, Any]:
    """Options as the settings hold them; None stands for one that was not given."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


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

    given = _given(format=format, rule=rule, exclude=exclude, trend=trend, verbose=verbose)
    typer.echo(run(Target.locate(paths or (), config, **given)))


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
    given = _given(against=against, staged=staged, baseline=baseline)
    given |= _given(format=format, rule=rule, exclude=exclude, verbose=verbose)
    text, code = run(Target.locate(paths or (), config, **given))
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

    given = _given(baseline=output.absolute() if output is not None else None, rule=rule, exclude=exclude)
    typer.echo(run(Target.locate(paths or (), config, **given)))


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

    given = _given(format=format, rule=rule, exclude=exclude, engine=engine, tests=tests, target_python=target_python)
    given |= _given(candidates=candidates, seconds=seconds, seed=seed, diff=diff, audit=audit)
    given |= _given(max_accepted=max_accepted, jobs=jobs, allow_dirty=allow_dirty, verbose=verbose)
    raise typer.Exit(run(Target.locate(paths or (), config, mends=True, **given)))


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
    given = _given(format=format, rule=rule, exclude=exclude, tests=tests, target_python=target_python)
    given |= _given(seconds=seconds, seed=seed)
    raise typer.Exit(run(Target.locate((before,), config, root=before, **given), after, with_tests=not no_tests))


@app.command()
def explain(rule: Annotated[str, typer.Argument(metavar="RULE")]) -> None:
    """Print a rule's own documentation: what it counts, why, and what it does not see."""
    from guardloop.commands.explain import explain as run

    typer.echo(run(rule))


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


@app.command()
def engines(format: FormatOption = None) -> None:
    """List what can propose here: name, available or why not, device, parameters."""
    from guardloop.commands.engines import engines as run

    typer.echo(run(format or Format.TEXT))


@app.command()
def bench(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]", help="With --holes: files and folders.")
    ] = None,
    holes: Annotated[
        bool, typer.Option("--holes", help="How often an engine writes what stands in the functions of PATHs.")
    ] = False,
    engine: Annotated[
        list[str] | None, typer.Option("--engine", metavar="NAME", help="Default: nano (repeatable).")
    ] = None,
    per_task: Annotated[int, typer.Option("--per-task", min=1, help="Most sketches of a task.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which holes are opened.")] = 0,
    length: Annotated[
        list[int] | None, typer.Option("--length", metavar="N", min=1, help="Tokens of a hole (repeatable).")
    ] = None,
    steps: Annotated[
        list[int] | None, typer.Option("--steps", metavar="N", min=1, help="Denoising steps (repeatable).")
    ] = None,
    candidates: Annotated[
        list[int] | None, typer.Option("--candidates", metavar="N", min=1, help="Texts at once (repeatable).")
    ] = None,
    device: Annotated[str, typer.Option("--device", metavar="DEVICE", help="cpu or cuda.")] = "cpu",
    dtype: Annotated[
        str | None,
        typer.Option("--dtype", metavar="NAME", help="float32, bfloat16 or int8; default: what is fastest here."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the latency shape: FILE.svg, or FILE.png.")
    ] = None,
    format: FormatOption = None,
) -> None:
    """Measure engines on this machine: time against length, steps and candidates; with --holes, how often they hit."""
    from guardloop.commands.bench import Shapes, Timing, bench_holes, bench_latency

    if holes != bool(paths):
        raise typer.BadParameter("--holes and PATHs belong together")
    engines, said = tuple(engine or ("nano",)), format or Format.TEXT
    if holes:
        typer.echo(bench_holes(paths or (), engines, per_task, seed, said))
        return
    shapes = Shapes(tuple(length or ()), tuple(steps or ()), tuple(candidates or ()))
    typer.echo(bench_latency(Timing(engines, device, dtype, shapes, plot), said))


@app.command()
def spot(
    paths: Paths = None,
    engine: Annotated[
        str | None,
        typer.Option("--engine", metavar="NAME[:CHECKPOINT]", help="Who reads: nano (default), or nano:FOLDER."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many statements to show.")] = 20,
    seed: SeedOption = None,
    format: FormatOption = None,
    exclude: ExcludeOption = None,
    config: ConfigOption = None,
) -> None:
    """Rank statements by how much likelier the embedded model finds small edits of them: for information only.

    An edit is another name in scope, another operator, a number one off, or two arguments in the other order; each is
    read given both sides of its expression, and given the left alone. Nothing of this is a cost or fails a check.

    How far to trust it: of 124 programs of HumanEvalFix, a nano of 4 million parameters puts the statement at fault
    first in 37 of 100, chance in 22, and the order "longest statement first" in 36. That is better than chance, and NOT
    measurably better than to read long statements first. Expect most of what it names to be right as it stands.
    """
    from guardloop.commands.spot import spot as run
    from guardloop.target import Target

    given = _given(engine=engine, seed=seed, format=format, exclude=exclude)
    typer.echo(run(Target.locate(paths or (), config, **given), limit))


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
