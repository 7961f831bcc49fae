"""`guardloop hook`: judges what an agent's session adds over the last commit, whenever the agent's hook asks.

The exit codes are those that agents give a meaning to, not guardloop's own: 0 and silence, or 2 and feedback that the
agent reads and acts on. What could not be judged is 1, which agents show to the user and do not act on: never a pass,
and nothing that an agent could be caught in.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guardloop.agent_event import AgentEvent
from guardloop.errors import EventError, GuardloopError, TargetError
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
    return _checked(event, inside)


def _repository(folder: Path) -> Path:
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return above
    raise TargetError(f"{folder}: expected a folder of a git repository")


def _checked(event: AgentEvent, edited: Sequence[Path]) -> Answer:
    from guardloop import check
    from guardloop.checked import Verdict
    from guardloop.report.checking import over_first, verdict_line
    from guardloop.report.hooking import as_feedback
    from guardloop.target import Target

    root = Target.locate((event.cwd,)).root
    checked = check([root], against="HEAD")
    if checked.verdict is Verdict.UNKNOWN:
        return Answer(COULD_NOT_TELL, f"guardloop: {verdict_line(checked)}")
    over = [one for one in over_first(checked) if one.finding.rule in checked.failing]
    if edited:
        # Other files may hold work that is not the agent's; the whole change is judged when it stops.
        own = {os.path.relpath(path, root) for path in edited}
        over = [one for one in over if any(site.path in own for site in one.finding.sites)]
    if checked.verdict is Verdict.WITHIN or (edited and not over):
        return Answer(PASSED)
    # Told once, an agent that stops all the same is left to its user.
    return Answer(COULD_NOT_TELL if event.again else OVER, as_feedback(checked, over))
