"""The system calls that the standard library of Python 3.11 lacks, for Linux."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
NEW_NAMESPACES = 0x00020000 | 0x08000000 | 0x20000000 | 0x40000000  # mounts, IPC, processes, network
NEW_USER = 0x10000000

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_PR_SET_CHILD_SUBREAPER = 36
_SYS_MOUNT_SETATTR, _AT_RECURSIVE, _ATTR_RDONLY = 442, 0x8000, 1
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> int:
    """The result, or `OSError` with what was tried."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces of the parent."""
    check(libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    arguments = [text.encode() if text else None for text in (source, target, kind)]
    check(libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() if options else None), f"mount {target}")


def set_read_only(path: str, read_only: bool, recursive: bool = False) -> None:
    """mount_setattr(2): unlike a remount it reaches all mounts below at once."""
    bits = (_ATTR_RDONLY, 0) if read_only else (0, _ATTR_RDONLY)
    attributes = ctypes.create_string_buffer(struct.pack("QQQQ", *bits, 0, 0), 32)
    flags = _AT_RECURSIVE if recursive else 0
    check(libc.syscall(_SYS_MOUNT_SETATTR, -100, path.encode(), flags, attributes, 32), f"mount_setattr {path}")


def raise_loopback() -> None:
    """Tests that talk to their own server on localhost need the new network namespace's own loopback device."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(handle, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def prctl(option: int, value: int = 0) -> int:
    """prctl(2) with one argument."""
    return int(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def die_with_parent() -> None:
    """Be killed when the parent dies; credentials that change afterwards undo it."""
    check(prctl(_PR_SET_PDEATHSIG, 9), "prctl")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ended, so that none gets out of sight."""
    check(prctl(_PR_SET_CHILD_SUBREAPER, 1), "prctl")


def close_to_debuggers() -> None:
    """Keep processes of the same user from tracing this one or opening its files through /proc."""
    check(prctl(_PR_SET_DUMPABLE, 0), "prctl")


def no_new_privileges() -> None:
    """No program started from here on gains rights: neither set-user-ID nor file capabilities count."""
    check(prctl(_PR_SET_NO_NEW_PRIVS, 1), "prctl")


def drop_capabilities() -> None:
    """Give up all capabilities for good, root's too."""
    for number in range(_LAST_CAPABILITY + 1):
        if prctl(_PR_CAPBSET_DROP, number) < 0:
            break
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, struct.pack("6I", 0, 0, 0, 0, 0, 0)), "capset")
