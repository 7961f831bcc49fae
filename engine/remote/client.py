"""Requests to one server, within a budget of tokens and money; the key never leaves this file but for the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from engine.deadline import Deadline
from engine.protocol import EngineError
from engine.remote.address import Address

if TYPE_CHECKING:
    from openai import OpenAI

_LONGEST_ERROR = 300


@dataclass
class Spent:
    """What a run has used so far."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    requests: int = 0

    @property
    def tokens(self) -> int:
        """Prompt and answer tokens together."""
        return self.prompt_tokens + self.answer_tokens

    def usd(self, address: Address) -> float:
        """The price of all that, as far as the address names prices."""
        return (self.prompt_tokens * address.usd_in + self.answer_tokens * address.usd_out) / 1e6


def missing_extra() -> str:
    """Why the `openai` package cannot be used here, or nothing."""
    return "" if find_spec("openai") else "needs openai: pip install 'guardloop-cli[remote]'"


class Client:
    """Sends JSON and reads JSON. Lost connections, rate limits and overload are tried again, as the server asks."""

    def __init__(self, address: Address) -> None:
        """Raises `EngineError` when the extra or the key is missing."""
        if why := missing_extra():
            raise EngineError(f"engine openai: {why}")
        self.address, self.spent, self._key = address, Spent(), address.key
        self.deadline = Deadline("openai")
        """By when an answer is of no more use."""

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The server's answer as plain JSON; raises `EngineError` for whatever keeps it from one."""
        self._check_budget()
        left = self.deadline.left()
        from openai import OpenAIError

        try:
            answer = self._hurried(left).post(path, body={"model": self.address.model, **body}, cast_to=object)
        except (OpenAIError, ValueError, RecursionError) as error:
            # A page that says it is JSON and is none comes as the error of the library that reads it.
            raise EngineError(f"engine openai: {self.address.url}: {self._told(error)}") from None
        if not isinstance(answer, dict):
            raise EngineError(
                f"engine openai: {self.address.url}{path}: expected a JSON object, got {str(answer)[:80]!r}"
            )
        self._count(answer.get("usage"))
        return answer

    @cached_property
    def _server(self) -> OpenAI:
        from openai import OpenAI

        address = self.address
        return OpenAI(
            base_url=address.url,
            api_key=self._key,
            timeout=address.seconds,
            max_retries=address.retries,
        )

    def _hurried(self, left: float) -> OpenAI:
        """The server as it is; towards the end of a run it has no more time than that, and one try."""
        return self._server if left > self.address.seconds else self._server.with_options(timeout=left, max_retries=0)

    def _count(self, usage: Any) -> None:
        self.spent.requests += 1
        if isinstance(usage, dict):
            self.spent.prompt_tokens += _number(usage.get("prompt_tokens"))
            self.spent.answer_tokens += _number(usage.get("completion_tokens"))

    def _check_budget(self) -> None:
        address, spent = self.address, self.spent
        if spent.tokens >= address.tokens:
            raise EngineError(f"engine openai: the budget of {address.tokens} tokens is spent ({spent.tokens})")
        if address.usd and spent.usd(address) >= address.usd:
            raise EngineError(f"engine openai: the budget of {address.usd:g} USD is spent ({spent.usd(address):.4f})")

    def _told(self, error: Exception) -> str:
        """What went wrong, without the key: servers like to repeat it."""
        words = " ".join(str(error).split()) or type(error).__name__
        return (words.replace(self._key, "[key]") if self._key != "none" else words)[:_LONGEST_ERROR]


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
