from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from twins import twin, twins

Call = Callable[..., list[Any]]


@pytest.fixture
def project(repository: Callable[..., Path]) -> Path:
    return repository({"pyproject.toml": "", "pkg/shop.py": twins("first", "second"), "pkg/plain.py": "PRICE = 3\n"})


@pytest.fixture
def server(shown: Callable[[str], str], tmp_path: Path) -> Callable[[Path], StdioServerParameters]:
    """How a client starts the server in a folder, by the settings that users are shown."""
    settings = json.loads(shown("mcp.json"))["mcpServers"]["guardloop"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "GUARDLOOP_CACHE": str(tmp_path / "cache")}
    return lambda root: StdioServerParameters(**settings, cwd=root, env=environment)


@pytest.fixture
def call(project: Path, server: Callable[[Path], StdioServerParameters]) -> Call:
    """Asks a server of its own, one call after the other."""

    async def session(calls: tuple[tuple[str, dict[str, Any]], ...], root: Path) -> list[Any]:
        async with Client(server(root)) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    def answers(*calls: tuple[str, dict[str, Any]], root: Path = project) -> list[Any]:
        return asyncio.run(session(calls, root))

    return answers


def told(answer: Any) -> str:
    assert [part.type for part in answer.content] == ["text"]
    return str(answer.content[0].text)


def test_every_tool_says_what_it_takes_and_gives(
    project: Path, server: Callable[[Path], StdioServerParameters]
) -> None:
    async def listed() -> list[Any]:
        async with Client(server(project)) as client:
            return list((await client.list_tools()).tools)

    tools = {tool.name: tool for tool in asyncio.run(listed())}
    assert set(tools) == {"check", "score", "explain"}
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        assert tool.annotations.read_only_hint
        assert all("description" in given for given in tool.input_schema["properties"].values()), tool.name


def test_score_answers_the_document_of_the_command_and_its_text(project: Path, call: Call) -> None:
    (answer,) = call(("score", {}))
    command = [sys.executable, "-m", "guardloop", "score", "--format", "json"]
    printed = json.loads(subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout)
    assert answer.structured_content == {**printed, "omitted": 0}
    assert printed["costs"]["duplication"] > 0
    assert "pkg/shop.py" in told(answer)


def test_check_answers_the_document_of_the_command_and_what_to_do(project: Path, call: Call) -> None:
    (project / "pkg/copied.py").write_text(twin("third", "entries"))
    (answer,) = call(("check", {}))
    command = [sys.executable, "-m", "guardloop", "check", "--format", "json"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert answer.structured_content == {**json.loads(done.stdout), "omitted": 0}
    assert answer.structured_content["verdict"] == "over"
    assert not answer.is_error
    assert "remedy: " in told(answer)


def test_check_judges_what_is_staged_or_a_branch(project: Path, call: Call, git: Callable[..., str]) -> None:
    git(project, "checkout", "-q", "-b", "feature")
    (project / "pkg/copied.py").write_text(twin("third", "entries"))
    asked = [("check", {}), ("check", {"staged": True}), ("check", {"against": "main", "paths": ["pkg/plain.py"]})]
    unstaged = [answer.structured_content["verdict"] for answer in call(*asked)]
    git(project, "add", "-A")
    git(project, "commit", "-qm", "copied")
    committed = [answer.structured_content["verdict"] for answer in call(*asked, ("check", {"against": "main"}))]
    assert unstaged == ["over", "within", "within"]
    assert committed == ["within", "within", "within", "over"]


def test_findings_that_are_not_asked_for_are_counted(call: Call) -> None:
    (answer,) = call(("score", {"limit": 0}))
    assert answer.structured_content["findings"] == []
    assert answer.structured_content["omitted"] >= 1


def test_only_the_paths_and_rules_asked_for_are_measured(call: Call) -> None:
    (answer,) = call(("score", {"paths": ["pkg/plain.py"], "rules": ["duplication"]}))
    assert answer.structured_content["files"] == 1
    assert answer.structured_content["costs"] == {"duplication": 0}


def test_explain_answers_the_documentation_of_a_rule(call: Call) -> None:
    (answer,) = call(("explain", {"rule": "duplication"}))
    assert answer.structured_content["rule"] == "duplication"
    assert answer.structured_content["documentation"] == told(answer)
    assert "## Known limits" in told(answer)


def test_what_cannot_be_answered_is_an_error_of_the_tool_and_ends_nothing(project: Path, call: Call) -> None:
    (project / "leak").symlink_to("/etc")
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("score", {"paths": ["/etc"]}, "outside of"),
        ("score", {"paths": [".."]}, "outside of"),
        ("score", {"paths": ["leak"]}, "outside of"),
        ("score", {"paths": ["missing"]}, "no such file or folder"),
        ("score", {"paths": ["a\0b"]}, "null byte"),
        ("score", {"rules": ["duplicaton"]}, "did you mean 'duplication'"),
        ("score", {"limit": -1}, "greater than or equal to 0"),
        ("check", {"against": "missing"}, "expected a commit"),
        ("check", {"against": "--output=/tmp/x"}, "expected a commit"),
        ("check", {"against": "main", "staged": True}, "exclude each other"),
        ("check", {"paths": ["/etc"]}, "outside of"),
        ("explain", {"rule": "--help"}, "expected one of"),
    ]
    *refused, last = call(*((name, arguments) for name, arguments, _ in wrong), ("score", {}))
    for answer, (name, arguments, reason) in zip(refused, wrong, strict=True):
        assert answer.is_error, (name, arguments)
        assert reason in told(answer)
        assert "Traceback" not in told(answer)
    assert not last.is_error


def test_a_server_of_a_subfolder_says_nothing_of_what_lies_above(project: Path, call: Call) -> None:
    (project / "above.py").write_text(twins("first", "second"))
    (answer,) = call(("score", {}), root=project / "pkg")
    assert answer.structured_content["root"] == str(project / "pkg")
    assert answer.structured_content["files"] == 2


def test_stdout_carries_nothing_but_messages(project: Path) -> None:
    opening = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    said = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": opening},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "score", "arguments": {"rules": ["lint"]}},
        },
    ]
    command = [sys.executable, "-m", "guardloop", "mcp", "--root", str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(json.dumps(message) + "\n" for message in said).encode())
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.stdout.read() == b""
        assert server.wait(10) == 0
    assert [answer["id"] for answer in answers] == [1, 2]


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['mcp'] = None; sys.argv = ['guardloop', 'mcp']\n"
    program += "from guardloop.__main__ import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "guardloop: mcp: the package mcp is not installed; install guardloop with its extra 'mcp'\n"


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "guardloop", "mcp", "--root", str(tmp_path / "missing")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "expected a folder" in done.stderr
