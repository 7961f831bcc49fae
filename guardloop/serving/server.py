"""The tools `score`, `check` and `explain` for agents, over standard input and output.

The judged code is neither changed nor run, and nothing outside the server's folder is judged. The only programs started
are git and, where their rules are asked for, ruff and mypy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from guardloop import __version__
from guardloop.checking.judge import check as judge
from guardloop.commands.explain import explain
from guardloop.errors import ConfigError, GuardloopError, TargetError
from guardloop.report import checking, scoring
from guardloop.scored import Scored
from guardloop.serving.documents import CheckDocument, RuleDocument, ScoreDocument
from guardloop.target import Target
from metrics.scorer import ScorerError

INSTRUCTIONS = """\
guardloop measures removable complexity in Python code: duplication, conditions that lack a name, and more; `explain`
tells what a rule counts. Call `check` after a change and before you say that you are done: it judges what the work tree
adds over a commit. Remove what it names by the one abstraction that it names, not by spelling the code differently."""

Paths = Annotated[
    list[str] | None,
    Field(description="Files or folders inside the server's folder, absolute or relative to it; default: all of it."),
]
Rules = Annotated[list[str] | None, Field(description="Only these rules; default: all that run no other program.")]
Limit = Annotated[int, Field(description="Most findings in the answer, worst first.", ge=0, le=1000)]


@dataclass(frozen=True)
class Tools:
    """What the server can be asked; every answer is confined to `root`, whose path holds no symbolic link."""

    root: Path
    _one_at_a_time: Lock = field(default_factory=Lock)
    """What is remembered of files and trees belongs to one thread at a time."""

    def score(
        self, paths: Paths = None, rules: Rules = None, limit: Limit = 20
    ) -> Annotated[CallToolResult, ScoreDocument]:
        """Measure what the code costs as it stands: the worst sources of removable complexity, ranked."""
        with self._answering():
            scored = Scored.of(self._target(paths, rule=tuple(rules or ())))
            return _answer(scoring.as_text(scored), _shortened(json.loads(scoring.as_json(scored)), limit))

    def check(
        self,
        paths: Paths = None,
        against: Annotated[
            str | None,
            Field(description="A revision: what the work tree adds over the merge base with it; default: over HEAD."),
        ] = None,
        staged: Annotated[bool, Field(description="Judge what is staged instead of the work tree.")] = False,
        rules: Rules = None,
        limit: Limit = 20,
    ) -> Annotated[CallToolResult, CheckDocument]:
        """Judge what a change adds against its budget: the verdict, and what to remove and how where it is over."""
        with self._answering():
            if staged and against is not None:
                raise ConfigError("against and staged exclude each other")
            options = {"against": against, "staged": staged or None, "rule": tuple(rules or ())}
            checked = judge(self._target(paths, **options))
            return _answer(checking.as_text(checked), _shortened(json.loads(checking.as_json(checked)), limit))

    def explain(
        self, rule: Annotated[str, Field(description="The rule's name, as findings give it.")]
    ) -> Annotated[CallToolResult, RuleDocument]:
        """Tell what a rule counts, why it matters, and what it does not see."""
        with self._answering():
            documentation = explain(rule)
            return _answer(documentation, {"rule": rule, "documentation": documentation})

    def _target(self, paths: Sequence[str] | None, **options: Any) -> Target:
        chosen = [self._confined(path) for path in paths or ["."]]
        target = Target.locate(chosen, **options)
        # A project that starts above the server's folder is none of its business.
        return target if target.root.is_relative_to(self.root) else Target.locate(chosen, root=self.root, **options)

    def _confined(self, path: str) -> Path:
        try:
            full = Path(os.path.realpath(self.root / path))
        except ValueError as error:
            raise TargetError(f"paths: {path!r}: {error}") from error
        if not full.is_relative_to(self.root):
            raise TargetError(f"paths: {path}: outside of {self.root}, the folder that this server judges")
        return full

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            with self._one_at_a_time:
                yield
        except (GuardloopError, ScorerError) as error:
            raise ToolError(str(error)) from error


def server(root: Path) -> MCPServer[Any]:
    """The server for a folder, with all tools; it is not running yet."""
    tools = Tools(Path(os.path.realpath(root)))
    made = MCPServer[Any]("guardloop", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    offered: Sequence[Callable[..., CallToolResult]] = (tools.check, tools.score, tools.explain)
    for tool in offered:
        made.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True))
    return made


def _answer(text: str, document: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=document)


def _shortened(document: dict[str, Any], limit: int) -> dict[str, Any]:
    findings = document["findings"]
    return {**document, "findings": findings[:limit], "omitted": len(findings[limit:])}
