"""A scratch copy of the base, and the workload's executions, for the advisor to try candidates with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.bench.bed import Bed
from lab.bench.load import BASE
from lab.datagen import draw
from lab.engines import load_what_if
from lab.errors import LabError
from lab.model.what_if import Execution, Ground
from lab.model.workload import Operation

_DATABASE = "lab_what_if"
_READS = 3
_WRITES = 20
_OTHER_SEED = 7
"""Not the parameters the advice is measured with afterwards."""


@contextmanager
def what_if_ground(bed: Bed, seed: int, timeout_seconds: float) -> Iterator[Ground | None]:
    """None where the engine, or the user's rights on its server, have no way to hide an index."""
    opened = load_what_if(bed.engine.name)
    if opened is None:
        yield None
        return
    bed.engine.clone_database(bed.server, BASE, _DATABASE)
    try:
        session = opened(bed.server, _DATABASE)
        if session is None:
            yield None
            return
        try:
            operations = bed.design.workload.for_variant("base")
            reads = [e for o in operations if not o.is_write for e in _executions(bed, o, _READS, seed)]
            writes = [e for o in operations if o.is_write for e in _executions(bed, o, _WRITES, seed)]
            yield Ground(session, tuple(reads), tuple(writes), timeout_seconds)
        finally:
            session.close()
    finally:
        bed.engine.drop_database(bed.server, _DATABASE)


def _executions(bed: Bed, operation: Operation, count: int, seed: int) -> list[Execution]:
    """None for an operation the engine cannot serve."""
    try:
        sql = bed.engine.query_sql(operation).sql
    except LabError:
        return []
    drawn = draw(bed.generator, operation, count if operation.parameters else 1, seed + _OTHER_SEED, offset=10**6)
    return [Execution(operation.name, sql, values, operation.weight / len(drawn)) for values in drawn]
