"""The `interface` gate: what other code can use of a module stays, and importing it does nothing more than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from guardloop.gates.import_effects import import_effects
from guardloop.gates.public import Namespace, Signature, public_namespace
from guardloop.judgement import Candidate, GateResult, Outcome
from metrics.facts import UnparsableError


class Interface:
    """Public names, signatures, defaults, decorators and bases stay; new private names may appear anywhere."""

    name = "interface"

    def check(self, candidate: Candidate) -> GateResult:
        """Name the first thing that is no longer as it was."""
        try:
            problem = next(_problems(candidate), "")
        except UnparsableError as error:
            return GateResult(self.name, Outcome.ERRORED, f"a changed file cannot be read: {error}")
        return GateResult(self.name, Outcome.FAILED if problem else Outcome.PASSED, problem)


def _problems(candidate: Candidate) -> Iterator[str]:
    before, after = candidate.before.texts, candidate.after.texts
    elsewhere = {path: _read(path, after[path]) for path in candidate.changed if path in after}
    for path in candidate.changed:
        if path not in before:
            continue
        if path not in after:
            yield f"{path} is gone"
            return
        yield from _differences(path, _read(path, before[path]), elsewhere[path], tuple(elsewhere.values()))
    added: Counter[str] = Counter()
    for path in candidate.changed:
        added.update(import_effects(after.get(path, "")))
        added.subtract(import_effects(before.get(path, "")))
    for effect in sorted(+added):
        yield f"runs more when it is imported: {' '.join(effect.split())[:80]}"


def _read(path: str, text: str) -> Namespace:
    return public_namespace(text, package=path.rpartition("/")[2] == "__init__.py")


def _differences(path: str, before: Namespace, after: Namespace, others: Sequence[Namespace]) -> Iterator[str]:
    if before.exported != after.exported:
        yield f"{path}: __all__ changed"
    for name, was in before.members.items():
        now = after.member(name, others)
        if name in after.imported and name not in before.imported:
            yield from _moved(f"{path}: {name}", was, after.imported[name], others)
        elif now is None:
            yield f"{path}: {name} is gone"
        else:
            yield from _changed(f"{path}: {name}", was, now)
    for name, bases in before.classes.items():
        if name in after.classes and not _in_order(bases, after.ancestors(name, others)):
            # Bases may be added, and may move behind a class that stands between.
            yield f"{path}: bases of {name} changed from ({', '.join(bases)}) to ({', '.join(after.classes[name])})"


def _moved(where: str, was: Signature, original: str, others: Sequence[Namespace]) -> Iterator[str]:
    """A name that is imported now must have its old signature where it comes from."""
    if not any(other.members.get(original) == was and original not in other.imported for other in others):
        yield f"{where} is imported now, from where its signature is not the same"


def _changed(where: str, was: Signature, now: Signature) -> Iterator[str]:
    for part, a, b in zip(Signature._fields, was, now, strict=True):
        if a != b:
            yield f"{where}: {part} changed from {a or 'none'} to {b or 'none'}"


def _in_order(wanted: Sequence[str], found: Sequence[str]) -> bool:
    left = iter(found)
    return all(name in left for name in wanted)
