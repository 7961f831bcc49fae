"""Judging what a change adds: both sides of it, its charge against its budget, baselines."""
