"""Where values live, how they flow, and where code asks what they are: shared by the scorers that look for sources.

`read` sees one file; `model` resolves the facts of all files, once per index. A scorer on top of it has
`reading = slots.READING` and `facts` that returns `slots.read(module)`.
"""

from __future__ import annotations

from metrics.slots.keys import keys_of
from metrics.slots.model import SlotModel
from metrics.slots.near import model
from metrics.slots.reading import READING, VERSION, read
from metrics.slots.resolution import Function, Slot
from metrics.slots.said import Check, Nil

__all__ = ["READING", "VERSION", "Check", "Function", "Nil", "Slot", "SlotModel", "keys_of", "model", "read"]
