"""From a finding to partial programs: the shape of each refactoring, with holes where judgement is needed."""

from __future__ import annotations

from collections.abc import Mapping

from guardloop.sketches.duplication import DuplicationSketcher
from guardloop.sketches.duplication.forecast import fall
from guardloop.sketches.protocol import Sketcher
from guardloop.sketches.reification_miss import ReificationSketcher

SKETCHERS: Mapping[str, Sketcher] = {
    "duplication": DuplicationSketcher(fall),
    "reification-miss": ReificationSketcher(),
}
