"""One tenant of the SaaS design attacks another: as a login of its own that owns nothing, with any SQL it likes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import pytest
from conftest import ROOT
from psycopg import sql
from psycopg.conninfo import make_conninfo

from lab.bench import Silent, load_base
from lab.bench.rehearse import migration_texts
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server

TENANT_TABLES = (
    "workspaces sso_connections memberships roles role_permissions api_keys invitations subscriptions invoices "
    "invoice_lines payments usage_events usage_daily projects documents tasks comments audit_log".split()
)
DATABASE = "saas_isolation"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Besieged:
    """A database with row level security, where its owner and a tenant sign in, and passes of two tenants."""

    owner: str
    tenant: str
    ours: int
    theirs: int
    passes: dict[int, str]

    def as_owner(self, query: LiteralString, *values: object) -> list[Row]:
        with psycopg.connect(self.owner, autocommit=True) as connection:
            return _rows(connection, query, *values)


def _rows(connection: psycopg.Connection, query: Any, *values: object) -> list[Row]:
    cursor = connection.execute(query, values or None)
    return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def besieged(postgres_server: Server) -> Iterator[Besieged]:
    engine = load_engine("postgres")
    design = read_design(ROOT / "schemas" / "saas", ROOT / "workloads" / "saas")
    load_base(
        engine, postgres_server, design.schema, Generator(design.schema, design.data, 0.01, 1), Silent(), DATABASE
    )
    (rls,) = [variant for variant in design.variants if variant.name == "rls"]
    up, down = migration_texts(engine, rls)
    database = engine.connect(postgres_server, DATABASE)
    before = database.catalog()
    database.run(up)
    address = make_conninfo(postgres_server.address, dbname=postgres_server.prefix + DATABASE)
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("ALTER ROLE saas_tenant LOGIN PASSWORD 'hostile'")
        (ours, first), (theirs, second) = _rows(
            owner, "SELECT id, tenancy.pass(id) FROM organizations ORDER BY id LIMIT 2"
        )
    tenant = make_conninfo(address, user="saas_tenant", password="hostile")
    yield Besieged(address, tenant, ours, theirs, {ours: first, theirs: second})
    database.run(down)
    assert database.catalog() == before
    assert not database.rows("SELECT rolname FROM pg_roles WHERE rolname LIKE 'saas%'", {})
    database.close()
    engine.drop_database(postgres_server, DATABASE)


@pytest.fixture
def session(besieged: Besieged) -> Iterator[psycopg.Connection]:
    """A tenant signed in, with its own pass; what it does is undone."""
    with psycopg.connect(besieged.tenant) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [besieged.passes[besieged.ours]])
        connection.commit()
        yield connection
        connection.rollback()


def refused(session: psycopg.Connection, query: Any, *values: object) -> psycopg.Error:
    """The error a statement meets; the session goes on."""
    with pytest.raises(psycopg.Error) as caught, session.transaction():
        session.execute(query, values or None)
    return caught.value


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_tenant_sees_all_of_its_own_rows_and_nobody_elses(
    besieged: Besieged, session: psycopg.Connection, table: str
) -> None:
    counted = sql.SQL("SELECT organization_id, count(*) FROM {} GROUP BY 1 ORDER BY 1").format(sql.Identifier(table))
    with psycopg.connect(besieged.owner) as owner:
        everything = dict(_rows(owner, counted))
    assert everything.keys() - {besieged.ours} or table == "sso_connections"
    assert dict(_rows(session, counted)) == {tenant: n for tenant, n in everything.items() if tenant == besieged.ours}
    named = sql.SQL("SELECT * FROM {} WHERE organization_id = %s").format(sql.Identifier(table))
    assert _rows(session, named, besieged.theirs) == []


@pytest.mark.parametrize("shown", ["none", "number", "empty", "stolen number", "cut", "huge", "words", "injected"])
def test_without_a_pass_of_its_own_a_session_sees_nothing(
    besieged: Besieged, session: psycopg.Connection, shown: str
) -> None:
    ours, theirs, own = besieged.ours, besieged.theirs, besieged.passes[besieged.ours]
    forged = {
        "none": "",
        "number": str(theirs),
        "empty": f"{theirs}.",
        "stolen number": own.replace(f"{ours}.", f"{theirs}.", 1),
        "cut": besieged.passes[theirs][:-1],
        "huge": "9" * 30 + "." + "0" * 64,
        "words": "all tenants",
        "injected": f"{theirs}' OR true --",
    }
    session.execute("SELECT set_config('app.tenant', %s, false)", [forged[shown]])
    if shown == "none":
        session.execute("RESET app.tenant")
    for table in ("organizations", "users", *TENANT_TABLES):
        assert _rows(session, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))) == [(0,)]


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT t.organization_id FROM tasks t WHERE t.organization_id = {theirs} OR true",
        "SELECT organization_id FROM tasks UNION ALL SELECT organization_id FROM documents "
        "UNION SELECT organization_id FROM audit_log",
        "SELECT p.organization_id FROM memberships m LEFT JOIN projects p ON p.organization_id <> m.organization_id "
        "WHERE p.id IS NOT NULL",
        "SELECT o.id FROM organizations o, LATERAL (SELECT * FROM tasks t WHERE t.organization_id = {theirs}) x",
        "SELECT organization_id FROM tasks TABLESAMPLE SYSTEM (100)",
        "SELECT organization_id FROM tasks FOR UPDATE",
        "WITH gone AS (DELETE FROM comments WHERE true RETURNING organization_id) SELECT * FROM gone",
        "WITH changed AS (UPDATE tasks SET title = 'ours' RETURNING organization_id) SELECT * FROM changed",
        "SELECT max(organization_id) FROM usage_events HAVING count(*) > 0",
        "SELECT (to_jsonb(t) ->> 'organization_id')::bigint FROM tasks t",
        "SELECT 1 / (CASE WHEN organization_id = {theirs} THEN 0 ELSE 1 END) * organization_id FROM tasks",
        "SELECT id FROM organizations",
    ],
)
def test_no_query_reaches_another_tenants_rows(besieged: Besieged, session: psycopg.Connection, attack: str) -> None:
    found = _rows(session, attack.format(theirs=besieged.theirs))
    assert {row[0] for row in found} <= {besieged.ours}
    assert found or "theirs" in attack or "<>" in attack


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT key FROM tenancy.secret",
        "SELECT tenancy.pass({theirs})",
        "CREATE FUNCTION pg_temp.borrow() RETURNS text LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT tenancy.pass({theirs})'; SELECT pg_temp.borrow()",
        "CREATE FUNCTION public.helper() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE public.mine (id bigint)",
        "SET ROLE saas_platform",
        "SET SESSION AUTHORIZATION saas_platform",
        "GRANT saas_platform TO saas_tenant",
        "ALTER ROLE saas_tenant BYPASSRLS",
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON tasks",
        "CREATE POLICY mine ON tasks USING (true)",
        "ALTER FUNCTION tenancy.organization() OWNER TO saas_tenant",
        "CREATE OR REPLACE FUNCTION tenancy.organization() RETURNS bigint LANGUAGE sql AS 'SELECT {theirs}::bigint'",
        "SET row_security = off; SELECT * FROM tasks",
        "TRUNCATE tasks",
        "CREATE TEMP TABLE probe (id bigint REFERENCES tasks)",
        "CREATE TRIGGER spy AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE spy AS ON INSERT TO tasks DO ALSO NOTIFY spy",
        "SELECT password_hash FROM users",
        "SELECT u FROM users u",
        "SELECT * FROM user_identities",
        "COPY tasks FROM STDIN",
        "COPY tasks TO PROGRAM 'cat'",
        "COPY tasks TO '/tmp/tasks'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT nextval('tasks_id_seq')",
        "SELECT last_value FROM tasks_id_seq",
        "INSERT INTO memberships (organization_id, user_id, role_id) SELECT {ours}, 1, role_id FROM memberships",
        "UPDATE invoices SET total = 0",
        "UPDATE audit_log SET action = 'nothing'",
        "DELETE FROM audit_log",
        "INSERT INTO tasks (id, organization_id, project_id, reporter_id, title) VALUES (1, {ours}, 1, 1, 'taken?')",
        "UPDATE tasks SET id = 1",
        "UPDATE tasks SET organization_id = {theirs}",
        "INSERT INTO usage_events (organization_id, metric, quantity) VALUES ({theirs}, 'api_calls', 1)",
        "INSERT INTO usage_daily (organization_id, day, metric, quantity) VALUES ({theirs}, '2025-01-01', 'api_calls', "
        "1) ON CONFLICT (organization_id, day, metric) DO UPDATE SET quantity = 0",
        "MERGE INTO tasks t USING (SELECT 1) s ON t.organization_id = {theirs} "
        "WHEN NOT MATCHED THEN INSERT (organization_id, project_id, reporter_id, title) VALUES ({theirs}, 1, 1, 'x')",
    ],
)
def test_what_a_tenant_may_not_do_is_refused(besieged: Besieged, session: psycopg.Connection, attack: str) -> None:
    error = refused(session, attack.format(ours=besieged.ours, theirs=besieged.theirs))
    allowed_refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidTableDefinition)
    not_for_copy = isinstance(error, psycopg.errors.FeatureNotSupported) and "row-level security" in str(error)
    assert isinstance(error, allowed_refusals) or not_for_copy, error


def test_another_tenants_rows_cannot_be_changed(besieged: Besieged, session: psycopg.Connection) -> None:
    for change in (
        "UPDATE tasks SET title = 'ours' WHERE organization_id = %s",
        "DELETE FROM tasks WHERE organization_id = %s",
    ):
        assert session.execute(change, [besieged.theirs]).rowcount == 0


def test_a_reference_tells_nothing_of_another_tenant(besieged: Besieged, session: psycopg.Connection) -> None:
    """Another tenant's project is refused in the same words as one there is not: references are checked without row
    level security, but they hold the organization, too."""
    ((reporter,),) = _rows(session, "SELECT min(id) FROM memberships")
    ((real,),) = besieged.as_owner("SELECT min(id) FROM projects WHERE organization_id = %s", besieged.theirs)
    insert = "INSERT INTO tasks (organization_id, project_id, reporter_id, title) VALUES (%s, %s, %s, 'probe')"
    errors = [refused(session, insert, besieged.ours, project, reporter) for project in (real, 10**9)]
    assert all(isinstance(error, psycopg.errors.ForeignKeyViolation) for error in errors)
    first, second = (str(error).replace(str(number), "?") for error, number in zip(errors, (real, 10**9), strict=True))
    assert first == second


def test_copy_gives_out_only_a_tenants_own_rows(besieged: Besieged, session: psycopg.Connection) -> None:
    for source in ("tasks (organization_id)", "(SELECT organization_id FROM tasks)"):
        with session.cursor() as cursor, cursor.copy(f"COPY {source} TO STDOUT".encode()) as copy:
            assert {row[0] for row in copy.rows()} == {str(besieged.ours)}


def test_a_cheap_function_is_not_shown_other_rows_before_the_policy(
    besieged: Besieged, session: psycopg.Connection
) -> None:
    session.execute(
        "CREATE FUNCTION pg_temp.peek(bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS "
        "$$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
    )
    seen: set[str] = set()
    session.add_notice_handler(lambda notice: seen.add(notice.message_primary or ""))
    session.execute("SELECT FROM tasks WHERE pg_temp.peek(organization_id)")
    assert seen == {str(besieged.ours)}


def test_a_tenants_own_functions_and_tables_stand_in_for_nothing(
    besieged: Besieged, session: psycopg.Connection
) -> None:
    session.execute("CREATE TEMP TABLE secret AS SELECT '\\x00'::bytea AS key")
    session.execute("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$")
    session.execute("SET search_path = pg_temp, public")
    session.execute("SELECT set_config('app.tenant', %s, false)", [f"{besieged.theirs}.{'00' * 32}"])
    assert _rows(session, "SELECT count(*) FROM public.tasks") == [(0,)]


def test_a_statement_prepared_for_one_tenant_serves_the_next_its_own(
    besieged: Besieged, session: psycopg.Connection
) -> None:
    session.execute("PREPARE mine AS SELECT DISTINCT organization_id FROM tasks WHERE priority >= $1")
    for _ in range(4):  # past the fifth execution PostgreSQL may keep one plan for all
        for tenant in (besieged.ours, besieged.theirs):
            session.execute("SELECT set_config('app.tenant', %s, false)", [besieged.passes[tenant]])
            assert _rows(session, "EXECUTE mine(1)") == [(tenant,)]


def test_only_fellow_members_are_seen_among_users(besieged: Besieged, session: psycopg.Connection) -> None:
    expected = besieged.as_owner("SELECT user_id FROM memberships WHERE organization_id = %s ORDER BY 1", besieged.ours)
    assert _rows(session, "SELECT id FROM users ORDER BY 1") == expected


def test_statistics_of_values_are_hidden(session: psycopg.Connection) -> None:
    assert _rows(session, "SELECT * FROM pg_stats WHERE schemaname = 'public' AND tablename = 'tasks'") == []


def test_a_view_of_the_owners_is_shut_until_it_asks_for_the_reader(
    besieged: Besieged, session: psycopg.Connection
) -> None:
    besieged.as_owner("CREATE VIEW every_task AS SELECT organization_id FROM tasks")
    try:
        assert isinstance(refused(session, "SELECT * FROM every_task"), psycopg.errors.InsufficientPrivilege)
        besieged.as_owner("GRANT SELECT ON every_task TO saas_tenant")
        assert besieged.as_owner(open_views()) == [("every_task",)]
        besieged.as_owner("ALTER VIEW every_task SET (security_invoker = true)")
        assert besieged.as_owner(open_views()) == []
        assert _rows(session, "SELECT DISTINCT organization_id FROM every_task") == [(besieged.ours,)]
    finally:
        session.rollback()
        besieged.as_owner("DROP VIEW every_task")


def open_views() -> Any:
    """The query docs/saas.md gives for views a tenant may read that show it everybody's rows."""
    page = (ROOT / "docs" / "saas.md").read_text()
    return page.split("```sql\n-- Views", 1)[1].split("\n", 1)[1].split("```", 1)[0]


def test_the_platforms_role_sees_every_tenant(besieged: Besieged) -> None:
    with psycopg.connect(besieged.owner) as connection:
        everything = _rows(connection, "SELECT count(*) FROM tasks")
        connection.execute("SET ROLE saas_platform")
        assert _rows(connection, "SELECT count(*) FROM tasks") == everything
