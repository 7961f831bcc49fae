"""`guardloop explain`: what a rule counts, why it matters, and what it does not see."""

from __future__ import annotations

from guardloop.config import check_rules
from guardloop.documentation import documentation
from metrics.scorers import SCORERS


def explain(rule: str) -> str:
    """The documentation of a rule, which is the text at the top of its own file."""
    check_rules("explain", (rule,), tuple(SCORERS))
    kind = "fails a check when it rises" if SCORERS[rule].gated else "for information: it never fails a check alone"
    return f"{rule} ({kind})\n\n{documentation(rule)}"
