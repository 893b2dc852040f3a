"""A child that must not outlive whoever started it, even where that one is killed without a word."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

CHECK_SECONDS = 0.5


def exit_with(parent_pid: int) -> None:
    """End this process soon after process `parent_pid` is gone. The check is by id and changes of parentage."""

    def watch() -> None:
        while _alive(parent_pid):
            time.sleep(CHECK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False
