"""When the time of a run is over, as engines heed it."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

from engine.protocol import EngineError


class Deadline:
    """A time past which an engine begins nothing; at first there is none."""

    def __init__(self, engine: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock
        self.at = inf
        """By the clock; `Timed.end_by` tells it."""

    def is_over(self) -> bool:
        """Whether what was begun should be cut short."""
        return self._clock() >= self.at

    def left(self) -> float:
        """Seconds that are left for what is to begin; raises `EngineError` when there are none."""
        left = self.at - self._clock()
        if left <= 0:
            raise EngineError(f"engine {self._engine}: the time of the run is over")
        return left
