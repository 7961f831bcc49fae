from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardloop.agent_event import AgentEvent
from guardloop.errors import EventError


def event(**said: Any) -> AgentEvent:
    return AgentEvent.read(json.dumps(said))


def test_an_edit_names_its_file(tmp_path: Path) -> None:
    read = event(
        session_id="1",
        cwd=str(tmp_path),
        hook_event_name="PostToolUse",
        tool_name="Edit",
        tool_input={"file_path": str(tmp_path / "shop.py"), "old_string": "a", "new_string": "b"},
        tool_response={"success": True},
    )
    assert read == AgentEvent("PostToolUse", tmp_path, (tmp_path / "shop.py",))
    assert not read.stopping


@pytest.mark.parametrize(
    "tool_input", [{"file_path": "a/b.py"}, {"filePath": "a/b.py"}, {"notebook_path": "a/b.py"}, {"files": ["a/b.py"]}]
)
@pytest.mark.parametrize("name", ["PostToolUse", "AfterTool"])
def test_a_relative_path_belongs_to_the_agents_folder(tmp_path: Path, name: str, tool_input: dict[str, Any]) -> None:
    assert event(cwd=str(tmp_path), hook_event_name=name, tool_input=tool_input).paths == (tmp_path / "a/b.py",)


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    read = event(cwd=str(tmp_path / "link"), hook_event_name="PostToolUse", tool_input={"file_path": "b.py"})
    assert (read.cwd, read.paths) == (tmp_path / "real", (tmp_path / "real/b.py",))


@pytest.mark.parametrize("name", ["Stop", "SubagentStop", "AfterAgent"])
def test_the_end_of_a_turn_names_no_file_and_says_whether_it_was_kept_from_ending(tmp_path: Path, name: str) -> None:
    read = event(cwd=str(tmp_path), hook_event_name=name, stop_hook_active=True, tool_input={"file_path": "b.py"})
    assert read == AgentEvent(name, tmp_path, (), again=True)
    assert read.stopping
    assert not event(cwd=str(tmp_path), hook_event_name=name, stop_hook_active=False).again


def test_an_event_without_a_folder_happened_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert event(hook_event_name="Stop").cwd == tmp_path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected the JSON"),
        ("{", "expected the JSON"),
        ("[" * 100_000, "expected the JSON"),
        ("[]", "expected a JSON object"),
        ("{}", "hook_event_name"),
        ('{"hook_event_name": "PreToolUse"}', "did you mean 'PostToolUse'"),
        ('{"hook_event_name": ["Stop"]}', "hook_event_name"),
        ('{"hook_event_name": "Stop", "cwd": "/missing/folder"}', "expected a folder"),
        ('{"hook_event_name": "Stop", "cwd": 3}', "expected a folder"),
        ('{"hook_event_name": "Stop", "cwd": "/\\u0000"}', "expected a folder"),
        ('{"hook_event_name": "PostToolUse", "tool_input": {"file_path": "a\\u0000.py"}}', "expected a path"),
        ('{"hook_event_name": "PostToolUse", "tool_input": {"file_path": "\\ud800.py"}}', "expected a path"),
        ('{"hook_event_name": "Stop", "cwd": "/\\ud800"}', "expected a folder"),
    ],
)
def test_what_is_no_event_is_refused_with_what_was_found(text: str, reason: str) -> None:
    with pytest.raises(EventError, match=reason) as refused:
        AgentEvent.read(text)
    assert len(str(refused.value)) < 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    name=st.sampled_from(["PostToolUse", "Stop"]) | JSON,
    tool_input=st.dictionaries(st.sampled_from(["file_path", "files", "other"]), JSON) | JSON,
    again=JSON,
)
def test_every_event_is_read_or_refused(name: Any, tool_input: Any, again: Any) -> None:
    try:
        read = event(hook_event_name=name, tool_input=tool_input, stop_hook_active=again)
    except EventError:
        return
    assert read.again == (again is True)
