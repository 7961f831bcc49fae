"""The engine behind `diffusion-gemma:PATH-OR-NAME`: any checkpoint of DiffusionGemma's class that lies on this machine.

The chat holds the code with its marked holes. The answer's form is frozen on the canvas (see `form`), and only the
texts are denoised, each candidate with its own seed and length. A closed set is not denoised but ranked by what one
pass says of its texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from engine.deadline import Deadline
from engine.diffusion.drafting import drafting
from engine.diffusion.pretrained import check_named, computing, load_pretrained
from engine.enumerate import combinations, combined
from engine.naming.legal import is_legal, repaired
from engine.naming.proposals import Ranked
from engine.protocol import EngineError, Fill, Hole, OnDraft, Sketch
from engine.question import question

if TYPE_CHECKING:
    from engine.diffusion.classed import Prompt
    from engine.diffusion.form import Lexicon

DEFAULT = "google/diffusiongemma-26B-A4B-it"
_ROWS = 8
"""Candidates denoised in one batch."""
_PASSES = 2
"""Noise canvases over which the log-probability of a given text is averaged."""
# Consecutive seeds must not share rows: seed 1's second row is not seed 2's first.
_STRIDE = 1_000_003
_FORM = "Answer with one line for each hole, its mark, an equals sign and its text."


@dataclass(frozen=True)
class Loaded:
    """A checkpoint, its tokenizer, and what the tokens are."""

    model: Any
    tokenizer: Any
    lexicon: Lexicon


class DiffusionGemma:
    """Denoises all open holes of a sketch together; the same arguments give the same fills on one machine."""

    name = "diffusion-gemma"

    def __init__(self, checkpoint: str) -> None:
        """Raises `EngineError` without the extra; loading waits for the first hole."""
        self._checkpoint = checkpoint or DEFAULT
        self._on_draft: OnDraft | None = None
        self._deadline = Deadline(self.name)
        check_named(self.name, self._checkpoint)

    def end_by(self, deadline: float) -> None:
        """Begin no pass of the model beyond that; canvases that are being denoised by then are given as they stand."""
        self._deadline.at = deadline

    def watch(self, on_draft: OnDraft | None) -> None:
        """Show the first row of each batch as it settles."""
        self._on_draft = on_draft

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield at most that many distinct legal fills: of each batch, the likeliest first."""
        if candidates < 1:
            return
        given: set[tuple[str, ...]] = set()
        for options in self._batches(sketch, candidates, seed) if sketch.holes else iter([{}]):
            ranked: dict[str, Ranked] = {
                name: sorted(((logprob, text) for text, logprob in texts.items()), key=lambda one: (-one[0], one[1]))
                for name, texts in options.items()
            }
            for texts in combined(sketch, ranked):
                if (key := tuple(texts.values())) in given:
                    continue
                given.add(key)
                said = [options[name][text] for name, text in texts.items()]
                yield Fill(texts, sum(said) / max(1, len(said)), self.name, seed)
                if len(given) == candidates:
                    return

    @cached_property
    def loaded(self) -> Loaded:
        """Raises `EngineError` when the checkpoint is not there, is broken, or is of another class."""
        import torch

        from engine.diffusion.form import Lexicon

        model, tokenizer = load_pretrained(
            self.name, self._checkpoint, "DiffusionGemmaForBlockDiffusion", "the class", is_dense=True
        )
        if not tokenizer.chat_template:
            raise EngineError(f"engine diffusion-gemma: {self._checkpoint}: expected a chat template, found none")
        is_placed = getattr(model, "hf_device_map", None) is not None or not torch.cuda.is_available()
        vocabulary = int(model.config.text_config.vocab_size)
        return Loaded(model if is_placed else model.to("cuda"), tokenizer, Lexicon(tokenizer, vocabulary))

    def _batches(self, sketch: Sketch, candidates: int, seed: int) -> Iterator[dict[str, dict[str, float]]]:
        """Legal texts of each hole with their mean log-probabilities, after each batch more of them."""
        self._deadline.left()
        prompt = self._encoded(sketch)
        closed = [hole for hole in sketch.holes if hole.choices]
        options = {hole.name: self._chosen(prompt, hole, seed) for hole in closed}
        if len(options) == len(sketch.holes):
            yield options
            return
        known = _best(closed, options)
        options |= {hole.name: {} for hole in sketch.holes if hole.name not in options}
        # What was refused before is not drawn again: later rounds go on with the next lengths and seeds.
        first = len(sketch.rejected)
        for start in range(first, first + candidates + _ROWS, _ROWS):
            self._deadline.left()
            for name, text, logprob in self._drawn(prompt, sketch.holes, range(start, start + _ROWS), seed, known):
                options[name][text] = max(options[name].get(text, logprob), logprob)
            yield options

    def _encoded(self, sketch: Sketch) -> Prompt:
        from engine.diffusion.classed import encode

        chat = [{"role": "user", "content": f"{question(sketch, 1)}\n\n{_FORM}"}]
        ids = self.loaded.tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        with computing(self.name):
            return encode(self.loaded.model, list(ids))

    def _chosen(self, prompt: Prompt, hole: Hole, seed: int) -> dict[str, float]:
        from engine.diffusion.canvas import Noise
        from engine.diffusion.form import ranked_choices

        lexicon = self.loaded.lexicon
        noise = Noise([seed * _STRIDE + number for number in range(_PASSES)], lexicon.vocabulary)
        with computing(self.name):
            return ranked_choices(prompt, hole, lexicon, noise)

    def _drawn(
        self, prompt: Prompt, holes: Sequence[Hole], numbers: range, seed: int, known: Mapping[str, str]
    ) -> Iterator[tuple[str, str, float]]:
        """The legal texts of a batch of rows, hole by hole."""
        from engine.diffusion.canvas import Noise
        from engine.diffusion.denoise import Settings, denoise
        from engine.diffusion.form import Form, canvas, is_revised

        lexicon, settings = self.loaded.lexicon, Settings()
        forms = [Form.of(holes, number, lexicon, known) for number in numbers]
        noise = Noise([seed * _STRIDE + number for number in numbers], lexicon.vocabulary)
        with drafting(self.name, settings.steps, partial(forms[0].texts, lexicon), self._on_draft) as on_draft:
            opened = canvas(forms, lexicon, noise if any(map(is_revised, holes)) else None)
            with computing(self.name):
                is_over = self._deadline.is_over
                found = denoise(self.loaded.model, prompt, opened, noise, settings, on_draft=on_draft, is_over=is_over)
        for form, row, said in zip(forms, found.tokens.tolist(), found.logprobs.tolist(), strict=True):
            for hole in holes:
                if hole.name in form.places:
                    text = repaired(hole, form.text(hole, row, lexicon))
                    start, end = form.places[hole.name]
                    if is_legal(hole, text):
                        yield hole.name, text, sum(said[start:end]) / (end - start)


def _best(holes: Sequence[Hole], options: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    ranked: dict[str, Ranked] = {
        hole.name: sorted(((said, text) for text, said in options[hole.name].items()), reverse=True) for hole in holes
    }
    return next(combinations(holes, ranked), {})
