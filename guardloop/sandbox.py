"""Runs untrusted commands confined, and says which protection is in force: probed by trying, never assumed."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from guardloop.errors import GuardloopError

_MEBIBYTE = 1 << 20
_GRACE_SECONDS = 5.0
_LEAST_SECONDS = 0.1
_PROGRAM = "import sys; sys.path.append(sys.argv.pop(1)); from guardloop.confinement.program import main; main()"
_PACKAGES = str(Path(__file__).resolve().parent.parent)
_VEILED = ("/tmp", "/var/tmp", "/run", "/root", "/home")


@dataclass(frozen=True)
class Limits:
    """Bounds of one command. A command that reaches one has not answered: it is never a pass."""

    seconds: float = 60.0
    cpu_seconds: float = 0.0
    """For each process; 0 stands for twice the wall time and a minute."""
    address_space: int = 6144 * _MEBIBYTE
    """For each process; what it asks for beyond is refused by the kernel."""
    resident: int = 4096 * _MEBIBYTE
    """Of the largest process; reaching it ends the command."""
    processes: int = 64
    file_size: int = 256 * _MEBIBYTE
    output: int = 4 * _MEBIBYTE
    """What is kept of the output: its end."""


@dataclass(frozen=True)
class Run:
    """What a confined command did. `code` is None when a bound ended it; `bound` then says which."""

    code: int | None
    output: str
    bound: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    processes: int = 0
    address_space: int = 0
    resident: int = 0
    left: int = 0
    """Processes that were still running when the command itself had ended, and that were killed."""


@dataclass(frozen=True)
class Place:
    """Where a command runs. `folder` is private; `binds` show folders of it at other places, where the kernel can."""

    folder: Path
    cwd: Path
    binds: Mapping[Path, Path] = field(default_factory=dict)
    """Private folder → the path at which the command sees it."""
    visible: tuple[Path, ...] = ()
    """What must stay readable although it lies in HOME or in a temporary folder."""


class Sandbox:
    """Confinement with a fixed set of layers. No command runs on after `deadline`, a time of `time.monotonic()`."""

    def __init__(self, layers: frozenset[str], deadline: float = math.inf) -> None:
        self.layers = layers
        self.deadline = deadline

    @property
    def binds(self) -> bool:
        """Whether a private copy can be shown at the place of the original."""
        return "mounts" in self.layers

    @property
    def sees_processes(self) -> bool:
        """Whether the command's processes can be counted and measured while it runs."""
        return "mounts" in self.layers or "namespaces" not in self.layers

    def run(self, argv: Sequence[str], place: Place, limits: Limits, variables: Mapping[str, str] | None = None) -> Run:
        """Run to the end or to a bound; afterwards nothing of it is left running.

        Raises `GuardloopError` when the confinement itself cannot be set up.
        """
        if _interrupted.is_set():
            raise GuardloopError("interrupted")
        limits = replace(limits, seconds=max(_LEAST_SECONDS, min(limits.seconds, self.deadline - time.monotonic())))
        home, temporary = place.folder / "home", place.folder / "tmp"
        try:
            for folder in (home, temporary):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GuardloopError(f"sandbox: {error}") from error
        environment = {**_environment(argv[0], home, temporary), **(variables or {})}
        read, write = os.pipe()
        try:
            specification = self._specification(argv, place, limits, write)
            command = [sys.executable, "-I", "-S", "-c", _PROGRAM, _PACKAGES, json.dumps(specification)]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=place.folder,
                pass_fds=(write,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(read)
            raise GuardloopError(f"sandbox: cannot start a process: {error}") from error
        finally:
            os.close(write)
        _running.add(process)
        try:
            output = _attend(process, limits)
        finally:
            _running.discard(process)
        with os.fdopen(read, "rb") as stream:
            report = _read_report(stream)
        return _run_from(report, output)

    def _specification(self, argv: Sequence[str], place: Place, limits: Limits, report: int) -> dict[str, Any]:
        binds = [(str(place.folder), str(place.folder))]
        if self.binds:
            binds += [(str(source), str(target)) for source, target in place.binds.items()]
        visible = [_PACKAGES, *(str(path) for path in place.visible), *(str(path) for path in _ours())]
        bounds = {name: value for name, value in asdict(limits).items() if name != "output"}
        bounds["cpu"] = int(limits.cpu_seconds or 2 * limits.seconds + 60)
        return {
            "layers": sorted(self.layers),
            "argv": list(argv),
            "cwd": str(place.cwd),
            "binds": binds,
            "visible": visible,
            "veiled": [*_VEILED, os.path.expanduser("~"), os.environ.get("HOME", "")],
            "limits": bounds,
            "report": report,
        }


def _ours() -> list[Path]:
    return [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).parent]


def _environment(program: str, home: Path, temporary: Path) -> dict[str, str]:
    """Only what an interpreter needs: nothing of the caller's is passed on but the language."""
    path = f"{os.path.dirname(program)}:/usr/local/bin:/usr/bin:/bin"
    language = {name: os.environ[name] for name in ("LANG", "LC_ALL", "LC_CTYPE", "TZ") if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **language,
        "PATH": path,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
    }


_running: set[subprocess.Popen[bytes]] = set()
_interrupted = threading.Event()


def interrupt() -> None:
    """Kill every confined command of this process and start no more; safe to call from a signal handler.

    Without it, an interrupt of the main thread would wait for the commands that other threads attend to.
    """
    _interrupted.set()
    for process in tuple(_running):
        process.kill()


def _attend(process: subprocess.Popen[bytes], limits: Limits) -> str:
    """Keep the end of the output, wait, and make sure that the process is gone: init is bounded itself."""
    stream = process.stdout
    if stream is None:
        raise GuardloopError("sandbox: expected a pipe for the output")
    tail = bytearray()
    reader = threading.Thread(target=_drain, args=(stream, tail, limits.output), daemon=True)
    reader.start()
    try:
        process.wait(limits.seconds + _GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    reader.join(_GRACE_SECONDS)
    return bytes(tail).decode("utf-8", "replace")


def _drain(stream: IO[bytes], tail: bytearray, most: int) -> None:
    while data := os.read(stream.fileno(), 1 << 16):
        tail += data
        if len(tail) > most:
            del tail[: len(tail) - most]
    stream.close()


def _read_report(stream: IO[bytes]) -> dict[str, Any]:
    """The last line; an earlier one can only be an error that came first."""
    lines = stream.read(1 << 16).splitlines()
    answers: list[dict[str, Any]] = [json.loads(line) for line in lines]
    errors = [answer for answer in answers if "error" in answer]
    return (errors or answers or [{"error": "it ended without a report"}])[0]


def _run_from(report: dict[str, Any], output: str) -> Run:
    if "error" in report:
        raise GuardloopError(f"sandbox: cannot run the command confined: {report['error']}")
    return replace(Run(None, output), **report)
