"""The canvas before denoising: which positions are frozen, what the open ones may hold, and where noise comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_MOST_NOISE = 0.6
"""Share of a text that is noise in the last row: with more, nothing is left that could be revised."""


@dataclass(frozen=True)
class Canvas:
    """One row per candidate. Rows may differ in what is open, so that several hole lengths share a batch."""

    tokens: Tensor
    """Frozen text; at open positions a text to revise, or anything: `[candidates, length]`."""
    is_frozen: Tensor
    """`[candidates, length]`, bool."""
    allowed: Tensor | None = None
    """Which tokens an open position may take, `[candidates or 1, length, vocab]`, bool; None allows all."""
    is_warm: bool = False
    """Whether denoising starts from `tokens` at the open positions and not from noise."""
    lengths: Tensor | None = None
    """Where rows of unequal length end, `[candidates]`: what is behind is frozen, and neither read nor attended to."""

    @classmethod
    def blank(cls, rows: int, length: int) -> Canvas:
        """All positions open: what `generate()` starts from."""
        return cls(torch.zeros(rows, length, dtype=torch.long), torch.zeros(rows, length, dtype=torch.bool))

    @property
    def rows(self) -> int:
        """How many candidates."""
        return self.tokens.shape[0]

    def to(self, device: torch.device) -> Canvas:
        """The same canvas on a device."""
        allowed = None if self.allowed is None else self.allowed.to(device)
        lengths = None if self.lengths is None else self.lengths.to(device)
        return Canvas(self.tokens.to(device), self.is_frozen.to(device), allowed, self.is_warm, lengths)


class Noise:
    """A source of random tokens with one generator per row.

    A row's draws depend on its own seed only: neither the number of candidates nor an earlier row that stops changes
    what another row becomes.
    """

    def __init__(self, seeds: Iterable[int], vocabulary: int, mask_token: int | None = None):
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.vocabulary, self.mask_token = vocabulary, mask_token

    def canvas(self, rows: Sequence[int], length: int) -> Tensor:
        """Noise for whole canvases of the given rows: uniform tokens, or the mask token of a model that has one."""
        if self.mask_token is not None:
            return torch.full((len(rows), length), self.mask_token)
        draws = [torch.randint(self.vocabulary, (length,), generator=self.generators[row]) for row in rows]
        return torch.stack(draws)  # [rows, length]

    def over(self, texts: Tensor, is_noise: Tensor) -> Tensor:
        """Canvases that begin with what stands on them, the first as it is, each later one noisier: `[rows, length]`.

        Of `texts`, `[rows, length]`, nothing is kept where it `is_noise`.
        """
        rows, length = texts.shape
        shares = torch.linspace(0.0, _MOST_NOISE, rows) if rows > 1 else torch.zeros(1)
        draws = torch.stack([torch.rand(length, generator=generator) for generator in self.generators])
        return torch.where((draws < shares[:, None]) | is_noise, self.canvas(range(rows), length), texts)

    def sample(self, rows: Sequence[int], probabilities: Tensor, is_open: Tensor, is_wanted: Tensor) -> Tensor:
        """A token for each wanted position, `[wanted]`, from the open ones' probabilities, `[open, vocab]`.

        Which are open and wanted is `[rows, length]`. Every position draws one number whether it is wanted or not, so
        that a draw depends on no other position.
        """
        draws = torch.stack([torch.rand(is_open.shape[1], generator=self.generators[row]) for row in rows])
        sums = probabilities[is_wanted[is_open]].cumsum(-1)  # [wanted, vocab]
        # A draw that is rounded up to the whole sum would find no token.
        below = torch.nextafter(sums[:, -1], torch.zeros_like(sums[:, -1]))
        reached = torch.minimum(draws.to(sums.device)[is_wanted] * sums[:, -1], below)
        return torch.searchsorted(sums, reached[:, None], right=True)[:, 0]


class GenerateNoise(Noise):
    """Draws as `generate()` of transformers does, to be compared with it: thirty times the time of one number."""

    def sample(self, rows: Sequence[int], probabilities: Tensor, is_open: Tensor, is_wanted: Tensor) -> Tensor:
        """A token for each wanted position, after a race of all tokens at every open one."""
        # On the CPU, whatever the model's device: a seed must mean the same everywhere.
        places = probabilities.cpu().split(is_open.sum(-1).tolist())
        drawn = [
            torch.multinomial(place, 1, generator=self.generators[row])[:, 0] if len(place) else place.new_zeros(0)
            for row, place in zip(rows, places, strict=True)
        ]
        return torch.cat(drawn).long().to(is_open.device)[is_wanted[is_open]]
