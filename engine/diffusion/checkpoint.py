"""What a checkpoint on disk is, read without torch: whether it is whole, its card, how many parameters it holds."""

from __future__ import annotations

import json
import math
import os
import struct
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.protocol import EngineError

SHIPPED = Path(__file__).parent.parent / "weights" / "nano"
WEIGHTS, TOKENIZER, CONFIG, CARD = "model.safetensors", "tokenizer.json", "config.json", "card.json"
_UNUSED = ("experts", "router", "vision", ".scale")


EXTRAS = {
    "nano": ("torch", "tokenizers", "safetensors"),
    "local": ("torch", "transformers", "tokenizers", "safetensors"),
}
"""The libraries of each extra that local engines need."""


def missing_extra(extra: str) -> str:
    """Why the libraries of an extra are not there; empty when they are."""
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    return f"needs {', '.join(missing)}: pip install 'guardloop-cli[{extra}]'" if missing else ""


def local_device() -> str:
    """Where a model would run that may leave the CPU, as far as that shows without torch."""
    try:
        is_built = "+cpu" not in version("torch")
    except PackageNotFoundError:
        return "cpu"
    return "cuda" if is_built and Path("/dev/nvidia0").exists() else "cpu"


def is_cached(name: str) -> bool:
    """Whether a checkpoint of the hub lies in its local cache."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    return any((cache / f"models--{name.replace('/', '--')}").glob("snapshots/*/config.json"))


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint; `parameters` leaves out what the class demands and the model never computes."""

    folder: Path
    parameters: int
    card: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Checkpoint:
        """Raises `EngineError` when a file is missing, is cut off, or is of another class."""
        if not folder.is_dir():
            raise EngineError(f"{folder}: expected a folder with a checkpoint, found {_found(folder)}")
        missing = [name for name in (CONFIG, WEIGHTS, TOKENIZER, CARD) if not (folder / name).is_file()]
        if missing:
            raise EngineError(f"{folder}: expected a checkpoint with {', '.join(missing)}, found {_files(folder)}")
        kind = _object(folder / CONFIG).get("model_type")
        if kind != "diffusion_gemma":
            raise EngineError(f"{folder / CONFIG}: expected model_type diffusion_gemma, found {kind!r}")
        return cls(folder, _parameters(folder / WEIGHTS), _object(folder / CARD))


def _found(path: Path) -> str:
    return "a file" if path.exists() else "nothing"


def _files(folder: Path) -> str:
    return ", ".join(sorted(path.name for path in folder.iterdir())[:6]) or "an empty folder"


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError(f"{path}: expected JSON, found {error}") from error
    if not isinstance(value, dict):
        raise EngineError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def _parameters(path: Path) -> int:
    """Count from the file's header: its length in 8 bytes, then JSON with a shape and byte offsets per tensor."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > size:
                raise ValueError(f"a header of {length} bytes in a file of {size}")
            header = json.loads(file.read(length))
        tensors = {name: tensor for name, tensor in header.items() if name != "__metadata__"}
        end = 8 + length + max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
        used = [tensor["shape"] for name, tensor in tensors.items() if not any(part in name for part in _UNUSED)]
    except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"{path}: expected safetensors, found {error}") from error
    if end != size:
        raise EngineError(f"{path}: expected {end} bytes, found {size}; the file is cut off or not fully fetched")
    # Of one element are only the buffers that scale layers and embeddings.
    return sum(size for shape in used if (size := math.prod(shape)) > 1)
