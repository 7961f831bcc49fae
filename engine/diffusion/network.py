"""The network of a dense checkpoint: a prompt is encoded once, and read by batches of canvases.

    prompt ──► causal layers ──► keys and values ──┬─► room for N canvases: the prompt's part is written once,
                                                   │   the canvas' part anew in each pass
                                                   └─► room for N texts written from left to right

Encoder and decoder are the same layers. A pass gives hidden states only: logits are made for the positions asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from engine.diffusion.checkpoint import CARD, CONFIG, TOKENIZER, WEIGHTS
from engine.diffusion.layers import Body, Rotation, Weights
from engine.diffusion.linear import Precision, fastest, linear
from engine.diffusion.storage import unpacked

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_SOFTCAP = 30.0
"""The class does not write its own default into a configuration."""


class Network:
    """Weights, ready to be run on one device."""

    def __init__(self, folder: Path, device: str = "cpu", precision: Precision | None = None):
        """Read a checkpoint; raises `EngineError` or what the libraries raise when it is none."""
        self.device = torch.device(device)
        self.precision = precision or fastest(self.device)
        text = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["text_config"]
        weights = Weights(unpacked(load_file(str(folder / WEIGHTS))), self.precision, self.device)
        self.dtype = self.precision.dtype
        """Of keys, values and what is attended with."""
        self.vocabulary, self.hidden = int(text["vocab_size"]), int(text["hidden_size"])
        self.intermediate = int(text["intermediate_size"])
        embedding = weights["embed_tokens.weight"]  # [vocab, hidden]
        self._embedding = embedding.to(self.dtype)
        self._head = linear(embedding, self.precision)
        self._softcap = float(text.get("final_logit_softcapping", _SOFTCAP))
        self.body = Body(weights, text)
        self.layers = self.body.layers

    def embedded(self, tokens: Tensor) -> Tensor:
        """`[…, hidden]`, float32."""
        return self._scaled(functional.embedding(tokens, self._embedding))

    def mean_embedding(self, probabilities: Tensor) -> Tensor:
        """What a distribution looks like to the next step: `[positions, hidden]` from `[positions, vocab]`."""
        return self._scaled(probabilities.to(self.dtype) @ self._embedding)

    def _scaled(self, embedded: Tensor) -> Tensor:
        return embedded.float().mul(self.hidden**0.5)

    def logits(self, hidden: Tensor) -> Tensor:
        """`[positions, vocab]`, float32, the caller's to overwrite."""
        if not self._softcap:
            return self._head(self.body.norm(hidden)).float()
        # Divided before there is a number for each token.
        return self._head(self.body.norm(hidden).div_(self._softcap)).float().tanh_().mul_(self._softcap)

    def rotations(self, start: int, length: int) -> list[Rotation]:
        """Of each layer, for positions from `start` on."""
        return [Rotation.of(layer.attention.frequencies, start, length) for layer in self.layers]

    @torch.inference_mode()
    def encode(self, tokens: Sequence[int]) -> EncodedPrompt:
        """Run the layers over a prompt."""
        # Nobody reads what the last layer makes of it.
        return EncodedPrompt(self, tuple(self._causal(tokens, len(self.layers) - 1)[0]), len(tokens))

    @torch.inference_mode()
    def next_tokens(self, tokens: Sequence[int]) -> Tensor:
        """Log-probabilities of the token behind each of these, left to right: `[tokens, vocab]`."""
        return self.logits(self._causal(tokens, len(self.layers))[1][0]).log_softmax(-1)

    def _causal(self, tokens: Sequence[int], layers: int) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
        """Keys and values by layer as later tokens see them, and what the first `layers` make of these tokens."""
        length = len(tokens)
        hidden = self.embedded(torch.tensor([list(tokens)], device=self.device))  # [1, prompt, hidden]
        found: list[tuple[Tensor, Tensor]] = []
        for layer, rotation in zip(self.layers, self.rotations(0, length), strict=True):
            attention = layer.attention
            queries, keys, values = attention.read(layer.before_attention(hidden), rotation)
            keys, values = keys.to(self.dtype), values.to(self.dtype)
            seen = length if attention.window is None else attention.window - 1
            found.append((keys[:, :, -seen:], values[:, :, -seen:]))
            if len(found) <= layers:
                mask = _sliding(length, attention.window, self.device)
                hidden = layer.rest(hidden, attention.write(queries, keys, values, mask, is_causal=mask is None))
        return found, hidden


def load(folder: Path) -> tuple[Network, Tokenizer, dict[str, Any]]:
    """The network, its tokenizer and its card, on the CPU; raises what the libraries raise when a file is broken."""
    from tokenizers import Tokenizer

    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return Network(folder), Tokenizer.from_file(str(folder / TOKENIZER)), card


def _sliding(length: int, window: int | None, device: torch.device) -> Tensor | None:
    """Which position sees which, `[length, length]`; None where each sees all before it."""
    if window is None or length <= window:
        return None
    places = torch.arange(length, device=device)
    back = places[:, None] - places
    return (back >= 0) & (back < window)


@dataclass(frozen=True)
class EncodedPrompt:
    """Keys and values of a prompt by layer, each `[1, heads, positions, dim]`; read by any number of batches."""

    network: Network
    layers: tuple[tuple[Tensor, Tensor], ...]
    length: int

    @property
    def device(self) -> torch.device:
        """Where canvases are read."""
        return self.network.device

    def canvases(self, rows: int, length: int, lengths: Tensor | None = None) -> NetworkCanvases:
        """Room for a batch of canvases behind this prompt; with `lengths`, `[rows]`, each ends where it does."""
        return NetworkCanvases(self, rows, length, lengths)

    def texts(self, rows: int, length: int) -> Texts:
        """Room for a batch of texts that are written from left to right behind this prompt."""
        return Texts(self, rows, length)

    def room(self, rows: int, length: int) -> list[tuple[Tensor, Tensor]]:
        """The prompt's keys and values for so many rows, with room for more positions behind them."""
        return [(_room(keys, rows, length), _room(values, rows, length)) for keys, values in self.layers]


def _room(found: Tensor, rows: int, length: int) -> Tensor:
    _, heads, filled, dim = found.shape
    # Zeros, because what a row shorter than others never writes is masked by its weight, and zero times NaN is NaN.
    room = found.new_zeros(rows, heads, filled + length, dim)
    room[:, :, :filled] = found
    return room


class NetworkCanvases:
    """A batch of canvases that are read again and again, each time with what the last pass thought of them."""

    def __init__(self, prompt: EncodedPrompt, rows: int, length: int, lengths: Tensor | None = None):
        self.network, self.length = prompt.network, length
        self._is_within: Tensor | None = None  # [rows, length]
        if lengths is not None:
            self._is_within = torch.arange(length, device=prompt.device) < lengths.to(prompt.device)[:, None]
        self._room = prompt.room(rows, length)
        self._rotations = self.network.rotations(prompt.length, length)
        self._signal: Tensor | None = None  # [rows or 1, length, hidden]

    def read(self, tokens: Tensor, is_read: Tensor | None = None) -> None:
        """Run the layers over canvases, attending to the prompt and to all of themselves; see `Canvases`."""
        network = self.network
        # What is settled of a frozen position is its token: the same as its embedding.
        self._embedded = network.embedded(tokens)  # [rows or 1, length, hidden]
        if self._is_within is not None:
            is_read = self._is_within if is_read is None else is_read & self._is_within
        read = _Every() if is_read is None else _Some(is_read)
        signal = None if self._signal is None else read.of(self._signal)
        hidden = network.body.conditioned(read.of(self._embedded), signal)
        for layer, rotation, room in zip(network.layers, self._rotations, self._room, strict=True):
            queries, *found = layer.attention.read(layer.before_attention(hidden), read.turned(rotation))
            for kept, new in zip(room, found, strict=True):
                read.put(kept[:, :, -self.length :].transpose(1, 2), new.transpose(1, 2))
            keys, values = (kept[: len(queries)] for kept in room)
            hidden = layer.rest(hidden, layer.attention.write(queries, keys, values, self._mask(keys)))
        self._hidden = torch.zeros_like(self._embedded)  # [rows or 1, length, hidden]
        read.put(self._hidden, hidden)
        self._signal = None

    def _mask(self, keys: Tensor) -> Tensor | None:
        """Which keys are there, `[rows, 1, 1, keys]`; None if all are."""
        if self._is_within is None:
            return None
        return functional.pad(self._is_within, (keys.shape[2] - self.length, 0), value=True)[:, None, None]

    def logits(self, rows: slice, wanted: Tensor) -> Tensor:
        """Of the positions of these rows that are `wanted`, `[rows, length]`: `[positions, vocab]`, to overwrite."""
        return self.network.logits(self._hidden[rows][wanted])

    def condition(self, rows: slice, wanted: Tensor, probabilities: Tensor) -> None:
        """Tell the next pass what was thought of the wanted positions, `[positions, vocab]`; others are certain."""
        if self._signal is None:
            self._signal = self._embedded.clone()
        self._signal[rows][wanted] = self.network.mean_embedding(probabilities)

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows only."""
        self._room = [(keys[rows], values[rows]) for keys, values in self._room]
        self._is_within = None if self._is_within is None else self._is_within[rows]
        if self._signal is not None and len(self._signal) > 1:
            self._signal = self._signal[rows]


class _Every:
    """All positions of each row."""

    def of(self, found: Tensor) -> Tensor:
        """As it is."""
        return found

    def turned(self, rotation: Rotation) -> Rotation:
        """As it is."""
        return rotation

    def put(self, kept: Tensor, found: Tensor) -> None:
        """Write `[rows or 1, length, …]` into `[rows, length, …]`."""
        kept.copy_(found)


class _Some:
    """Some positions of each row; a row with fewer of them than another one has its first several times."""

    def __init__(self, is_some: Tensor):
        counts = is_some.sum(-1, keepdim=True)  # [rows, 1]
        order = (~is_some).to(torch.uint8).argsort(dim=-1, stable=True)[:, : int(counts.max())]
        numbers = torch.arange(order.shape[1], device=order.device)
        self._places = torch.where(numbers < counts, order, order[:, :1])  # [rows, most]
        self._rows = torch.arange(len(order), device=order.device)[:, None]

    def of(self, found: Tensor) -> Tensor:
        """`[rows, most, …]` from `[rows or 1, length, …]`."""
        return found[self._rows if len(found) > 1 else 0, self._places]

    def turned(self, rotation: Rotation) -> Rotation:
        """Of these positions."""
        return rotation.at(self._places)

    def put(self, kept: Tensor, found: Tensor) -> None:
        """Write `[rows, most, …]` into `[rows, length, …]`."""
        kept[self._rows, self._places] = found.to(kept.dtype)


class Texts:
    """A batch of texts that grow by one token in each pass: the same weights as an autoregressive model."""

    def __init__(self, prompt: EncodedPrompt, rows: int, length: int):
        self.network = prompt.network
        self._room = prompt.room(rows, length)
        self._rotations = self.network.rotations(prompt.length, length)
        self._written, self._length = 0, length

    def write(self, tokens: Tensor) -> Tensor:
        """Append a token to each text, `[rows, 1]`; returns the logits of the next, `[rows, vocab]`."""
        network, at = self.network, self._written
        hidden = network.embedded(tokens)  # [rows, 1, hidden]
        for layer, rotation, (keys, values) in zip(network.layers, self._rotations, self._room, strict=True):
            attention = layer.attention
            queries, new_keys, new_values = attention.read(
                layer.before_attention(hidden), rotation.at(slice(at, at + 1))
            )
            end = keys.shape[2] - self._length + at + 1
            keys[:, :, end - 1 : end], values[:, :, end - 1 : end] = new_keys, new_values
            start = 0 if attention.window is None else max(0, end - attention.window)
            hidden = layer.rest(hidden, attention.write(queries, keys[:, :, start:end], values[:, :, start:end]))
        self._written += 1
        return network.logits(hidden[:, 0])
