"""The engine behind `openai:URL#MODEL`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.exchange import legal_fills
from engine.protocol import Account, Fill, Sketch
from engine.remote.address import parsed
from engine.remote.asking import ASKING
from engine.remote.client import Client


class Remote:
    """Asks a server for fills; equal questions get equal answers as far as the server heeds its seed."""

    name = "openai"

    def __init__(self, argument: str) -> None:
        """Raises `EngineError` for a wrong address or setting, a missing key or extra."""
        self.client = Client(parsed(argument))

    def account(self) -> Account:
        """The requests so far, and what they cost as far as prices are known."""
        spent = self.client.spent
        return Account((), spent.requests, spent.tokens, spent.usd(self.client.address))

    def end_by(self, deadline: float) -> None:
        """Wait for no answer beyond that."""
        self.client.deadline.at = deadline

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the legal fills of the server's answers, in its order."""
        if candidates < 1:
            return
        ask = ASKING[self.client.address.mode]
        said = ask(self.client, sketch, candidates, seed) if sketch.holes else iter([{}])
        yield from legal_fills(sketch, said, engine=self.name, seed=seed, candidates=candidates)
