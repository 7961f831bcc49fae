"""The programs whose findings are counted: how they are called, and how their answers are read."""
