"""Up, down and up again on real servers: the catalogs equal at each end, the rows kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pair_files import NAMES, insert, read_pair

from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.errors import LabError
from lab.migrate import folder
from lab.migrate.apply import apply, open_session, rollback
from lab.migrate.compare import catalog, checksums, difference, kept_columns, settled_columns
from lab.migrate.planners import plan
from lab.migrating.sources import address_of
from lab.model.schema import Schema

DATABASE = "lab_pairs"
SERVERS = ("postgres_server", "postgres_13_server", "mysql_server", "mariadb_10_11_server", "sqlite_server")
UNSAYABLE = {("sqlite", "no_key_retyped"), ("sqlite", "volatile_default")}
"""Where the engine lacks the default, and so asks for values."""


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    found: Server = request.getfixturevalue(request.param)
    engine = load_engine(found.engine)
    engine.create_database(found, DATABASE)
    yield found
    engine.drop_database(found, DATABASE)


def fresh(server: Server, schema: Schema) -> Database:
    """The database emptied and built anew. One database of PostgreSQL's serves all: making one takes long."""
    engine = load_engine(server.engine)
    if server.engine != "postgres":
        engine.drop_database(server, DATABASE)
        engine.create_database(server, DATABASE)
    database = engine.connect(server, DATABASE)
    if server.engine == "postgres":
        database.wait_for_disk(False)
        database.run([Text("DROP SCHEMA IF EXISTS public CASCADE"), Text("CREATE SCHEMA public")])
    ddl = engine.create_sql(schema)
    database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
    return database


@pytest.mark.parametrize("name", NAMES)
def test_up_down_and_up(server: Server, name: str) -> None:
    pair = read_pair(name)
    diff = pair.diff
    if (server.engine, name) in UNSAYABLE:
        with pytest.raises(LabError, match="must not be NULL"):
            plan(diff, server.engine)
        return
    with closing(fresh(server, diff.new)) as target:
        wanted = catalog(target)
    found = folder.migrations(plan(diff, server.engine))
    mark = "`" if server.engine in ("mysql", "mariadb") else '"'
    kept, settled = kept_columns(diff), settled_columns(diff)
    with (
        closing(fresh(server, diff.source)) as database,
        closing(open_session(address_of(server, DATABASE))) as session,
    ):
        insert(database, pair.rows, server.engine)
        before, rows = catalog(database), checksums(database, diff.source, kept, mark)
        apply(session, found, allows_data_loss=True)
        assert difference(catalog(database), wanted) == ""
        settled_rows = checksums(database, diff.new, settled, mark)
        rollback(session, found, 0)
        assert difference(catalog(database), before) == ""
        assert checksums(database, diff.source, kept, mark) == rows
        apply(session, found, allows_data_loss=True)
        assert difference(catalog(database), wanted) == ""
        if not any(each.loses for each in found):
            assert checksums(database, diff.new, settled, mark) == settled_rows


FROM_ANYWHERE = (
    "column_dropped",
    "column_renamed",
    "exclusion_in_a_table_retyped",
    "key_column_renamed",
    "natural_key_renamed",
    "no_key_retyped",
    "partitioned_keys_and_references",
)


@pytest.mark.parametrize("name", FROM_ANYWHERE)
def test_a_rollback_works_from_any_step(postgres_server: Server, name: str) -> None:
    pair = read_pair(name)
    found = folder.migrations(plan(pair.diff, "postgres"))
    load_engine("postgres").create_database(postgres_server, DATABASE)
    with (
        closing(fresh(postgres_server, pair.diff.source)) as database,
        closing(open_session(address_of(postgres_server, DATABASE))) as session,
    ):
        insert(database, pair.rows, "postgres")
        before = catalog(database)
        for migration in found:
            apply(session, found, migration.number, allows_data_loss=True)
            rollback(session, found, 0)
            assert difference(catalog(database), before) == "", migration.name
    load_engine("postgres").drop_database(postgres_server, DATABASE)
