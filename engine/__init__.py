"""Engines fill the holes of a sketch; nothing here knows how a fill is judged."""
