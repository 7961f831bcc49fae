"""Engines that ask an OpenAI-compatible server; the only place that knows the `openai` package."""
