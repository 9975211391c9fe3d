"""How this process keeps memory it is done with."""

from __future__ import annotations

import ctypes
from functools import cache

import pyarrow as pa

_LARGE = 2**20
# glibc's malloc.h; mallopt(3) tells what they do.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


@cache
def give_back_memory() -> None:
    """Makes this process give memory back that it has freed, so that what it holds follows from what it is at and not
    from what it has done: Arrow takes its memory from the C library, which keeps one heap for all threads and maps
    what is large by itself. Other C libraries than glibc are left as they are."""
    pa.set_memory_pool(pa.system_memory_pool())
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, 8 * _LARGE)
