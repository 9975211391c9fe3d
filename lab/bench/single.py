"""One operation on one variant at a time, ready to be timed by a harness that owns the clock."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from lab.bench.answers import difference
from lab.bench.bed import Bed
from lab.bench.draws import endless_draws
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.rehearse import migration_texts, operation_text
from lab.datagen import draw
from lab.engines.engine import Database, Explained, Prepared, StatementError
from lab.errors import LabError
from lab.model.change import Variant
from lab.model.run import Status
from lab.model.workload import Operation, Value

_ANSWER_SETS = 12


@dataclass(frozen=True, slots=True)
class Copy:
    """A variant on a copy of the base. Nobody is connected to `pristine`, so that it can be copied again; `reading` is
    shared by all who change nothing."""

    variant: str
    pristine: str
    reading: str
    status: Status = "measured"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Single:
    """An operation prepared on a database, and parameters for it without end."""

    operation: Operation
    database: Database
    sql: str
    prepared: Prepared
    draws: Iterator[Mapping[str, Value]]

    def explain(self) -> Explained:
        """The plan, and the work of one execution. Raises StatementError or StatementTimeout."""
        return self.database.explain(self.sql, next(self.draws))


def build_copies(bed: Bed, variants: Sequence[Variant]) -> list[Copy]:
    """Each variant on a copy of the base, its migration applied; one that cannot be built is noted with its reason."""
    return [_build(bed, number, variant) for number, variant in enumerate(variants)]


def _build(bed: Bed, number: int, variant: Variant) -> Copy:
    copy = Copy(variant.name, f"lab_p{number}", f"lab_r{number}")
    try:
        up, _ = migration_texts(bed.engine, variant)
    except LabError as error:
        return Copy(variant.name, "", "", "unsupported", str(error))
    bed.engine.clone_database(bed.server, BASE_DATABASE, copy.pristine)
    database = bed.engine.connect(bed.server, copy.pristine)
    try:
        database.run(up)
        if up:
            database.analyze()
    except StatementError as error:
        return Copy(variant.name, "", "", "failed", str(error))
    finally:
        database.close()
    bed.engine.clone_database(bed.server, copy.pristine, copy.reading)
    return copy


@contextmanager
def own_copy(bed: Bed, copy: Copy, lock: AbstractContextManager[object]) -> Iterator[str]:
    """A copy of a variant to be written to: so no write slows another test's read, and each starts alike.

    `lock` is held while it is made: no engine promises two copies of one database at the same time.
    """
    name = f"lab_w{secrets.token_hex(4)}"
    with lock:
        bed.engine.clone_database(bed.server, copy.pristine, name)
    try:
        yield name
    finally:
        bed.engine.drop_database(bed.server, name)


@contextmanager
def opened(bed: Bed, name: str, timeout_seconds: float) -> Iterator[Database]:
    database = bed.engine.connect(bed.server, name)
    try:
        database.set_timeout(timeout_seconds)
        yield database
    finally:
        database.close()


def prepare_single(bed: Bed, database: Database, variant: str, operation: str, seed: int) -> Single:
    """Raises Unsupported where the engine cannot serve the operation, StatementError for a mistake of the user's."""
    found = next(o for o in bed.design.workload.for_variant(variant) if o.name == operation)
    sql = operation_text(bed.engine, database, found).sql
    draws = endless_draws(bed.generator, found, seed, random.Random(seed), {})
    return Single(found, database, sql, database.prepare(sql), draws)


def first_difference(bed: Bed, base: Single, variant: Single, seed: int) -> str:
    """The first row in which the variant answers a read differently from the base; empty when there is none."""
    for parameters in draw(bed.generator, base.operation, _ANSWER_SETS, seed + 1):
        expected = base.database.rows(base.sql, parameters)
        actual = variant.database.rows(variant.sql, parameters)
        if found := difference(expected, actual, base.operation.is_ordered):
            given = ", ".join(f"{key} = {value!r}" for key, value in parameters.items())
            return f"{found}; parameters: {given or 'none'}"
    return ""
