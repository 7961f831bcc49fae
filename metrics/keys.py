"""Numbers that stand for what files may have in common, the same in every process."""

from __future__ import annotations

from zlib import crc32


def key_of(kind: str, name: str) -> int:
    """The key of a name of one kind. Two may share one, which ties more files to each other, never fewer."""
    return crc32(f"{kind} {name}".encode("utf-8", "surrogatepass"))
