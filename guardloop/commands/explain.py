"""`guardloop explain`: what a rule counts, why it matters, and what it does not see."""

from __future__ import annotations

import inspect
import sys

from guardloop.config import check_rules
from metrics.scorers import SCORERS


def explain(rule: str) -> str:
    """The documentation of a rule, which is the text at the top of its own file."""
    check_rules("explain", (rule,), tuple(SCORERS))
    scorer = SCORERS[rule]
    documentation = inspect.getdoc(sys.modules[type(scorer).__module__]) or ""
    kind = "fails a check when it rises" if scorer.gated else "for information: it never fails a check alone"
    return f"{rule} ({kind})\n\n{documentation}"
