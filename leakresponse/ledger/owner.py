"""Who holds a lease, and whether that process is certainly dead, so that a restart need not wait for the lease.

A process id means something only in its process-id namespace and boot, and only together with its start time
(field 22 of /proc/<pid>/stat, proc_pid_stat(5)). Where any of it cannot be read, nobody is declared dead.
"""

from __future__ import annotations

import os
from pathlib import Path

UNKNOWN_OWNER = ""


def this_owner() -> str:
    """The name of this process, unique over reboots, containers and re-used process ids; empty where unknowable."""
    place, start = _place(), _start_of(os.getpid())
    return f"{place}|{os.getpid()}|{start}" if place and start else UNKNOWN_OWNER


def certainly_dead(owner: str) -> bool:
    """True only if the owner lived in this namespace and boot and its process is gone."""
    parts = owner.split("|")
    if len(parts) != 3 or parts[0] != _place() or not parts[1].isdecimal():
        return False
    return _start_of(int(parts[1])) != parts[2]


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return UNKNOWN_OWNER


def _start_of(pid: int) -> str:
    """The start time in clock ticks since boot; empty for a process that is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]
