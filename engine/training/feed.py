"""Draws examples from the texts for as long as a training lasts, other holes in each epoch, the same for a seed.

    epoch    the files in a random order, large packages thinned out
    group    some of its files: the unit that is batched, and that a snapshot counts
    share    a part of a group that one worker makes

A worker makes some 1 to 2 million tokens a minute; a group is made while the one before it is trained on.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from engine.training.bundle import Bundle
from engine.training.corpus import Source
from engine.training.examples import Example, examples_of
from engine.training.sites import Rates

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Place = tuple[int, int]
"""An epoch and a group of it."""
_CHARACTERS_PER_EXAMPLE = 250


@dataclass(frozen=True)
class Plan:
    """Which files come when, and what is drawn from them."""

    budget: int = 512
    """Most tokens of a prompt."""
    per_package: int = 0
    """About how many examples an epoch takes from one package; 0 takes all."""
    group_characters: int = 2_000_000
    shares: int = 16
    """Parts of a group; workers beyond that many are idle."""
    seed: int = 1


class Feed:
    """The examples of a training in order."""

    def __init__(self, bundle: Bundle, plan: Plan, workers: int = 0) -> None:
        self.bundle, self.plan, self.workers = bundle, plan, workers

    def groups(self, start: Place) -> Generator[tuple[Place, list[Example]]]:
        """All examples of each group from a place on, without end. Close it to end its workers."""
        tasks = self._tasks(start)
        if self.workers < 1:
            yield from ((place, _drawn(self.bundle.tokenizer, share, self.plan, place)) for place, share in tasks)
            return
        with _pool(self.bundle.vocabulary, self.plan, self.workers) as pool:
            waiting = []
            for place, files in tasks:
                shares = [files[at :: self.plan.shares] for at in range(self.plan.shares)]
                waiting.append((place, pool.map_async(_work, [(share, place) for share in shares if share])))
                # One group is made ahead of the one that is asked for, and one more while the pool has none.
                if len(waiting) > 2:
                    ready, made = waiting.pop(0)
                    yield ready, [example for share in made.get() for example in share]

    def _tasks(self, start: Place) -> Iterator[tuple[Place, list[Source]]]:
        epoch, first = start
        while True:
            groups = list(self._epoch(epoch))
            yield from (((epoch, at), group) for at, group in islice(enumerate(groups), first, None))
            epoch, first = epoch + 1, 0

    def _epoch(self, epoch: int) -> Iterator[list[Source]]:
        rng = random.Random(f"{self.plan.seed} {epoch}")
        sizes: dict[str, int] = {}
        for source in self.bundle.train:
            sizes[source.package] = sizes.get(source.package, 0) + len(source.text)
        wanted = self.plan.per_package * _CHARACTERS_PER_EXAMPLE
        files = [s for s in self.bundle.train if not wanted or rng.random() < wanted / sizes[s.package]]
        rng.shuffle(files)
        group: list[Source] = []
        for source in files:
            group.append(source)
            if sum(len(member.text) for member in group) >= self.plan.group_characters:
                yield group
                group = []
        if group or not files:
            yield group


def drawn(tokenizer: Tokenizer, sources: Sequence[Source], budget: int, seed: str) -> list[Example]:
    """The examples of these files, each file's own for a seed."""
    return [
        example
        for source in sources
        for example in examples_of(
            source, tokenizer, Rates(), budget, random.Random(f"{seed} {source.package} {source.path}")
        )
    ]


def _drawn(tokenizer: Tokenizer, sources: Sequence[Source], plan: Plan, place: Place) -> list[Example]:
    # Interleaved as workers do it, so that their number changes nothing.
    ordered = [source for at in range(plan.shares) for source in sources[at :: plan.shares]]
    return drawn(tokenizer, ordered, plan.budget, f"{plan.seed} {place[0]}")


_worker: list[tuple[Tokenizer, Plan]] = []
"""What a worker process was started with."""


@contextmanager
def _pool(vocabulary: str, plan: Plan, workers: int) -> Iterator[multiprocessing.pool.Pool]:
    # Fresh processes: a forked one would inherit the threads of torch and of the GPU's driver.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start, (vocabulary, plan)) as pool:
        yield pool


def _start(vocabulary: str, plan: Plan) -> None:
    from tokenizers import Tokenizer

    _worker[:] = [(Tokenizer.from_str(vocabulary), plan)]


def _work(task: tuple[list[Source], Place]) -> list[Example]:
    sources, place = task
    tokenizer, plan = _worker[0]
    return drawn(tokenizer, sources, plan.budget, f"{plan.seed} {place[0]}")
