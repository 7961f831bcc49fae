"""One file with all that a training needs but the code: texts of both sides of the split, and the tokenizer.

    xz of JSON lines   header (tokenizer, packages, digest of the rest) | [is held out, package, path, text] ...

Texts, not tokens: a training draws other holes from them in each epoch, and tokens are little smaller. Of 15 million
characters of the corpus (4.3 million tokens) xz makes 0.60 bytes a token from the text, 0.55 from 16-bit token ids.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.training.corpus import Recipe, Source
from engine.training.sites import without_docstrings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SCHEMA = 1
KEEP_DOCSTRINGS = 0.15
"""Share of files that keep them: they tell what a name says, but code that is to be mended has them too."""
# Copies of a passage lie further apart than the preset's window reaches.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 27}]


class BundleError(Exception):
    """The file is no whole bundle."""


@dataclass(frozen=True)
class Bundle:
    """What a training reads."""

    train: tuple[Source, ...]
    held_out: tuple[Source, ...]
    vocabulary: str
    """The tokenizer as JSON text."""
    facts: dict[str, Any]
    """What the card says of the data: `digest`, `packages`, `held_out` and `characters`."""

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Texts to token ids."""
        from tokenizers import Tokenizer

        return Tokenizer.from_str(self.vocabulary)


def gather(sources: Iterable[Source], recipe: Recipe, vocabulary: str, seed: int) -> Bundle:
    """The corpus as a bundle: most docstrings taken out, files in the order of their names."""
    split: dict[bool, list[Source]] = {False: [], True: []}
    for source in sorted(sources, key=lambda source: (source.package, source.path)):
        keeps = random.Random(f"{seed} {source.package} {source.path}").random() < KEEP_DOCSTRINGS
        text = source.text if keeps else without_docstrings(source.text)
        split[source.package in recipe.held_out].append(Source(source.package, source.path, text))
    named = {side: {s.package: recipe.versions[s.package] for s in found} for side, found in split.items()}
    facts = {
        "digest": _digest(split[False], split[True]),
        "packages": named[False],
        "held_out": named[True],
        "characters": sum(len(source.text) for source in split[False]),
    }
    return Bundle(tuple(split[False]), tuple(split[True]), vocabulary, facts)


def write(bundle: Bundle, path: Path) -> None:
    """Store a bundle."""
    with lzma.open(path, "wt", encoding="utf-8", filters=_FILTERS) as stream:
        stream.write(json.dumps({"schema": SCHEMA, "vocabulary": bundle.vocabulary, **bundle.facts}) + "\n")
        stream.writelines(_lines(bundle.train, bundle.held_out))


def read(path: Path) -> Bundle:
    """A stored bundle. Raises `BundleError` when it is cut off, changed, or something else."""
    split: dict[bool, list[Source]] = {False: [], True: []}
    try:
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            facts = json.loads(stream.readline())
            for line in stream:
                is_held_out, *row = json.loads(line)
                split[is_held_out].append(Source(*row))
        schema, vocabulary = facts.pop("schema"), facts.pop("vocabulary")
    except (OSError, lzma.LZMAError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BundleError(f"{path}: expected a bundle, found {type(error).__name__}: {error}") from error
    if schema != SCHEMA or facts.get("digest") != _digest(split[False], split[True]):
        raise BundleError(f"{path}: expected a bundle of schema {SCHEMA} whose digest is its texts', found another")
    return Bundle(tuple(split[False]), tuple(split[True]), vocabulary, facts)


def _lines(train: Iterable[Source], held_out: Iterable[Source]) -> Iterator[str]:
    for is_held_out, sources in ((False, train), (True, held_out)):
        for source in sources:
            row = [is_held_out, source.package, source.path, source.text]
            yield json.dumps(row, ensure_ascii=False) + "\n"


def _digest(train: Iterable[Source], held_out: Iterable[Source]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for line in _lines(train, held_out):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
