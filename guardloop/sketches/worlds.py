"""What was worked out for the last tree, kept: all findings of one plan are about the same one."""

from __future__ import annotations

from guardloop.sketches.duplication.extraction import World
from guardloop.sketches.duplication.program import Program
from metrics.source import SourceTree


class Worlds:
    """Gives the world of a tree, the same one as long as the tree is the same."""

    def __init__(self) -> None:
        self._known: tuple[str, World] | None = None

    def of(self, tree: SourceTree) -> World:
        """The world of this tree."""
        if self._known is None or self._known[0] != tree.digest:
            self._known = tree.digest, World(Program(tree))
        return self._known[1]
