"""The rules as the report names them: as choices, and with their own documentation."""

from __future__ import annotations

from guardloop.documentation import documentation
from guardloop.report.html.markup import Markup, element
from guardloop.report.html.prose import paragraphs

GATED = "gated"
"""The view of everything that can fail a check; the other views are the rules."""


def selector(view: str) -> str:
    """The id of a view's choice."""
    return f"rule-{view}"


def documented(rule: str) -> Markup:
    """A rule's documentation, folded."""
    attributes = {"class": "rule-text", "id": f"about-{rule}"}
    return element("details", attributes, element("summary", None, rule), *paragraphs(documentation(rule)))
