"""The commands that speak of engines: what there is, how fast and how good it is, and what it wonders at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guardloop.cli.options import ConfigOption, ExcludeOption, Format, FormatOption, Paths, SeedOption, given

app = typer.Typer()


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

    options = given(engine=engine, seed=seed, format=format, exclude=exclude)
    typer.echo(run(Target.locate(paths or (), config, **options), limit))
