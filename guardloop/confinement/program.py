"""The program; `Sandbox` starts it with the specification, a JSON object, as its only argument."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from typing import Any, NoReturn

from guardloop.confinement import kernel, landlock, mounts
from guardloop.confinement.watch import Watch

_THREADS = 2048


def main() -> NoReturn:
    """Run the command that the specification describes; the report goes to its `report` descriptor."""
    specification = json.loads(sys.argv[1])
    os.set_inheritable(specification["report"], False)
    try:
        if "namespaces" in specification["layers"]:
            _enter_namespaces()
            child = os.fork()
            if child:
                _, status = os.waitpid(child, 0)
                os._exit(0 if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else 70)
        _guard(specification)
        _supervise(specification)
    except BaseException as error:
        _report(specification, {"error": f"{type(error).__name__}: {error}"})
        os._exit(70)
    os._exit(0)


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    try:
        kernel.unshare(kernel.NEW_USER | kernel.NEW_NAMESPACES)
    except OSError:
        if user != 0:
            raise
        kernel.unshare(kernel.NEW_NAMESPACES)
    else:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as stream:
                stream.write(text)
    kernel.die_with_parent()


def _guard(specification: dict[str, Any]) -> None:
    """What holds for init and for all that it starts."""
    layers = specification["layers"]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    if sys.platform != "linux":
        return
    if "namespaces" in layers:
        kernel.raise_loopback()
    if "mounts" in layers:
        mounts.arrange(specification["binds"], specification["visible"], specification["veiled"])
    if "namespaces" in layers or os.geteuid() == 0:
        kernel.drop_capabilities()
    kernel.no_new_privileges()
    kernel.close_to_debuggers()
    kernel.adopt_orphans()
    if "namespaces" in layers:
        # All processes of the namespace end with its first one. Without a namespace the watch has to end them.
        kernel.die_with_parent()


def _supervise(specification: dict[str, Any]) -> None:
    limits = specification["limits"]
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(specification)
    alone, own_proc = ("namespaces" in specification["layers"], "mounts" in specification["layers"])
    watch = Watch(alone, blind=alone and not own_proc)
    status, bound = watch.until(child, limits["seconds"], limits["processes"], limits["resident"])
    seconds = time.monotonic() - began
    left = watch.end()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    peaks = {name: getattr(watch.peaks, name) for name in ("processes", "address_space", "resident")}
    code = None if status is None else os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    answer = {"code": code, "bound": bound, "seconds": seconds, "cpu_seconds": cpu, "left": 0 if bound else left}
    _report(specification, {**answer, **peaks})


def _become(specification: dict[str, Any]) -> NoReturn:
    """In the child: the bounds that the kernel keeps for each process, then the command itself."""
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        _bound(specification["limits"], "namespaces" in specification["layers"])
        os.chdir(specification["cwd"])
        if "landlock" in specification["layers"]:
            writable = [target for _, target in specification["binds"]]
            landlock.restrict(writable, network="namespaces" in specification["layers"])
        os.execve(specification["argv"][0], specification["argv"], dict(os.environ))
    except BaseException as error:
        _report(specification, {"error": f"{type(error).__name__}: {error}"})
    os._exit(70)


def _bound(limits: dict[str, Any], own_user_namespace: bool) -> None:
    wanted = [("RLIMIT_CPU", limits["cpu"]), ("RLIMIT_AS", limits["address_space"]), ("RLIMIT_CORE", 0)]
    wanted.append(("RLIMIT_FSIZE", limits["file_size"]))
    if own_user_namespace:
        # Outside a user namespace of its own this counts everything that the user runs.
        wanted.append(("RLIMIT_NPROC", _THREADS))
    for name, value in wanted:
        number = getattr(resource, name, None)
        if number is None:
            continue
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (OSError, ValueError):
            # Some systems know a limit that cannot be set; the probe finds out which bounds are in force.
            continue


def _report(specification: dict[str, Any], answer: dict[str, Any]) -> None:
    os.write(specification["report"], json.dumps(answer).encode() + b"\n")
