"""Judging every candidate of an audit log again, from the log and the commit that it names; no engine is asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardloop.audit import Record, fill_from, sketches
from guardloop.errors import AuditError
from guardloop.git import git
from guardloop.guards import ProjectGuards
from guardloop.judgement import Candidate, Outcome, decide
from guardloop.judging import until_refused
from guardloop.measuring import tried
from guardloop.project import Project
from guardloop.report.progress import Progress
from guardloop.sketches.formatting import written
from guardloop.workspace import read_tree
from metrics.encoding import encode
from metrics.source import SourceTree


@dataclass(frozen=True)
class Agreement:
    """One candidate's verdict in the log and now; `why` names the gates where they differ."""

    number: int
    then: str
    now: str
    why: str = ""

    @property
    def same(self) -> bool:
        """Whether the two are the same."""
        return self.then == self.now


def replayed(records: Sequence[Record], target_python: Path | None, told: Progress) -> list[Agreement]:
    """Judge all attempts of a log's runs again, in order.

    Raises `AuditError` when the tree that a run began with cannot be had again.
    """
    found: list[Agreement] = []
    for run in _runs(records):
        with tempfile.TemporaryDirectory(prefix="guardloop-replay-") as folder:
            root = _checkout(run[0], records, Path(folder).resolve())
            found += _replay(run, records, root, target_python, told, len(found))
    return found


def _runs(records: Sequence[Record]) -> Iterator[list[Record]]:
    starts = [number for number, record in enumerate(records) if record["record"] == "run"]
    for start, end in zip(starts, [*starts[1:], len(records)], strict=True):
        yield list(records[start:end])


def _checkout(header: Record, records: Sequence[Record], folder: Path) -> Path:
    """A clone of the run's commit, with what had been changed in the judged tree since."""
    origin, head = Path(header["root"]), str(header["head"])
    if header["dirty"]:
        raise AuditError(f"the run began with changes that are in no commit: {', '.join(header['dirty'][:5])}")
    if not origin.is_dir() or git(origin, "cat-file", "-e", f"{head}^{{commit}}") is None:
        raise AuditError(f"{origin}: expected the repository with commit {head}, found none")
    top = git(origin, "rev-parse", "--show-toplevel") or ""
    clone = folder / "clone"
    if git(folder, "clone", "-q", "--shared", "--no-checkout", top.rstrip("\n"), str(clone)) is None:
        raise AuditError(f"{origin}: cannot be cloned")
    if git(clone, "checkout", "-q", "--detach", head) is None:
        raise AuditError(f"{origin}: commit {head} cannot be checked out")
    root = clone / str(header["prefix"])
    texts = {record["digest"]: record["content"] for record in records if record["record"] == "text"}
    for path, key in header["changed"].items():
        original = (root / path).read_bytes() if (root / path).is_file() else b""
        (root / path).write_bytes(encode(texts[key], original))
    return root


def _replay(
    run: Sequence[Record], records: Sequence[Record], root: Path, target_python: Path | None, told: Progress, first: int
) -> list[Agreement]:
    header, known = run[0], sketches(records)
    tree = read_tree(root, header["exclude"]).tree
    if tree.digest != header["tree"]:
        raise AuditError(f"{root}: the tree of commit {header['head']} is not the one that the run began with")
    python = str(target_python or header["python"])
    project = Project.discover(root, tests=header["tests"], python=python)
    found: list[Agreement] = []
    with ProjectGuards(project, tree, measured=tried, exclude=header["exclude"], progress=told.doing) as guards:
        for record in run:
            if record["record"] == "attempt":
                sketch, fill = known[record["sketch"]], fill_from(record)
                candidate = Candidate(tree, tree.replacing(written(sketch, fill)), sketch, fill)
                if record["tree"] != tree.digest:
                    raise AuditError(
                        f"attempt {first + len(found) + 1} was judged on a tree that the log does not lead to"
                    )
                told.doing(f"judging attempt {first + len(found) + 1} again")
                found.append(_agreement(first + len(found) + 1, record, candidate, guards))
            elif record["record"] == "accepted":
                tree = _accepted(record, candidate)
                guards.accept(tree)
    return found


def _accepted(record: Record, candidate: Candidate) -> SourceTree:
    if candidate.after.digest != record["tree"]:
        raise AuditError(f"the patch {record['id']} does not lead to the tree that the log names")
    return candidate.after


def _agreement(number: int, record: Record, candidate: Candidate, guards: ProjectGuards) -> Agreement:
    results = until_refused(candidate, guards.gates)
    now = str(decide(results))
    if now == record["verdict"]:
        return Agreement(number, now, now)
    then_last = record["results"][-1] if record["results"] else {"gate": "none", "reason": ""}
    last = results[-1]
    says = "passes" if last.outcome is Outcome.PASSED else last.reason
    why = f"then {then_last['gate']}: {then_last['reason'] or 'passes'}; now {last.gate}: {says}"
    return Agreement(number, record["verdict"], now, why)
