"""What a coding agent tells its hooks: the JSON that Claude Code, Codex, Gemini CLI and others send on stdin."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guardloop.errors import EventError, unknown

_AFTER_TOOL = ("PostToolUse", "AfterTool")
_AFTER_TURN = ("Stop", "SubagentStop", "AfterAgent")
_PATH_KEYS = ("file_path", "filePath", "notebook_path")


@dataclass(frozen=True)
class AgentEvent:
    """A tool has run, or the agent is about to stop."""

    name: str
    cwd: Path
    """Where the agent works, without symbolic links."""
    paths: tuple[Path, ...] = ()
    """The files that the tool has written, without symbolic links; none where the event does not tell."""
    again: bool = False
    """The agent goes on only because a hook kept it from stopping: to keep it again could go on for ever."""

    @classmethod
    def read(cls, text: str) -> AgentEvent:
        """Parse what came on stdin. Raises `EventError` for anything but an event that can be judged."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise EventError(f"stdin: expected the JSON of an agent's hook, got {_shortened(text)}: {error}") from error
        if not isinstance(said, dict):
            raise EventError(f"stdin: expected a JSON object, got {_shortened(text)}")
        name = said.get("hook_event_name")
        if name not in _AFTER_TOOL + _AFTER_TURN:
            raise EventError(unknown("hook_event_name", str(name), _AFTER_TOOL + _AFTER_TURN))
        cwd = _folder(said.get("cwd"))
        paths = tuple(_paths(said.get("tool_input"), cwd)) if name in _AFTER_TOOL else ()
        return cls(name, cwd, paths, said.get("stop_hook_active") is True)

    @property
    def stopping(self) -> bool:
        """Whether the agent is done, so that the whole change is judged."""
        return self.name in _AFTER_TURN


def _folder(said: Any) -> Path:
    if said is None:
        return Path(os.path.realpath("."))
    if not isinstance(said, str) or not _is_possible(said) or not os.path.isdir(said):
        raise EventError(f"cwd: expected a folder, got {said!r}")
    return Path(os.path.realpath(said))


def _is_possible(path: str) -> bool:
    """Whether a text can be a path at all: JSON may hold halves of surrogate pairs."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def _paths(said: Any, cwd: Path) -> Iterator[Path]:
    """The files that a tool's input names, under any of the names that agents use."""
    given: Mapping[str, Any] = said if isinstance(said, dict) else {}
    files = given.get("files")
    named = [given.get(key) for key in _PATH_KEYS] + (files if isinstance(files, list) else [])
    for path in named:
        if isinstance(path, str) and path:
            if not _is_possible(path):
                raise EventError(f"tool_input: expected a path, got {path!r}")
            yield Path(os.path.realpath(cwd / path))


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
