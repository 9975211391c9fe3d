"""Processes of servers, as the operating system knows them."""

from __future__ import annotations

import psutil


def is_named_after(process: int, name: str) -> bool:
    """Whether such a process runs on this machine and carries the name in its title: a number told by a server in a
    container, or on another machine, means some other process here."""
    try:
        return name in " ".join(psutil.Process(process).cmdline())
    except psutil.Error:
        return False
