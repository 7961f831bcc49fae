"""The rules' own words: the text at the top of a scorer's file is its documentation."""

from __future__ import annotations

import inspect
import sys

from metrics.scorers import SCORERS


def documentation(rule: str) -> str:
    """The whole documentation of a rule, in Markdown. Raises `KeyError` for a rule that does not exist."""
    return inspect.getdoc(sys.modules[type(SCORERS[rule]).__module__]) or ""


def headline(rule: str) -> str:
    """Its first sentence: what is wrong where the rule finds something."""
    paragraph = documentation(rule).split("\n\n", 1)[0]
    return " ".join(paragraph.split())
