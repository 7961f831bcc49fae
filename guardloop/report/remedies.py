"""The one abstraction that would remove a finding, in a sentence for whoever changes the code."""

from __future__ import annotations

from collections.abc import Mapping

from metrics.scorer import Finding

_REMEDIES: Mapping[str, str] = {
    "duplication": "move what the copies share into one function, pass what differs, and call it from each site",
    "reification-miss": "give the condition a name: one predicate, on what it asks about, that all sites call",
    "nil-pressure": "settle the missing value where it comes from, so that no later place has to check for it",
    "type-pressure": "convert once where the value enters, so that later places need not ask for its type",
    "value-pressure": "name the set of values once, as an enumeration or a constant, and compare with its members",
    "state-drift": "change what belongs together in one method of the owner, and call that from each site",
    "state": "give the related attributes one owner that keeps them consistent",
    "decision-pressure": "decide once and pass the answer on, instead of asking the same question again",
    "dispatch": "replace the ladder by one method for each case, or one table from case to function",
    "complexity": "move an inner block into a function with a name, and leave early instead of nesting",
    "lint": "mend what the linter names",
    "types": "mend what the type checker names",
}


def remedy(finding: Finding) -> str:
    """What to do about a finding; its own evidence wins over what holds for the rule."""
    own = finding.evidence.get("remedy")
    return str(own) if own else _REMEDIES.get(finding.rule, "remove what is repeated, or name it once")
