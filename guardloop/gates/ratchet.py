"""The `ratchet` gate: the cost that the change is about falls, no other rises, and there is less code for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from guardloop.gates.mass import Mass, mass
from guardloop.gates.rises import NOISE, rises
from guardloop.judgement import Candidate, GateResult, Outcome
from metrics.facts import UnparsableError
from metrics.measure import Measurement, measure
from metrics.scorer import ScorerError
from metrics.scorers import SCORERS
from metrics.source import SourceTree


class Ratchet:
    """For a sketch: its rule falls by half of what was predicted. For a given change: the gated cost as a whole falls.

    Credit is never moved between rules, and a rule's own fall counts only if nodes or decisions fall with it: a rewrite
    that merely looks different to the rule is no gain.
    """

    name = "ratchet"

    def __init__(self, measured: Callable[[SourceTree], Measurement] = measure) -> None:
        self._measure = measured

    def check(self, candidate: Candidate) -> GateResult:
        """Compare the costs of both trees; they are in the details."""
        try:
            before, after = self._measure(candidate.before), self._measure(candidate.after)
            masses = _total(candidate.before, candidate.changed), _total(candidate.after, candidate.changed)
        except (ScorerError, UnparsableError) as error:
            return GateResult(self.name, Outcome.ERRORED, f"cannot measure: {error}")
        problem = next(_problems(candidate, before, after, masses), "")
        details = {"costs_before": before.costs, "costs_after": after.costs}
        return GateResult(self.name, Outcome.FAILED if problem else Outcome.PASSED, problem, details=details)


def _problems(
    candidate: Candidate, before: Measurement, after: Measurement, masses: tuple[Mass, Mass]
) -> Iterator[str]:
    known = {file.path for file in before.unparsed}
    for file in after.unparsed:
        if file.path not in known:
            yield f"{file.path}:{file.line}: unparsable, so that no rule sees it"
    falls = {rule: cost - after.costs.get(rule, 0) for rule, cost in before.costs.items() if SCORERS[rule].gated}
    sketch = candidate.sketch
    if sketch is not None:
        least = max(1, NOISE.get(sketch.rule, 0), -(-sketch.predicted // 2))
        fall = before.costs.get(sketch.rule, 0) - after.costs.get(sketch.rule, 0)
        if fall < least:
            yield f"{sketch.rule} falls by {fall}, less than {least}, half of what was predicted"
    elif sum(falls.values()) <= 0 or not any(fall >= max(1, NOISE.get(rule, 0)) for rule, fall in falls.items()):
        yield f"no gated cost falls: {sum(before.costs[rule] for rule in falls)} before, {_sum(after, falls)} after"
    for rule, rise in rises(candidate.before, candidate.after, before.costs, (before, after)):
        yield f"{rule} rises by {rise}"
    was, now = masses
    if now.nodes >= was.nodes and now.decisions >= was.decisions:
        yield f"no less code: {was.nodes} nodes and {was.decisions} decisions, then {now.nodes} and {now.decisions}"


def _sum(measurement: Measurement, rules: Mapping[str, int]) -> int:
    return sum(measurement.costs.get(rule, 0) for rule in rules)


def _total(tree: SourceTree, paths: tuple[str, ...]) -> Mass:
    masses = [mass(tree.texts[path]) for path in paths if path in tree.texts]
    return Mass(sum(part.nodes for part in masses), sum(part.decisions for part in masses))
