"""Snapshots of a run: written whole or not at all, the one before kept, and never read when damaged."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import torch

SNAPSHOT, PREVIOUS = "snapshot.pt", "snapshot.previous.pt"
_DIGEST = 32


class SnapshotError(Exception):
    """The file is no whole snapshot."""


def write(state: dict[str, Any], folder: Path) -> None:
    """Put a snapshot in the place of the last one, which becomes the one before; a kill meanwhile loses neither."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    part = folder / "snapshot.part"
    with part.open("wb") as stream:
        stream.write(hashlib.blake2b(content, digest_size=_DIGEST).digest())
        stream.write(content)
    if (folder / SNAPSHOT).is_file():
        (folder / SNAPSHOT).replace(folder / PREVIOUS)
    part.replace(folder / SNAPSHOT)


def read(folder: Path, device: str = "cpu") -> dict[str, Any] | None:
    """The last snapshot, or the one before where a kill left no last one; None when there is neither.

    Raises `SnapshotError` for a damaged file.
    """
    path = next((folder / name for name in (SNAPSHOT, PREVIOUS) if (folder / name).is_file()), None)
    if path is None:
        return None
    content = path.read_bytes()
    if hashlib.blake2b(content[_DIGEST:], digest_size=_DIGEST).digest() != content[:_DIGEST]:
        raise SnapshotError(
            f"{path}: expected a whole snapshot, found one whose digest differs; "
            f"remove it to go on from {PREVIOUS}, if that is there, or from the start"
        )
    state: dict[str, Any] = torch.load(io.BytesIO(content[_DIGEST:]), map_location=device, weights_only=True)
    return state
