"""The file system that a confined command sees: everything read-only but its own folders, private places emptied."""

from __future__ import annotations

import os
from collections.abc import Sequence

from guardloop.confinement import kernel

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_TEMPORARY_BYTES = "size=1g"


def arrange(binds: Sequence[tuple[str, str]], visible: Sequence[str], veiled: Sequence[str]) -> None:
    """Set up the mounts of this namespace.

    `binds` are (source, target) folders, writable at their target; `visible` stays readable even below a veiled place;
    `veiled` places (HOME, where sockets are) become empty and temporary.
    """
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    # Opened before anything is hidden: a source may itself lie below a veiled place.
    sources = [(os.open(source, os.O_PATH), target, True) for source, target in binds]
    sources += [(os.open(path, os.O_PATH), path, False) for path in visible if os.path.exists(path)]
    devices = [(os.open(f"/dev/{name}", os.O_PATH), name) for name in _DEVICES if os.path.exists(f"/dev/{name}")]
    kernel.set_read_only("/", True, recursive=True)
    places = _outermost(veiled)
    for place in places:
        kernel.mount("tmpfs", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, _TEMPORARY_BYTES)
    # Of two that belong at one place the writable one is seen: guardloop may be run on its own folder.
    for handle, target, writable in sorted(sources, key=lambda source: (source[1].count("/"), source[2])):
        # A copy that is shown at the original's place hides what of the original must stay in sight: its `.venv`.
        if writable or any(_below(target, hidden) for hidden in (*places, *(target for _, target in binds))):
            _bind(handle, target)
            if writable:
                kernel.set_read_only(target, False)
        os.close(handle)
    _devices(devices)
    kernel.mount("proc", "/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    # Root owns the files of /proc/sys, and the kernel lets it write there without any capability.
    kernel.set_read_only("/proc", True)


def _bind(handle: int, target: str) -> None:
    source = f"/proc/self/fd/{handle}"
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    kernel.mount(source, target, flags=kernel.MS_BIND | kernel.MS_REC)


def _devices(handles: Sequence[tuple[int, str]]) -> None:
    """A small /dev: a disk's device file could otherwise be written by root, read-only mount or not."""
    kernel.mount("tmpfs", "/dev", "tmpfs", kernel.MS_NOSUID, "size=512m,mode=755")
    for handle, name in handles:
        os.close(os.open(f"/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o600))
        kernel.mount(f"/proc/self/fd/{handle}", f"/dev/{name}", flags=kernel.MS_BIND)
        os.close(handle)
    os.mkdir("/dev/shm", 0o1777)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(f"/proc/self/{target}", f"/dev/{name}")
    os.mkdir("/dev/pts")
    try:
        kernel.mount("devpts", "/dev/pts", "devpts", kernel.MS_NOSUID, "newinstance,ptmxmode=0666,mode=620")
        os.symlink("pts/ptmx", "/dev/ptmx")
    except OSError:
        # Without it a test that opens a pseudo-terminal fails in the clean run too, and is then left out.
        os.rmdir("/dev/pts")


def _outermost(places: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for place in sorted({os.path.realpath(place) for place in places if os.path.isdir(place)}):
        if place != "/" and not any(_below(place, outer) for outer in kept):
            kept.append(place)
    return kept


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(place + "/")
