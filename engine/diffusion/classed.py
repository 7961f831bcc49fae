"""Prompts and canvases of any model of the class in transformers, through its public `forward`."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_CERTAINLY_NOT = -1e4


@dataclass(frozen=True)
class Prompt:
    """An encoded prompt, to be read by any number of candidates."""

    model: Any
    cache: Any
    length: int

    @property
    def device(self) -> torch.device:
        """Where canvases are read."""
        device: torch.device = self.model.device
        return device

    def repeated(self, rows: int) -> Any:
        """Its keys and values for a batch; the prompt's own stay as they are."""
        cache = copy.deepcopy(self.cache)
        if rows > 1:
            cache.batch_repeat_interleave(rows)
        return cache

    def canvases(self, rows: int, length: int, lengths: Tensor | None = None) -> ClassCanvases:
        """A batch of canvases behind this prompt; with `lengths`, `[rows]`, each ends where it does."""
        return ClassCanvases(self, rows, length, lengths)


@torch.inference_mode()
def encode(model: Any, tokens: Sequence[int]) -> Prompt:
    """Run the encoder over a prompt."""
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    ids = torch.tensor([list(tokens)], device=model.device)  # [1, prompt]
    model.model.encoder(input_ids=ids, past_key_values=cache)
    return Prompt(model, cache, len(tokens))


class ClassCanvases:
    """A batch of canvases that are read again and again, each time with what the last pass thought of them."""

    def __init__(self, prompt: Prompt, rows: int, length: int, lengths: Tensor | None = None):
        self._model, self._cache, self._rows = prompt.model, prompt.repeated(rows), rows
        device = prompt.model.device
        self._positions = torch.arange(prompt.length, prompt.length + length, device=device)[None]  # [1, length]
        self._conditioning: Tensor | None = None  # [rows, length, vocab]
        self._is_seen: Tensor | None = None  # [rows, prompt + length]
        if lengths is not None:
            self._is_seen = torch.arange(-prompt.length, length, device=device) < lengths.to(device)[:, None]

    def read(self, tokens: Tensor, is_read: Tensor | None = None) -> None:
        """Run the decoder over canvases, see `Canvases`: the class reads all positions of all rows."""
        conditioning = self._conditioning
        found = self._model(
            decoder_input_ids=tokens.expand(self._rows, -1),
            past_key_values=self._cache,
            self_conditioning_logits=None if conditioning is None else conditioning.expand(self._rows, -1, -1),
            decoder_attention_mask=self._is_seen,
            decoder_position_ids=self._positions,
        )
        self._tokens, self._conditioning = tokens, None
        self._logits: Tensor = found.logits[: len(tokens)].float()  # [rows or 1, length, vocab]

    def logits(self, rows: slice, wanted: Tensor) -> Tensor:
        """Of the positions of these rows that are `wanted`, `[rows, length]`: `[positions, vocab]`, to overwrite."""
        return self._logits[rows][wanted]

    def condition(self, rows: slice, wanted: Tensor, probabilities: Tensor) -> None:
        """Tell the next pass what was thought of the wanted positions, `[positions, vocab]`; others are certain."""
        if self._conditioning is None:
            sure = torch.full_like(self._logits, _CERTAINLY_NOT)
            self._conditioning = sure.scatter(-1, self._tokens[..., None], 0.0)
        self._conditioning[rows][wanted] = probabilities.log()

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only."""
        self._cache.batch_select_indices(rows)
        self._rows = len(rows)
        self._is_seen = None if self._is_seen is None else self._is_seen[rows]
        if self._conditioning is not None and len(self._conditioning) > 1:
            self._conditioning = self._conditioning[rows]
