"""An engine that plays prepared texts: a recorded session, or a test that needs to know what is proposed.

The script maps a hole's name to its texts, best first; a key may be a pattern (`arg*`, `*`; the first that matches
counts), and `{hole}` in a text stands for the hole's name. The k-th fill takes the k-th text of each hole, and the last
one of those that have fewer. Texts in `taken` and fills in `rejected` are left out, so that a caller who bans a
rejected name gets the next. Beyond that nothing is checked: a script may propose what no other engine would.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from engine.protocol import EngineError, Fill, Hole, Sketch

Script = Mapping[str, Sequence[str]]


class Scripted:
    """Plays a script; the same sketch always gets the same fills, whatever the seed."""

    name = "scripted"

    def __init__(self, script: Script, place: str = "script"):
        self.script, self.place = script, place

    @classmethod
    def read(cls, path: Path) -> Scripted:
        """Raises `EngineError` when the file is missing or is no JSON object of lists of strings."""
        try:
            script = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EngineError(f"engine scripted: {path}: expected a JSON file, got {error}") from error
        if not isinstance(script, dict) or not all(_is_texts(texts) for texts in script.values()):
            raise EngineError(
                f"engine scripted: {path}: expected an object of lists of strings by hole name, "
                f'for example {{"helper": ["_parse_row"]}}'
            )
        return cls(script, str(path))

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the script's texts for the sketch's holes, in the script's order."""
        texts = {hole.name: self._texts(hole) for hole in sketch.holes}
        if not all(texts.values()):
            return
        length = max((len(options) for options in texts.values()), default=1)
        chosen = ({name: options[min(at, len(options) - 1)] for name, options in texts.items()} for at in range(length))
        for fill in islice((texts for texts in chosen if not sketch.is_rejected(texts)), candidates):
            yield Fill(fill, 0.0, self.name, seed)

    def _texts(self, hole: Hole) -> list[str]:
        keys = [key for key in (hole.name, *self.script) if key in self.script]
        key = next((key for key in keys if fnmatchcase(hole.name, key)), None)
        if key is None:
            known = ", ".join(sorted(self.script)) or "none"
            raise EngineError(f"engine scripted: {self.place}: expected texts for hole {hole.name!r}, got only {known}")
        texts = (text.replace("{hole}", hole.name) for text in self.script[key])
        return list(dict.fromkeys(text for text in texts if text not in hole.taken))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
