"""Where both ends of each connection run: for the length of a round, the client on one processor and all that serves it
on another.

Of two connections the one whose process sits on the busier processor, or on the client's own, is the slower or the
faster one, by a half and for many seconds: more than most of what there is to measure (decision 016).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lab.engines.engine import Database


def place_together(databases: Sequence[Database], rng: random.Random, processors: Sequence[int]) -> bool:
    """Puts all that serve these connections on one of the processors, and this thread on another, both chosen anew by
    each call. False where that cannot be done: the server runs elsewhere, or the system or its rights forbid it."""
    processes = [database.serving_process() for database in databases]
    if not processors or None in processes:
        return False
    theirs, ours = rng.sample(processors, 2) if len(processors) > 1 else [*processors] * 2
    try:
        for process in processes:
            os.sched_setaffinity(process or 0, {theirs})
        os.sched_setaffinity(0, {ours})
    except OSError:
        return False
    return True


@contextmanager
def own_processors() -> Iterator[list[int]]:
    """The processors this thread may run on, and again may when it leaves; none where the system does not say."""
    if not hasattr(os, "sched_getaffinity"):
        yield []
        return
    processors = os.sched_getaffinity(0)
    try:
        yield sorted(processors)
    finally:
        os.sched_setaffinity(0, processors)
