"""Checkpoints in the layout of transformers, as far as they lie on this machine: nothing is ever downloaded."""

from __future__ import annotations

from typing import Any

from engine.diffusion.checkpoint import missing_extra
from engine.protocol import EngineError


def check_named(engine: str, checkpoint: str) -> None:
    """Raise `EngineError` without a checkpoint's name or the libraries to read one."""
    if not checkpoint:
        raise EngineError(f"engine {engine}: expected {engine}:PATH-OR-NAME, got no checkpoint")
    if why := missing_extra():
        raise EngineError(f"engine {engine}: {why}")


def load_pretrained(engine: str, checkpoint: str, model_class: str, kind: str) -> tuple[Any, Any]:
    """The model, ready to be asked, and its tokenizer; `model_class` is a name in transformers, `kind` its description.

    Raises `EngineError` when the checkpoint is not there, is broken, or is of another class.
    """
    import transformers

    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
        found = getattr(transformers, model_class).from_pretrained(checkpoint, local_files_only=True, dtype="auto")
    except Exception as error:  # the libraries raise anything from OSError to SafetensorError
        first = str(error).strip().partition("\n")[0]
        raise EngineError(
            f"engine {engine}: {checkpoint}: expected a local checkpoint of {kind}, found {first}"
        ) from error
    return found.eval(), tokenizer
