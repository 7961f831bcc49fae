"""Sketches written as they read, for tests and examples of engines."""

from __future__ import annotations

import re
import textwrap

from engine.protocol import Edit, Hole, HoleKind, Sketch

_MARK = re.compile(r"«([^»]+)»")


def sketch_of(files: dict[str, str], *holes: Hole, rule: str = "duplication") -> Sketch:
    """A sketch whose new text is `files`, where `«name»` stands for the hole of that name.

    A mark without a hole of its name gets one: a helper's name for `helper…`, else a parameter's.
    """
    known = {hole.name: hole for hole in holes}
    edits = []
    for path, text in sorted(files.items()):
        pieces = _MARK.split(textwrap.dedent(text).lstrip("\n"))
        parts = (known.get(piece) or _plain(piece) if at % 2 else piece for at, piece in enumerate(pieces))
        edits.append(Edit(path, 0, 0, tuple(parts)))
    return Sketch(rule, f"{rule}:0", "test", "", dict.fromkeys(files, ""), tuple(edits))


def _plain(name: str) -> Hole:
    return Hole(name, HoleKind.HELPER_NAME if name.startswith("helper") else HoleKind.PARAMETER)
