"""The imports that a shared function needs in the modules that call it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.protocol import Edit, Hole
from guardloop.sketches.duplication.program import Parsed
from guardloop.sketches.duplication.region import Copy
from guardloop.sketches.imports import import_edit
from guardloop.sketches.style import Style

if TYPE_CHECKING:
    from guardloop.sketches.duplication.extraction import World


def crossing_edits(home: Parsed, copies: Sequence[Copy], name: Hole, world: World, style: Style) -> list[Edit]:
    """One edit for every other module that has a copy: it imports the name from `home`."""
    others = {copy.file.path: copy.file for copy in copies if copy.file is not home}
    modules = world.bindings.modules
    edits = [import_edit(modules, file.path, file.text, home.path, name, style) for file in others.values()]
    return [edit for edit in edits if edit]
