"""Where the server's side of each connection runs: for the length of a round, all on one processor.

Of two connections the one whose process sits on the busier processor, or on another than the client's, is the slower
one, by a half and for many seconds: more than most of what there is to measure (decision 016).
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

from lab.engines.engine import Database


def place_together(databases: Sequence[Database], rng: random.Random) -> bool:
    """Puts all that serve these connections on one processor, chosen anew by each call. False, with nothing changed
    that matters, where that cannot be done: the server runs elsewhere, or the system or its rights forbid it."""
    processes = [database.serving_process() for database in databases]
    if None in processes or not hasattr(os, "sched_setaffinity"):
        return False
    try:
        processor = rng.choice(sorted(os.sched_getaffinity(0)))
        for process in processes:
            os.sched_setaffinity(process or 0, {processor})
    except OSError:
        return False
    return True
