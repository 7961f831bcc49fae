"""The loop: findings become sketches, engines fill them, gates judge, and only what passed is written."""

__version__ = "0.1.0"
