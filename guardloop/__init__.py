"""A code-quality guardrail loop for Python: generate, then verify."""
