"""Deterministic costs of Python source: what removable complexity a tree holds, and where it comes from."""
