"""Which confinement this machine allows, found out by a program that tries to get out."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from guardloop.errors import GuardloopError
from guardloop.sandbox import Limits, Place, Run, Sandbox

_LADDER = (
    frozenset({"namespaces", "mounts"}),
    frozenset({"namespaces", "landlock"}),
    frozenset({"landlock"}),
    frozenset({"namespaces"}),
    frozenset[str](),
)
_PROBE = """\
import json, os, socket, subprocess, sys
outside, port, marker = sys.argv[1:]
got = {"environment": sorted(os.environ)}
try:
    with open(os.path.join(outside, "written"), "w") as stream:
        got["wrote"] = True
except OSError:
    got["wrote"] = False
try:
    socket.create_connection(("127.0.0.1", int(port)), 2).close()
    got["connected"] = True
except OSError:
    got["connected"] = False
try:
    with open("large", "wb") as stream:
        stream.write(b"x" * (2 << 20))
    got["large_file"] = True
except OSError:
    got["large_file"] = False
try:
    bytearray(2 << 30)
    got["much_memory"] = True
except MemoryError:
    got["much_memory"] = False
subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(20)", marker], start_new_session=True)
print(json.dumps(got))
"""
_TIGHT = Limits(seconds=10, file_size=1 << 20, address_space=1 << 30)
_NEEDED = {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PWD", "SHLVL", "_"}


@lru_cache(maxsize=1)
def strongest() -> tuple[Sandbox, tuple[str, ...]]:
    """The most confined sandbox that runs here, and what its protection is, line by line, gaps included."""
    reason = ""
    for layers in _LADDER:
        if layers and sys.platform != "linux":
            continue
        sandbox = Sandbox(layers)
        try:
            return sandbox, probe(sandbox)
        except (GuardloopError, ValueError) as error:
            reason = str(error)
    raise GuardloopError(f"sandbox: no command can be run confined on this machine ({reason})")


def probe(sandbox: Sandbox) -> tuple[str, ...]:
    """Try to write outside, to connect, to see the caller's environment, and to leave a process behind."""
    marker = f"guardloop-probe-{os.getpid()}-{id(sandbox)}"
    folder = Path(tempfile.mkdtemp(prefix="guardloop-probe-"))
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            inside, outside = folder / "inside", folder / "outside"
            inside.mkdir()
            outside.mkdir()
            port = str(listener.getsockname()[1])
            argv = [sys.executable, "-I", "-S", "-c", _PROBE, str(outside), port, marker]
            run = sandbox.run(argv, Place(inside, inside), _TIGHT)
        wrote = (outside / "written").exists()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _account(sandbox, run, wrote, marker)


def _account(sandbox: Sandbox, run: Run, wrote: bool, marker: str) -> tuple[str, ...]:
    got = json.loads(run.output.strip().splitlines()[-1] if run.output.strip() else "")
    names = set(got["environment"])
    foreign = sorted(name for name in names - _NEEDED if not name.startswith("PYTHON"))
    processes = "own process namespace, " if "namespaces" in sandbox.layers else ""
    # Number of processes and resident memory are watched in /proc.
    bounds = ["time"]
    bounds += ["number of processes"] if os.path.isdir("/proc/self") and sandbox.sees_processes else []
    bounds += [] if got["much_memory"] else ["memory"]
    bounds += [] if got["large_file"] else ["file size"]
    return (
        "files: writes outside the private copy are possible" if wrote else "files: no writes outside the private copy",
        "network: reachable" if got["connected"] else "network: none",
        f"processes: {processes}{'SOME STAY' if _running(marker) else 'nothing is left running'}",
        f"environment: the caller's {', '.join(foreign)}" if foreign else "environment: scrubbed",
        f"bounds: {', '.join(bounds)}",
    )


def _running(marker: str) -> bool:
    if not os.path.isdir("/proc/self"):
        return False
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and marker.encode() in Path("/proc", name, "cmdline").read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False
