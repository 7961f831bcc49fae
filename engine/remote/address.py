"""What follows `openai:`: `URL#MODEL`, and settings behind it, as in `http://localhost:8000/v1#qwen&mode=fim`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.protocol import EngineError

PUBLIC = "https://api.openai.com/v1"
MODES = ("chat", "fim", "mercury-fim", "mercury-edit", "mercury-apply", "canvas")
_KEYS = (("api.inceptionlabs.ai", "INCEPTION_API_KEY"), ("", "OPENAI_API_KEY"))


@dataclass(frozen=True)
class Address:
    """A server, a model, how it is asked, and what it may cost."""

    url: str
    model: str
    mode: str = "chat"
    tokens: int = 2_000_000
    """Most tokens of a run, prompts and answers together."""
    usd: float = 0.0
    """Most money of a run; 0 is no bound. Needs the prices."""
    usd_in: float = 0.0
    """Price of a million prompt tokens."""
    usd_out: float = 0.0
    """Price of a million answer tokens."""
    seconds: float = 60.0
    """How long one request may take."""
    retries: int = 4
    """How often a request that the server refused for its load, or lost, is tried again."""
    steps: int = 12
    """Denoising steps of the mode `canvas`."""

    @property
    def key(self) -> str:
        """The server's key, from the environment alone; a server of one's own needs none."""
        host = urlsplit(self.url).hostname or ""
        variable = next(variable for suffix, variable in _KEYS if host.endswith(suffix))
        key = os.environ.get(variable, "")
        if not key and (self.url == PUBLIC or variable != "OPENAI_API_KEY"):
            raise EngineError(
                f"engine openai: {host}: expected a key in the environment variable {variable}, found none"
            )
        return key or "none"


def key_state() -> str:
    """Which variables for keys are set, never what they hold; a server of one's own needs none."""
    return ", ".join(
        f"{variable} is {'set' if os.environ.get(variable) else 'not set'}" for _, variable in reversed(_KEYS)
    )


def parsed(argument: str) -> Address:
    """Read `URL#MODEL&SETTING=VALUE…`; an empty URL is `OPENAI_BASE_URL`, or else OpenAI's own.

    Raises `EngineError` naming what was found and wanted.
    """
    url, _, rest = argument.partition("#")
    url = (url or os.environ.get("OPENAI_BASE_URL") or PUBLIC).rstrip("/")
    model, _, settings = rest.partition("&")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise EngineError(f"engine openai: expected openai:http(s)://HOST/v1#MODEL, got the address {url!r}")
    if not model:
        raise EngineError(f"engine openai: expected a model behind #, got {argument!r}")
    return Address(url, model, **_settings(dict(parse_qsl(settings, keep_blank_values=True))))


def _settings(given: Mapping[str, str]) -> dict[str, Any]:
    kinds: dict[str, Callable[[str], Any]] = {"mode": str, "tokens": int, "retries": int, "steps": int}
    kinds |= {"usd": float, "usd_in": float, "usd_out": float, "seconds": float}
    found: dict[str, Any] = {}
    for name, text in given.items():
        if name not in kinds:
            raise EngineError(f"engine openai: expected one of {', '.join(kinds)}, got the setting {name!r}")
        try:
            found[name] = kinds[name](text)
        except ValueError as error:
            raise EngineError(f"engine openai: {name}: expected a number, got {text!r}") from error
        if name == "mode" and text not in MODES:
            raise EngineError(f"engine openai: mode: expected one of {', '.join(MODES)}, got {text!r}")
        if name != "mode" and not 0 <= found[name] < float("inf"):
            raise EngineError(f"engine openai: {name}: expected a number from 0 on, got {text!r}")
    if found.get("usd") and not (found.get("usd_in") or found.get("usd_out")):
        raise EngineError("engine openai: usd: expected usd_in or usd_out beside it, the prices of a million tokens")
    return found
