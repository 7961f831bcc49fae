"""What init does while the command runs: wait, measure, enforce the bounds, and leave nothing behind."""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import dataclass

_PERIOD = 0.05
_SETTLE = 0.02


@dataclass
class Peaks:
    """The most that was seen; memory in bytes. Resident memory is exact, the rest is sampled."""

    processes: int = 0
    address_space: int = 0
    resident: int = 0


class Watch:
    """All processes of the command: those of the namespace, or, without one, all descendants of this process.

    `blind` is for a namespace that has no /proc of its own: the numbers there belong to other processes. Nothing is
    seen then, and what is left ends with the namespace.
    """

    def __init__(self, alone: bool, blind: bool = False) -> None:
        self._alone, self._blind = alone, blind
        self.peaks = Peaks()

    def until(self, pid: int, seconds: float, processes: int, resident: int) -> tuple[int | None, str]:
        """The wait status of `pid`, or None and which bound was reached."""
        deadline, parent = time.monotonic() + seconds, os.getppid()
        while True:
            status = self._reap(pid)
            if status is not None:
                return status, ""
            self._sample()
            if self.peaks.processes > processes:
                return None, "processes"
            if self.peaks.resident > resident:
                return None, "memory"
            if os.getppid() != parent:
                return None, "life of guardloop"
            left = deadline - time.monotonic()
            if left <= 0:
                return None, "seconds"
            self._pause(min(_PERIOD, left))

    def end(self) -> int:
        """Kill what is left; how many there were that would not have ended by themselves at once."""
        if self._others():
            time.sleep(_SETTLE)
            self._reap(0)
        left = len(self._others())
        for _ in range(100):
            others = self._others()
            if not others:
                break
            for pid in others:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    continue
            time.sleep(0.005)
            self._reap(0)
        self.peaks.resident = max(self.peaks.resident, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
        return left

    def _reap(self, wanted: int) -> int | None:
        found = None
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return found
            if pid == 0:
                return found
            if pid == wanted:
                found = status

    def _pause(self, seconds: float) -> None:
        if hasattr(signal, "sigtimedwait"):
            signal.sigtimedwait({signal.SIGCHLD}, seconds)  # blocked in init, so that it stays pending
        else:
            time.sleep(seconds)

    def _sample(self) -> None:
        others = self._others()
        self.peaks.processes = max(self.peaks.processes, len(others))
        for pid in others:
            try:
                with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as stream:
                    fields = dict(line.split(":", 1) for line in stream if line.startswith(("VmPeak:", "VmHWM:")))
            except OSError:
                continue
            self.peaks.address_space = max(self.peaks.address_space, _bytes(fields.get("VmPeak")))
            self.peaks.resident = max(self.peaks.resident, _bytes(fields.get("VmHWM")))

    def _others(self) -> list[int]:
        try:
            pids = [] if self._blind else [int(name) for name in os.listdir("/proc") if name.isdigit()]
        except OSError:
            return []
        if self._alone:
            return [pid for pid in pids if pid != os.getpid() and _state(pid)[0] not in ("Z", "X", "")]
        parents = {pid: state for pid in pids if (state := _state(pid))[0] not in ("Z", "X", "")}
        family = {os.getpid()}
        while True:
            more = {pid for pid, (_, parent) in parents.items() if parent in family} - family
            if not more:
                return sorted(family - {os.getpid()})
            family |= more


def _state(pid: int) -> tuple[str, int]:
    """State letter and parent of a process; an empty letter when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
        return fields[0], int(fields[1])
    except (OSError, IndexError, ValueError):
        return "", 0


def _bytes(field: str | None) -> int:
    return int(field.split()[0]) * 1024 if field else 0
