"""Runs whose base was measured on an engine other than PostgreSQL, and databases with rows there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from test_rules import run

from lab.engines.engine import Database, Engine, Server, Text
from lab.model.run import EngineRun, OperationRun, Relation, Run, ServerInfo, VariantRun
from lab.model.workload import Operation


def measured_on(engine: Engine, ddl: str, *queries: str) -> Run:
    """As if each query, which is PostgreSQL's, had been measured in the engine's own words on large tables."""
    bare = run(*queries, ddl=ddl)
    operations = tuple(replace(o, target_class="complex", is_ordered=True) for o in bare.design.workload.operations)
    done = tuple(
        OperationRun(o.name, "complex", 1.0, False, engine.query_sql(o).sql, "measured", rows=1.0) for o in operations
    )
    sizes = tuple(Relation(table.name, 10**6, 10**8, 10**7) for table in bare.design.schema.tables)
    base = VariantRun("base", "", "measured", relations=sizes, operations=done)
    server = ServerInfo(engine.name, engine.name, "9.0", "local")
    workload = replace(bare.design.workload, operations=operations)
    design = replace(bare.design, workload=workload)
    return replace(bare, design=design, engines=(EngineRun(server, variants=(base,)),))


def query_of(run_: Run) -> Operation:
    return run_.design.workload.operations[0]


@contextmanager
def loaded(engine: Engine, server: Server, ddl: str, rows: Sequence[str]) -> Iterator[Database]:
    ddl_ = engine.create_sql(run("SELECT 1", ddl=ddl).design.schema)
    engine.create_database(server, "elsewhere")
    database = engine.connect(server, "elsewhere")
    try:
        database.run(map(Text, (*ddl_.before, *rows, *ddl_.after)))
        yield database
    finally:
        database.close()
        engine.drop_database(server, "elsewhere")
