"""Processor time of other processes, as the kernel counts it; 0 where there is no /proc."""

import os
from pathlib import Path


def read_own_seconds(pid: int) -> float:
    """Return the processor seconds of one process."""
    return sum(_read_ticks(pid)[:2]) / os.sysconf("SC_CLK_TCK")


def read_family_seconds(pid: int) -> float:
    """Return the processor seconds of a process and its children, those that ended included."""
    own = sum(_read_ticks(pid)) / os.sysconf("SC_CLK_TCK")
    return own + sum(read_family_seconds(child) for child in _list_children(pid))


def _list_children(pid: int) -> list[int]:
    """List the living children of a process, whichever of its threads started them."""
    try:
        listed = [each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # a thread or the process has ended meanwhile
        return []
    return [int(child) for children in listed for child in children.split()]


def _read_ticks(pid: int) -> list[int]:
    """Return the ticks of a process in user and system mode, then those of its ended children."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0] * 4
    return [int(ticks) for ticks in fields[11:15]]
