"""The engines that guardloop knows, by name. Nothing here imports torch; an engine pays for it when it first fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from engine.copying import Copy
from engine.enumerate import Enumerate
from engine.protocol import Engine, EngineError
from engine.scripted import Scripted


@dataclass(frozen=True)
class Row:
    """What `guardloop engines` says of one engine."""

    name: str
    available: bool
    why: str
    """Why it is not available; empty when it is."""
    device: str
    """Where it would run on this machine."""
    parameters: int | None
    """Trained weights; None where there is no model."""
    summary: str
    usage: str
    """How it is asked for."""
    needs: str
    """What it takes beside guardloop itself; empty when that is nothing."""


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


def _copy(argument: str) -> Engine:
    if argument:
        raise EngineError(f"engine copy: expected no argument, got {argument!r}")
    return Copy()


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

    why, parameters = missing_extra("nano"), None
    try:
        parameters = Checkpoint.read(Path(argument) if argument else SHIPPED).parameters
    except EngineError as error:
        why = why or str(error)
    return Row(
        "nano", not why, why, "cpu", parameters, "embedded diffusion model; offline", "nano[:FOLDER]", "extra nano"
    )


def _describe_enumerate(_: str) -> Row:
    summary = "no model: names and texts that the code itself suggests"
    return Row("enumerate", True, "", "cpu", None, summary, "enumerate", "")


def _describe_copy(_: str) -> Row:
    return Row("copy", True, "", "cpu", None, "no model: what the file says in similar places", "copy", "")


def _describe_scripted(_: str) -> Row:
    return Row("scripted", True, "", "cpu", None, "plays the texts of a JSON file", "scripted:FILE", "a script")


def _describe_command(_: str) -> Row:
    summary = "any program that answers a sketch as JSON; it runs without a sandbox"
    return Row("command", True, "", "the program's", None, summary, "command:PROGRAM", "a program")


def _describe_diffusion_gemma(_: str) -> Row:
    from engine.diffusion.checkpoint import is_cached
    from engine.diffusion.gemma import DEFAULT

    state = "is in the local cache" if is_cached(DEFAULT) else "is not in the local cache: name a PATH"
    needs = f"extra local; a checkpoint ({DEFAULT} {state})"
    return _local("diffusion-gemma", "a checkpoint of DiffusionGemma's class", "diffusion-gemma[:PATH-OR-NAME]", needs)


def _describe_masked(_: str) -> Row:
    return _local("masked", "a model that predicts masked tokens", "masked:PATH-OR-NAME", "extra local; a checkpoint")


def _describe_causal(_: str) -> Row:
    return _local("causal", "a causal model of transformers", "causal:PATH-OR-NAME", "extra local; a checkpoint")


def _local(name: str, summary: str, usage: str, needs: str) -> Row:
    from engine.diffusion.checkpoint import local_device, missing_extra

    why = missing_extra("local")
    # Only the big one is moved to a card.
    device = local_device() if name == "diffusion-gemma" else "cpu"
    return Row(name, not why, why, device, None, summary, usage, needs)


def _describe_openai(_: str) -> Row:
    from engine.remote.address import key_state
    from engine.remote.client import missing_extra

    why = missing_extra()
    needs = f"extra remote; a server; its key ({key_state()})"
    return Row("openai", not why, why, "the server's", None, "a server of OpenAI's protocol", "openai:URL#MODEL", needs)


def _describe_consortium(_: str) -> Row:
    summary = "several engines in turns, by how often each was accepted"
    return Row("consortium", True, "", "its members'", None, summary, "consortium:A,B", "its members")


ENGINES: dict[str, Entry] = {
    "nano": Entry(_nano, _describe_nano),
    "enumerate": Entry(_enumerate, _describe_enumerate),
    "copy": Entry(_copy, _describe_copy),
    "scripted": Entry(_scripted, _describe_scripted),
    "diffusion-gemma": Entry(_diffusion_gemma, _describe_diffusion_gemma),
    "masked": Entry(_masked, _describe_masked),
    "causal": Entry(_causal, _describe_causal),
    "openai": Entry(_openai, _describe_openai),
    "command": Entry(_command, _describe_command),
    "consortium": Entry(_consortium, _describe_consortium),
}
