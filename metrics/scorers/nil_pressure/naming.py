"""Ids of findings, and the places they name."""

from __future__ import annotations

from hashlib import blake2b


def finding_id(rule: str, identity: str) -> str:
    """A fingerprint of the entities that a finding is about."""
    return f"{rule}:{blake2b(identity.encode(), digest_size=8).hexdigest()}"
