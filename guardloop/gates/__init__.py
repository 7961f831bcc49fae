"""The gates, one file each; a candidate is asked by each in turn, cheapest first."""

from __future__ import annotations

GATES = ("parses", "scope", "interface", "ratchet", "lint", "types", "tests")
"""The order; `guardloop.guards` builds them from what they need of the project."""
