"""What to call a parameter that stands for literals, from what the literals look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"https?://.*", ("url",)),
    (r".*%[YmdHMSjbBaA].*", ("format", "date_format")),
    (r".*(%[sdrf(]|\{[\w.!:]*\}).*", ("template", "format")),
    (r"[^\w\s]{1,2}|\\[nt]|[\n\t ]+", ("separator", "delimiter", "symbol")),
    (r"\.[a-z]\w{0,5}", ("suffix", "extension")),
    (r"\*?[\w.-]+\.[a-z]\w{0,4}", ("filename", "path")),
    (r"[\w.{}-]*/[\w./{}-]*", ("path", "endpoint", "route")),
    (r".*(\\[wdsSbB.]|\(\?|\[\^?\w-\w|\.\*).*", ("pattern",)),
    (r".*\s.*", ("message", "text", "label")),
    (r"[rwabx]\+?[bt]?", ("mode", "name")),
    (r"utf.?(8|16)|ascii|latin.?1", ("encoding",)),
    (r"[A-Z][A-Z0-9_]+", ("code", "key", "name")),
    (r"[\w.:-]+", ("name", "key", "kind", "label")),
)
_PLAIN = ("name", "code", "mode", "message")
_NUMBERS: dict[type, tuple[str, ...]] = {
    bool: ("flag", "enabled"),
    int: ("number", "count", "size"),
    float: ("factor", "ratio"),
    complex: ("number",),
}


def literal_words(values: Sequence[object]) -> Iterator[tuple[float, list[str]]]:
    """Words for what these literals are, best first; none when they are of different sorts."""
    told = [value for value in values if value is not None]
    if told and all(isinstance(value, str | bytes) for value in told):
        texts = [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in told]
        for pattern, words in _SHAPES:
            if all(re.fullmatch(pattern, text, re.DOTALL) for text in texts):
                # A shape of its own tells more than what the texts share; a plain word has none.
                fits = 2.4 if words[0] in _PLAIN else 5.6
                yield from ((fits - 0.3 * at, word.split("_")) for at, word in enumerate(words))
                return
        yield 1.5, ["text"]
    for kind, names in _NUMBERS.items():
        if told and all(type(value) is kind for value in told):
            yield from ((1.8 - 0.3 * at, [name]) for at, name in enumerate(names))
    if not told and values:
        yield 1.0, ["default"]
