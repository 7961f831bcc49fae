"""What a run has cost the machine."""

from __future__ import annotations

import resource


def cpu_seconds() -> float:
    """CPU time, user and system, of this process and of every child that it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
