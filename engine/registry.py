"""The engines that guardloop knows, by name. Nothing here imports torch; an engine pays for it when it first fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from engine.enumerate import Enumerate
from engine.protocol import Engine, EngineError
from engine.scripted import Scripted


@dataclass(frozen=True)
class Row:
    """What `guardloop engines` says of one engine; `why` is empty when it is available."""

    name: str
    available: bool
    why: str
    device: str
    parameters: int | None
    """Trained weights; None where there is no model."""
    summary: str


@dataclass(frozen=True)
class Entry:
    """How one engine is made from what follows its name and a colon (`""` when nothing does), and described."""

    create: Callable[[str], Engine]
    describe: Callable[[str], Row]


def create(spec: str) -> Engine:
    """Make the engine that `NAME` or `NAME:ARGUMENT` asks for.

    Raises `EngineError` for an unknown name, a missing extra, a missing or broken checkpoint.
    """
    name, _, argument = spec.partition(":")
    if name not in ENGINES:
        close = get_close_matches(name, ENGINES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise EngineError(f"engine: expected one of {', '.join(ENGINES)}, got {name!r}{hint}")
    return ENGINES[name].create(argument)


def reaches_out(spec: str) -> bool:
    """Whether this engine, or a member of it, would run a program or send code to a server."""
    name, _, argument = spec.partition(":")
    members = argument.split(",") if name == "consortium" else []
    return name in ("command", "openai") or any(reaches_out(member.strip()) for member in members)


def describe() -> list[Row]:
    """One row for each engine in the registry's order."""
    return [entry.describe("") for entry in ENGINES.values()]


def _enumerate(argument: str) -> Engine:
    if argument:
        raise EngineError(f"engine enumerate: expected no argument, got {argument!r}")
    return Enumerate()


def _scripted(argument: str) -> Engine:
    if not argument:
        raise EngineError("engine scripted: expected scripted:FILE, got no file")
    return Scripted.read(Path(argument))


def _command(argument: str) -> Engine:
    from engine.command import Command

    return Command(argument)


def _diffusion_gemma(argument: str) -> Engine:
    from engine.diffusion.gemma import DiffusionGemma

    return DiffusionGemma(argument)


def _masked(argument: str) -> Engine:
    from engine.diffusion.masked import Masked

    return Masked(argument)


def _causal(argument: str) -> Engine:
    from engine.autoregressive.causal import Causal

    return Causal(argument)


def _openai(argument: str) -> Engine:
    from engine.remote.engine import Remote

    return Remote(argument)


def _consortium(argument: str) -> Engine:
    from engine.consortium import Consortium

    names = [member.strip() for member in argument.split(",") if member.strip()]
    return Consortium([create(name) for name in names], names)


def _nano(argument: str) -> Engine:
    from engine.diffusion.nano import Nano

    return Nano(Path(argument)) if argument else Nano()


def _describe_nano(argument: str) -> Row:
    from engine.diffusion.checkpoint import SHIPPED, Checkpoint, missing_extra

    why, parameters = missing_extra(), None
    try:
        parameters = Checkpoint.read(Path(argument) if argument else SHIPPED).parameters
    except EngineError as error:
        why = why or str(error)
    return Row("nano", not why, why, "cpu", parameters, "embedded diffusion model; offline")


def _describe_enumerate(_: str) -> Row:
    return Row("enumerate", True, "", "cpu", None, "no model: names and texts that the code itself suggests")


def _describe_scripted(_: str) -> Row:
    return Row("scripted", True, "", "cpu", None, "plays the texts of a JSON file: scripted:FILE")


def _describe_command(_: str) -> Row:
    return Row("command", True, "", "its own", None, "any program that answers a sketch as JSON: command:PROGRAM")


def _describe_diffusion_gemma(_: str) -> Row:
    from engine.diffusion.checkpoint import missing_extra

    why = missing_extra()
    return Row(
        "diffusion-gemma", not why, why, "cuda, cpu", None, "a local checkpoint of the class: diffusion-gemma:PATH"
    )


def _describe_masked(_: str) -> Row:
    from engine.diffusion.checkpoint import missing_extra

    why = missing_extra()
    return Row("masked", not why, why, "cpu", None, "a model that predicts masked tokens: masked:PATH-OR-NAME")


def _describe_causal(_: str) -> Row:
    from engine.diffusion.checkpoint import missing_extra

    why = missing_extra()
    return Row("causal", not why, why, "cpu", None, "a causal model of transformers: causal:PATH-OR-NAME")


def _describe_openai(_: str) -> Row:
    from engine.remote.client import missing_extra

    why = missing_extra()
    return Row("openai", not why, why, "its own", None, "a server that speaks OpenAI's protocol: openai:URL#MODEL")


def _describe_consortium(_: str) -> Row:
    return Row("consortium", True, "", "theirs", None, "several engines in turns: consortium:nano,enumerate")


ENGINES: dict[str, Entry] = {
    "nano": Entry(_nano, _describe_nano),
    "enumerate": Entry(_enumerate, _describe_enumerate),
    "scripted": Entry(_scripted, _describe_scripted),
    "diffusion-gemma": Entry(_diffusion_gemma, _describe_diffusion_gemma),
    "masked": Entry(_masked, _describe_masked),
    "causal": Entry(_causal, _describe_causal),
    "openai": Entry(_openai, _describe_openai),
    "command": Entry(_command, _describe_command),
    "consortium": Entry(_consortium, _describe_consortium),
}
