"""`guardloop hook`: judges what an agent's session adds over the last commit, whenever the agent's hook asks.

The exit codes are those that agents give a meaning to, not guardloop's own: 0 and silence, or 2 and feedback that the
agent reads and acts on. What could not be judged is 1, which agents show to the user and do not act on: never a pass,
and nothing that an agent could be caught in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardloop.agent_event import AgentEvent
from guardloop.errors import EventError, GuardloopError, TargetError
from guardloop.git import shown
from metrics.discovery import exclusion
from metrics.scorer import ScorerError

PASSED, COULD_NOT_TELL, OVER = 0, 1, 2


@dataclass(frozen=True)
class Answer:
    """The exit code, and what is said on stderr."""

    code: int
    text: str = ""


def hook(arguments: Sequence[str], said: str) -> Answer:
    """Answer an event; whatever keeps guardloop from judging is said, and never blocks the agent."""
    try:
        # A wrong word in an agent's settings must not come back to the agent as feedback, as a usage error would.
        if arguments:
            raise EventError(f"hook: expected no arguments, got {' '.join(arguments)!r}")
        return _judged(AgentEvent.read(said))
    except (GuardloopError, ScorerError) as error:
        return Answer(COULD_NOT_TELL, f"guardloop: could not tell: {error}")


def _judged(event: AgentEvent) -> Answer:
    python = [path for path in event.paths if path.suffix == ".py"]
    if event.paths and not python:
        return Answer(PASSED)
    repository = _repository(event.cwd)
    inside = [path for path in python if path.is_relative_to(repository)]
    if python and not inside:
        return Answer(PASSED, f"guardloop: not judged: {python[0]} lies outside of {repository}")
    # Other files may hold work that is not the agent's; the whole change is judged when it stops.
    projects = _by_project(inside or (event.cwd, *_changed(repository)), event.cwd, repository)
    answers = [_checked(root, files if inside else (), again=event.again) for root, files in projects.items()]
    return _worst(answers)


def _repository(folder: Path) -> Path:
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return above
    raise TargetError(f"{folder}: expected a folder of a git repository")


def _by_project(paths: Iterable[Path], cwd: Path, repository: Path) -> dict[Path, list[Path]]:
    """The paths by the roots of the projects that they belong to: that around `cwd`, and others that are no data."""
    from guardloop.target import Target

    own = Target.locate((cwd,)).root
    found: dict[Path, list[Path]] = {}
    for path in paths:
        there = next(above for above in (path, *path.parents) if above.exists())
        root = Target.locate((there,)).root
        # A project may hold others that it does not judge: what it vendors, or tests with.
        if root == own or exclusion(path.relative_to(repository).as_posix()) is None:
            found.setdefault(root, []).append(path)
    return found


def _changed(repository: Path) -> list[Path]:
    """The Python files of all projects of a repository that are not as the last commit has them."""
    from guardloop.checking.revisions import Revisions

    revisions = Revisions(repository)
    was, now = revisions.tree(revisions.head()).blobs, revisions.work_tree().blobs
    changed = [path for path in {*was, *now} if was.get(path, b"") != now.get(path, b"")]
    return sorted(repository / os.fsdecode(path) for path in changed if path.endswith(b".py"))


def _worst(answers: Sequence[Answer]) -> Answer:
    """What is over comes first: feedback that an agent reads must not hide behind what could not be judged."""
    codes = {answer.code for answer in answers}
    code = next((code for code in (OVER, COULD_NOT_TELL) if code in codes), PASSED)
    return Answer(code, "\n".join(answer.text for answer in answers if answer.code == code and answer.text))


def _checked(root: Path, edited: Sequence[Path], *, again: bool) -> Answer:
    """What a project's change comes to: all of it, or only what touches the files that were `edited`."""
    from guardloop import check
    from guardloop.checked import Verdict
    from guardloop.report.checking import over_first, verdict_line
    from guardloop.report.hooking import as_feedback

    checked = check([root], against="HEAD")
    if checked.verdict is Verdict.UNKNOWN:
        return Answer(COULD_NOT_TELL, f"guardloop: {verdict_line(checked)}")
    over = [one for one in over_first(checked) if one.finding.rule in checked.failing]
    if edited:
        own = {shown(os.fsencode(os.path.relpath(path, root))) for path in edited}
        over = [one for one in over if any(site.path in own for site in one.finding.sites)]
    if checked.verdict is Verdict.WITHIN or (edited and not over):
        return Answer(PASSED)
    # Told once, an agent that stops all the same is left to its user.
    return Answer(COULD_NOT_TELL if again else OVER, as_feedback(checked, over))
