"""`guardloop mcp`: serves the tools of `guardloop.serving` on standard input and output until the client leaves."""

from __future__ import annotations

from pathlib import Path

from guardloop.errors import GuardloopError, TargetError


def mcp(root: Path) -> None:
    """Serve this folder. Raises `GuardloopError` where the `mcp` package is not installed."""
    if not root.is_dir():
        raise TargetError(f"--root: {root}: expected a folder")
    try:
        from guardloop.serving.server import server
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("mcp"):
            raise
        raise GuardloopError("mcp: the package mcp is not installed; install guardloop with its extra 'mcp'") from error
    server(root).run("stdio")
