"""Models that write from left to right: the other side of every comparison."""
