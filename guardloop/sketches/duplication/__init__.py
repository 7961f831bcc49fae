"""Sketches that remove duplication: one function or method in place of several copies."""

from guardloop.sketches.duplication.sketcher import DuplicationSketcher

__all__ = ["DuplicationSketcher"]
