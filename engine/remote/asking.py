"""The ways to ask a server for the texts of holes; each yields texts by hole name, best first, legal or not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from engine.exchange import aligned, excerpt, joined, marked
from engine.infilling import fills as infilled
from engine.protocol import EngineError, Hole, Sketch
from engine.question import answers, messages, question
from engine.remote.client import Client

Answers = Iterator[Mapping[str, Any]]
_TEMPERATURE = 0.7
_ANSWER_TOKENS = 1200
_BLOCK = re.compile(r"```[\w+-]*\n(.*?)\n?```", re.DOTALL)
_REGION = 12
"""Lines around the holes that a server rewrites or denoises."""
_LENGTHS = (2, 3, 1, 4)
"""Tokens of each hole on a canvas, in the order in which candidates try them: nothing decides more than length."""
_NOISE = 100_000
"""Random tokens are drawn below this id, which every large vocabulary has."""


def chat(client: Client, sketch: Sketch, candidates: int, seed: int) -> Answers:
    """One conversation for all candidates; the model answers in JSON."""
    body = {"messages": messages(sketch, candidates), "max_tokens": _ANSWER_TOKENS, **_sampling(seed)}
    yield from answers(_said(client.post("/chat/completions", body)))


def fim(path: str, client: Client, sketch: Sketch, candidates: int, seed: int) -> Answers:
    """Fill-in-the-middle completions, hole after hole."""
    for fill in infilled(sketch, partial(_completions, client, path), engine="", candidates=candidates, seed=seed):
        yield fill.texts


def edit(client: Client, sketch: Sketch, candidates: int, seed: int) -> Answers:
    """Mercury's next-edit endpoint: the region with its open names goes in, and comes back rewritten."""
    path, parts = _region(sketch)
    content = (
        "<|recently_viewed_code_snippets|>\n<|/recently_viewed_code_snippets|>\n"
        f"<|current_file_content|>\ncurrent_file_path: {path}\n"
        f"<|code_to_edit|>\n{marked(parts)}\n<|/code_to_edit|>\n<|/current_file_content|>\n"
        f"<|edit_diff_history|>\n{question(sketch, 1)}\n<|/edit_diff_history|>"
    )
    for number in range(candidates):
        body = {"messages": [{"role": "user", "content": content}], **_sampling(seed + number)}
        yield from _rewritten(parts, _said(client.post("/edit/completions", body)))


def apply(client: Client, sketch: Sketch, candidates: int, seed: int) -> Answers:
    """A chat says what changes, and Mercury's apply endpoint merges it into the text with the marks."""
    _, parts = _region(sketch)
    ask = question(sketch, 1) + "\n\nAnswer with the changed lines as code, not as JSON."
    for number in range(candidates):
        chatted = client.post(
            "/chat/completions", {"messages": [{"role": "user", "content": ask}], **_sampling(seed + number)}
        )
        content = (
            f"<|original_code|>\n{marked(parts)}\n<|/original_code|>\n\n"
            f"<|update_snippet|>\n{_code(_said(chatted))}\n<|/update_snippet|>"
        )
        body = {"messages": [{"role": "user", "content": content}], "seed": seed + number}
        yield from _rewritten(parts, _said(client.post("/apply/completions", body)))


def canvas(client: Client, sketch: Sketch, candidates: int, seed: int) -> Answers:
    """Pinned infilling on vLLM's server of DiffusionGemma: frozen text is held on the canvas, holes start as noise."""
    _, parts = _region(sketch)
    tokens = {part: _tokens(client, part) for part in parts if isinstance(part, str) and part}
    prompt = [{"role": "user", "content": question(sketch, 1)}]
    # What was refused before was of the first lengths.
    for number in range(len(sketch.rejected), len(sketch.rejected) + candidates):
        seeded, pinned = _seeded(parts, tokens, _LENGTHS[number % len(_LENGTHS)], random.Random(seed + number))
        wanted = {
            "diffusion_seed_canvas": seeded,
            "diffusion_canvas_length": len(seeded),
            "diffusion_pinned": pinned,
            "diffusion_max_steps": client.address.steps,
        }
        body = {"messages": prompt, "max_tokens": len(seeded), "seed": seed + number, "vllm_xargs": wanted}
        yield from _rewritten(parts, _said(client.post("/chat/completions", body)))


ASKING: Mapping[str, Callable[[Client, Sketch, int, int], Answers]] = {
    "chat": chat,
    "fim": partial(fim, "/completions"),
    "mercury-fim": partial(fim, "/fim/completions"),
    "mercury-edit": edit,
    "mercury-apply": apply,
    "canvas": canvas,
}


def _completions(
    client: Client, path: str, prefix: str, suffix: str, number: int, tokens: int, seed: int
) -> Sequence[str]:
    texts: list[str] = []
    while len(texts) < number:
        # Many servers give one choice whatever `n` says: they are asked again, as long as that brings something new.
        body = {"prompt": prefix, "suffix": suffix, "max_tokens": tokens, "n": number - len(texts)}
        choices = client.post(path, body | _sampling(seed + len(texts))).get("choices")
        said = [str(choice.get("text") or "") for choice in choices or () if isinstance(choice, dict)]
        if set(said) <= set(texts):
            break
        texts += said
    # Some repeat the suffix behind what they write.
    return [text.removesuffix(suffix) for text in texts[:number]]


def _sampling(seed: int) -> dict[str, Any]:
    return {"temperature": _TEMPERATURE, "seed": seed}


def _said(answer: Mapping[str, Any]) -> str:
    """The text of the first choice."""
    try:
        return str(answer["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError) as error:
        raise EngineError(f"engine openai: expected a chat completion, got {str(answer)[:120]!r}") from error


def _code(text: str) -> str:
    block = _BLOCK.search(text)
    return block[1] if block else text


def _rewritten(parts: Sequence[str | Hole], text: str) -> Answers:
    """What stands in the holes of a rewritten region; nothing if the rewrite touched anything else."""
    trimmed = [*parts]
    for at, strip in ((0, str.lstrip), (-1, str.rstrip)):
        end = trimmed[at]
        if isinstance(end, str):
            trimmed[at] = strip(end, "\n")
    found = aligned(trimmed, _code(text).strip("\n"))
    if found:
        yield found


def _tokens(client: Client, text: str) -> list[int]:
    # vLLM serves its tokenizer beside, not below, the versioned paths.
    url = urlsplit(client.address.url)
    answer = client.post(f"{url.scheme}://{url.netloc}/tokenize", {"prompt": text, "add_special_tokens": False})
    tokens = answer.get("tokens")
    if not isinstance(tokens, list) or not all(isinstance(token, int) for token in tokens):
        raise EngineError(f"engine openai: mode canvas: expected tokens from /tokenize, got {str(answer)[:120]!r}")
    return tokens


def _seeded(
    parts: Sequence[str | Hole], tokens: Mapping[str, list[int]], length: int, noise: random.Random
) -> tuple[list[int], list[int]]:
    """The canvas, and the positions on it that are held."""
    seeded: list[int] = []
    pinned: list[int] = []
    for part in parts:
        if isinstance(part, Hole):
            seeded += [noise.randrange(_NOISE) for _ in range(length)]
        elif part:
            pinned += range(len(seeded), len(seeded) + len(tokens[part]))
            seeded += tokens[part]
    return seeded, pinned


def _region(sketch: Sketch) -> tuple[str, list[str | Hole]]:
    """The path of the file with holes, and what stands around them; of several files, one behind the other."""
    paths = [path for path in sorted(sketch.sources) if any(isinstance(part, Hole) for part in sketch.parts(path))]
    if len(paths) == 1:
        return paths[0], excerpt(sketch, paths[0], _REGION)
    parts = [part for path in paths for part in (f"# {path}\n", *excerpt(sketch, path, _REGION), "\n")]
    return paths[0], joined(parts)
