"""Sketches that give conditions which are tested together a name."""

from guardloop.sketches.reification_miss.sketcher import ReificationSketcher as ReificationSketcher
