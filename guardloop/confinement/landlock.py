"""Landlock: no writes outside the given folders and no TCP, for machines that allow no namespaces."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

from guardloop.confinement.kernel import check, libc

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_WRITE_FILE, _REMOVE_AND_MAKE, _REFER, _TRUNCATE = 1 << 1, 0b1111111110000, 1 << 13, 1 << 14
_BIND_AND_CONNECT_TCP = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/shm")


def version() -> int:
    """The ABI that the kernel speaks; 0 where it has none."""
    return max(0, int(libc.syscall(_CREATE, None, 0, 1)))


def restrict(writable: Sequence[str], network: bool) -> None:
    """Confine this process and all that it starts; TCP stays usable only with `network`."""
    abi = version()
    writes = _WRITE_FILE | _REMOVE_AND_MAKE | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)
    tcp = _BIND_AND_CONNECT_TCP if abi >= 4 and not network else 0
    scope = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = libc.syscall(_CREATE, struct.pack("QQQ", writes, tcp, scope), ctypes.c_size_t(size), 0)
    check(ruleset, "landlock_create_ruleset")
    for path in (*writable, *_DEVICES):
        if os.path.exists(path):
            _allow(ruleset, path, writes)
    check(libc.syscall(_RESTRICT, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, writes: int) -> None:
    # Rights to make and remove make sense for folders only; the kernel refuses them for a file.
    rights = writes if os.path.isdir(path) else writes & (_WRITE_FILE | _TRUNCATE)
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        check(libc.syscall(_ADD_RULE, ruleset, 1, struct.pack("=Qi", rights, handle), 0), f"landlock_add_rule {path}")
    finally:
        os.close(handle)
