"""Checkpoints in the layout of transformers, as far as they lie on this machine: nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.diffusion.checkpoint import missing_extra
from engine.protocol import EngineError


def check_named(engine: str, checkpoint: str) -> None:
    """Raise `EngineError` without a checkpoint's name or the libraries to read one."""
    if not checkpoint:
        raise EngineError(f"engine {engine}: expected {engine}:PATH-OR-NAME, got no checkpoint")
    if why := missing_extra("local"):
        raise EngineError(f"engine {engine}: {why}")


def load_pretrained(
    engine: str, checkpoint: str, model_class: str, kind: str, *, is_dense: bool = False
) -> tuple[Any, Any]:
    """The model, ready to be asked, and its tokenizer; `model_class` is a name in transformers, `kind` its description.

    Sharded and quantised checkpoints are read as they are, unless the model has to be `is_dense`. Raises `EngineError`
    when the checkpoint is not there, is broken, lacks weights, or is of another class.
    """
    import transformers

    place = f"engine {engine}: {checkpoint}: expected a local checkpoint of {kind}"
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
        given = _decompressing(checkpoint) if is_dense else {}
        found, info = getattr(transformers, model_class).from_pretrained(
            checkpoint, local_files_only=True, dtype="auto", output_loading_info=True, **given
        )
    except Exception as error:  # the libraries raise anything from OSError to SafetensorError
        first = str(error).strip().partition("\n")[0]
        raise EngineError(f"{place}, found {first}") from error
    if missing := sorted(info["missing_keys"]):
        # The library would go on with random weights.
        raise EngineError(f"{place}, found none of {len(missing)} of its weights, {missing[0]} for one")
    return found.eval(), tokenizer


@contextmanager
def computing(engine: str) -> Iterator[None]:
    """Turn what the libraries raise while a model computes, memory that ran out for one, into `EngineError`."""
    try:
        yield
    except (RuntimeError, IndexError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise EngineError(f"engine {engine}: the model failed: {type(error).__name__}: {first}") from error


def _decompressing(checkpoint: str) -> dict[str, Any]:
    """How to have dense weights of a checkpoint that compressed-tensors packed; nothing for any other one.

    Encoder and decoder of DiffusionGemma share weights by name, and packed ones have other names.
    """
    import transformers

    config = transformers.AutoConfig.from_pretrained(checkpoint, local_files_only=True)
    packed = getattr(config, "quantization_config", None) or {}
    if packed.get("quant_method") != "compressed-tensors":
        return {}
    config.quantization_config = {**packed, "dequantize": True}
    return {"config": config}
