"""A scratch copy of the base, and the workload's executions, for the advisor to try candidates with."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from lab.bench.bed import Bed, Settings
from lab.bench.load import BASE
from lab.bench.rehearse import Unsupported, spoken
from lab.datagen import draw
from lab.engines import load_imagined, load_what_if
from lab.engines.engine import Server
from lab.model.what_if import Execution, Ground, Planner
from lab.model.workload import Operation

_DATABASE = "lab_what_if"
_IMAGINED = "lab_imagined"
_READS = 3
_WRITES = 20
_OTHER_SEED = 7
"""Not the parameters the advice is measured with afterwards."""

_Session = TypeVar("_Session", bound=Planner)


@contextmanager
def what_if_ground(
    bed: Bed, settings: Settings, served: Container[str], seconds_left: Callable[[], float] = lambda: math.inf
) -> Iterator[Ground | None]:
    """None where the engine, or the user's rights on its server, have no way to hide an index. `served` are the
    operations the base serves: others would end the trying."""
    with ExitStack() as stack:
        session = _scratch(stack, bed, load_what_if(bed.engine.name), _DATABASE)
        if session is None:
            yield None
            return
        imagined = _scratch(stack, bed, load_imagined(bed.engine.name), _IMAGINED)
        operations = [o for o in bed.design.workload.for_variant("base") if o.name in served]
        reads = [e for o in operations if not o.is_write for e in _executions(bed, o, _READS, settings.seed)]
        written = [o for o in operations if o.is_write and session.hides_from_writes]
        writes = [e for o in written for e in _executions(bed, o, _WRITES, settings.seed)]
        yield Ground(session, tuple(reads), tuple(writes), settings.timeout_seconds, imagined, seconds_left)


def _scratch(
    stack: ExitStack, bed: Bed, opened: Callable[[Server, str], _Session | None] | None, database: str
) -> _Session | None:
    """A session on a copy of the base; None where the engine or the server has none such."""
    if opened is None:
        return None
    bed.engine.clone_database(bed.server, BASE, database)
    stack.callback(bed.engine.drop_database, bed.server, database)
    session = opened(bed.server, database)
    if session is not None:
        stack.callback(session.close)
    return session


def _executions(bed: Bed, operation: Operation, count: int, seed: int) -> list[Execution]:
    """As they are measured afterwards, in their sessions; none for an operation the engine cannot serve."""
    try:
        sql = spoken(bed.engine, operation).sql
    except Unsupported:
        return []
    drawn = draw(bed.generator, operation, count if operation.parameters else 1, seed + _OTHER_SEED, offset=10**6)
    return [Execution(operation.name, sql, values, operation.weight / len(drawn)) for values in drawn]
