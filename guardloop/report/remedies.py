"""The one abstraction that would remove a finding, in a sentence for whoever changes the code."""

from __future__ import annotations

from collections.abc import Mapping

from metrics.scorer import Finding

_REMEDIES: Mapping[str, str] = {
    "duplication": "move what the copies share into one function, pass what differs, and call it from each site",
    "reification-miss": "give the condition a name: one predicate, on what it asks about, that all sites call",
    "state": "give the related attributes one owner that keeps them consistent",
    "complexity": "move an inner block into a function with a name, and leave early instead of nesting",
    "lint": "mend what the linter names",
    "types": "mend what the type checker names",
}


def remedies(finding: Finding) -> tuple[str, ...]:
    """What to do about a finding, if its message does not say so already: at most one sentence."""
    return (_REMEDIES[finding.rule],) if finding.rule in _REMEDIES else ()
