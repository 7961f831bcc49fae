"""What None costs that no check shows, which rewrites it rewards, and which it sees through."""

from __future__ import annotations

from metrics.testing import Costs, Example, Refuses, Rewards

LOOKED_UP = """
    def describe(entry):
        name = entry.get("name")
        size = entry.get("size", 0)
        return name, size, entry.get("parts") or []

    def label(entry):
        return entry.get("name", "")
"""
PARSED = """
    class Entry:
        def __init__(self, data):
            self.name = data.get("name") or "none"
            self.size = data.get("size", 0)
            self.parts = data.get("parts", [])
"""
RECORD = """
    def describe(entry):
        return entry.name, entry.size, entry.parts

    def label(entry):
        return entry.name
"""
SWALLOWED = """
    def read(source):
        try:
            return source.read()
        except Exception:
            return ""
"""
LOGGED = """
    import logging

    def read(source):
        try:
            return source.read()
        except Exception:
            logging.exception("no source")
            return ""
"""

HIDDEN: tuple[Example, ...] = (
    Costs(LOOKED_UP, {2: 4}),
    # Here the record is made: what has no value gets one, once.
    Costs(PARSED, {}),
    Costs(SWALLOWED, {4: 2}),
    Costs(LOGGED, {}),
    # What is asked for by number has no fields.
    Costs(
        """
        def words(line):
            return line.get(0), line.get(1, ""), line.get(2, None)
        """
    ),
    # Clients fetch with `get`; computed keys may be missing by nature, and are measured only.
    Costs(
        """
        def fetch(session, counts, key, other):
            return session.get("/a"), session.get("/b"), counts.get(key), counts.get(other)
        """,
        {2: 1},
    ),
    Rewards(LOOKED_UP, RECORD),
    Rewards(LOOKED_UP, PARSED + RECORD),
    Rewards(SWALLOWED, SWALLOWED.replace("Exception", "OSError")),
    # Lookups spelled out, and swallowing by another word.
    Refuses(LOOKED_UP, LOOKED_UP.replace('entry.get("size", 0)', 'entry["size"] if "size" in entry else 0')),
    Refuses(LOOKED_UP, LOOKED_UP.replace('entry.get("size", 0)', 'entry.get("size", NOTHING)')),
    Refuses(
        SWALLOWED,
        """
        import contextlib

        def read(source):
            with contextlib.suppress(Exception):
                return source.read()
            return ""
        """,
    ),
)
