"""What speaks for a text before the model reads it: who proposes it, and how soon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import log

from engine.naming.proposals import Ranked

# Chosen on `prompt-toolkit` and `invoke`, which the shipped model never saw; the others chose nothing.
_SHARES = {"copy": 1.0, "enumerate": 0.3, "nano": 0.05}
"""What the first text of each proposer counts."""
_FALL = 1.5
"""The power of its place that any later text loses."""
_POINTS = 10.0
"""Points of fit that a text loses when it counts e times less."""


def prior(proposed: Mapping[str, Ranked]) -> dict[str, float]:
    """How well each text fits, in points as names are given them.

    `proposed` has, by proposer, texts with how sure it is of each, from 0 to 1; best first.
    """
    shares: defaultdict[str, float] = defaultdict(float)
    for proposer, ranked in proposed.items():
        for place, (sure, text) in enumerate(ranked, start=1):
            shares[text] += _SHARES[proposer] * sure / place**_FALL
    return {text: _POINTS * log(share) for text, share in shares.items()}
