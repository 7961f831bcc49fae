"""How costs went over a repository's history, read from git: nothing is checked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from guardloop.checking.revisions import Revisions
from guardloop.checking.sides import chosen
from guardloop.errors import RevisionError
from guardloop.git import git, shown
from guardloop.report.progress import Progress, Silent
from guardloop.target import Target
from metrics.cache import user_cache
from metrics.discovery import Discovery, read
from metrics.generated import is_generated
from metrics.measure import measure

_HEADER_LENGTH = 1000


@dataclass(frozen=True)
class Point:
    """What one revision cost."""

    revision: str
    date: str
    """The day of the commit, as YYYY-MM-DD."""
    lines: int
    gated: int
    """The cost of the findings that can fail a check."""
    costs: Mapping[str, int]

    @property
    def document(self) -> dict[str, Any]:
        """The point in the documented JSON."""
        return asdict(self)


def trend(target: Target, count: int, progress: Progress | None = None) -> tuple[Point, ...]:
    """Measure up to `count` commits, evenly spaced from the first to HEAD along first parents; oldest first.

    Every commit is judged by the rules and exclusions of today. Raises `RevisionError` where git cannot tell.
    """
    revisions = Revisions(target.root)
    said = git(target.root, "log", "--first-parent", "--reverse", "--format=%H %cs", "HEAD")
    if not said:
        raise RevisionError(f"{target.root}: expected a commit to begin the trend with, found none")
    commits = [(revision, date) for revision, _, date in (line.partition(" ") for line in said.splitlines())]
    return tuple(_points(target, revisions, spaced(commits, count), progress or Silent()))


def spaced(commits: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """The first, the last, and what lies between them at even distances."""
    if len(commits) <= count:
        return list(commits)
    last = len(commits) - 1
    return [commits[round(n * last / max(count - 1, 1))] for n in range(count)] if count > 1 else [commits[-1]]


def _points(
    target: Target, revisions: Revisions, commits: Sequence[tuple[str, str]], progress: Progress
) -> Iterator[Point]:
    rules, cache = target.settings.rule or None, user_cache()
    contents: dict[bytes, bytes] = {}
    for n, (revision, date) in enumerate(commits):
        progress.doing(f"measuring {revision[:9]}, {n + 1} of {len(commits)}")
        found = _discovered(target, revisions, revision, contents)
        measured = measure(found.tree, rules, cache)
        gated = sum(finding.cost for finding in measured.findings if finding.gated)
        yield Point(revision, date, measured.lines, gated, measured.costs)


def _discovered(target: Target, revisions: Revisions, revision: str, contents: dict[bytes, bytes]) -> Discovery:
    """The judged files of a commit. `contents` keeps its blobs, as most of them are in the next commit as well."""
    listed = chosen(revisions.tree(revision), target.settings.exclude)
    files = {shown(path): blob for path, blob in listed.items() if blob is not None and target.named(shown(path))}
    wanted = set(files.values())
    fresh = revisions.contents(wanted - contents.keys())
    kept = {blob: contents[blob] for blob in wanted & contents.keys()}
    contents.clear()
    contents.update(kept | fresh)
    texts = {path: contents[blob] for path, blob in sorted(files.items())}
    judged = {path: data for path, data in texts.items() if not is_generated(data[:_HEADER_LENGTH].decode("latin-1"))}
    return read(judged.items(), target.root)
