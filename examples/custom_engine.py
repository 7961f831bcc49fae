"""An engine that names things after a house glossary, and says nothing where the glossary is silent.

An engine proposes and never decides: it yields at most `candidates` legal fills, best first, the same ones for the same
arguments. Its line in `engine/registry.py` makes it `--engine glossary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.protocol import Edit, Fill, Hole, HoleKind, Sketch

GLOSSARY = {"weight": "gross_weight", "amount": "net_amount", "rate": "tax_rate"}


class Glossary:
    """Looks the hints of every hole up in a glossary."""

    name = "glossary"

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield one fill if the glossary has a legal word for every hole, else none."""
        texts: dict[str, str] = {}
        for hole in sketch.holes:
            word = next((word for word in self._proposals(hole) if word not in texts.values()), None)
            if word is None:
                return
            texts[hole.name] = word
        if candidates > 0:
            yield Fill(texts, 0.0, self.name, seed)

    def _proposals(self, hole: Hole) -> Iterator[str]:
        for hint in hole.hints:
            word = hole.prefix + self._words.get(hint, "")
            if word.isidentifier() and hint in self._words and word not in hole.taken:
                yield word


if __name__ == "__main__":
    hole = Hole("parameter", HoleKind.PARAMETER, hints=("rate",))
    text = "def gross(net, {0}):\n    return net + net * {0} // 100\n"
    head, middle, tail = text.split("{0}")
    sketch = Sketch(
        rule="duplication",
        finding="duplication:example",
        variant="function",
        instruction="Name the parameter.",
        sources={"pricing.py": ""},
        edits=(Edit("pricing.py", 0, 0, (head, hole, middle, hole, tail)),),
    )
    for fill in Glossary(GLOSSARY).fill(sketch, candidates=1, seed=0):
        print(sketch.after(fill)["pricing.py"], end="")
