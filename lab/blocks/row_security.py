"""A tenant's rows are seen by that tenant alone: row level security.

Each chosen table gets a policy for a role `<design>_tenant`, which owns nothing, and one for `<design>_platform`,
which sees all. A session shows for which tenant it is by a signed pass, `SET LOCAL app.tenant = …`, so that nobody
who gets to run SQL of their own can write one for another tenant; `tenancy.pass(tenant)` makes it, for the owner
alone. The workload's part puts every operation with a parameter for the tenant into such a session, and the others
into the platform's.

Without --column: the column that most tables call their tenant (tenant_id, organization_id, …). Without --table: all
that have it. Other tables can be read by tenants, but for columns named like secrets.

MySQL and SQLite have no row level security. schemas/saas goes further: what each role may do at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.shapes import tenant_column
from lab.blocks.block import MYSQL, POSTGRES, SQLITE, Block, Step, Wanted, chosen_tables, is_secret, names
from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote
from lab.errors import LabError
from lab.model.design import Design
from lab.model.schema import Table
from lab.model.workload import FromColumn, Operation

_GAP = "has no row level security"


def build(design: Design, wanted: Wanted) -> Block:
    schema = design.schema
    tenant = wanted.columns[0] if wanted.columns else tenant_column(schema)
    if tenant is None:
        raise LabError("no column tells tenants apart", "name it: --column tenant_id")

    def has_tenant(table: Table) -> bool:
        return any(column.name == tenant for column in table.columns)

    tables = chosen_tables(schema, wanted, has_tenant, f"with a column {tenant}")
    if lacking := next((table for table in tables if not has_tenant(table)), None):
        raise LabError(f"table {lacking.name} has no column {tenant}", "leave it out, or name another --column")
    name = design.name.replace("-", "_")
    roles = f"{name}_tenant", f"{name}_platform"
    type_ = str(tables[0].column(tenant).type)
    others = [table for table in schema.tables if table not in tables]
    return Block(
        "row_security",
        f"Row level security by {tenant}: a query that forgets its tenant, or names another's, finds nothing. Each\n"
        "transaction shows a signed pass for one tenant. It costs a second statement in each, and a check of the pass\n"
        "for each table of a query.",
        {
            POSTGRES: [
                *map(_role, roles),
                _passes(type_, roles[0]),
                _rights(tables, others, roles),
                *(step for table in tables for step in _policies(table, tenant, roles)),
            ]
        },
        {MYSQL: f"MySQL {_GAP}", SQLITE: f"SQLite {_GAP}"},
        "\n".join(_sessions(design.workload.operations, tenant, roles)),
        tuple(table.name for table in tables),
    )


def _role(role: str) -> Step:
    """A role is the whole server's: it may be there already, and stays while another database knows it."""
    return Step(
        f"""
        DO $$ BEGIN
          CREATE ROLE {quote(role)} NOLOGIN;
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$;
        GRANT {quote(role)} TO CURRENT_USER;
        """,
        f"""
        DROP OWNED BY {quote(role)};
        DO $$ BEGIN
          DROP ROLE {quote(role)};
        EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
        END $$;
        """,
    )


def _passes(type_: str, role: str) -> Step:
    return Step(
        f"""
        CREATE SCHEMA tenancy;
        CREATE TABLE tenancy.secret (key bytea NOT NULL);
        INSERT INTO tenancy.secret
        SELECT sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) FROM generate_series(1, 3);
        -- A keyed hash, and what it is the hash of.
        CREATE FUNCTION tenancy.pass(tenant {type_}) RETURNS text
        LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT encode(sha256(key || sha256(key || convert_to(tenant::text, 'UTF8'))), 'hex') || tenant::text
              FROM tenancy.secret $$;
        REVOKE EXECUTE ON FUNCTION tenancy.pass FROM PUBLIC;
        CREATE FUNCTION tenancy.tenant() RETURNS {type_}
        LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        DECLARE
          shown text := current_setting('app.tenant', true);
          claimed text := substr(shown, 65);
        BEGIN
          IF shown = (SELECT encode(sha256(key || sha256(key || convert_to(claimed, 'UTF8'))), 'hex') || claimed
                      FROM tenancy.secret) THEN
            RETURN claimed::{type_};
          END IF;
          RETURN NULL;
        END $$;
        REVOKE EXECUTE ON FUNCTION tenancy.tenant FROM PUBLIC;
        GRANT USAGE ON SCHEMA tenancy TO {quote(role)};
        GRANT EXECUTE ON FUNCTION tenancy.tenant TO {quote(role)};
        """,
        """
        DROP FUNCTION tenancy.tenant;
        DROP FUNCTION tenancy.pass;
        DROP TABLE tenancy.secret;
        DROP SCHEMA tenancy;
        """,
    )


def _rights(tables: Sequence[Table], others: Sequence[Table], roles: tuple[str, str]) -> Step:
    tenant, platform = map(quote, roles)
    everything = ", ".join(map(qualified, (*tables, *others)))
    lines = [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {everything} TO {platform};",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(map(qualified, tables))} TO {tenant};",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {tenant}, {platform};",
    ]
    for table in others:
        shown = [column for column in table.columns if not is_secret(column)]
        columns = f" ({names(shown, quote)})" if len(shown) < len(table.columns) else ""
        lines.append(f"GRANT SELECT{columns} ON {qualified(table)} TO {tenant};")
    return Step(
        "\n".join(lines),
        """
        DO $$ BEGIN
          IF current_setting('server_version_num')::int < 150000 THEN
            GRANT CREATE ON SCHEMA public TO PUBLIC;
          END IF;
        END $$;
        """,
    )


def _policies(table: Table, tenant: str, roles: tuple[str, str]) -> Iterator[Step]:
    name = qualified(table)
    yield Step(
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {name} FORCE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY tenant ON {name} TO {quote(roles[0])} USING ({quote(tenant)} = (SELECT tenancy.tenant()));\n"
        f"CREATE POLICY platform ON {name} TO {quote(roles[1])} USING (true);",
        f"DROP POLICY tenant ON {name};\nDROP POLICY platform ON {name};\n"
        f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY;\nALTER TABLE {name} DISABLE ROW LEVEL SECURITY;",
    )


def _sessions(operations: Sequence[Operation], tenant: str, roles: tuple[str, str]) -> Iterator[str]:
    yield "-- Who each operation is for: a tenant, whose pass its session shows, or nobody in particular.\n"
    for operation in operations:
        yield f"-- name: {operation.name}"
        if parameter := _tenant_parameter(operation, tenant):
            yield f"-- session: app.tenant = tenancy.pass(:{parameter})\n-- session: role = {literal(roles[0])}\n"
        else:
            yield f"-- session: role = {literal(roles[1])}\n"


def _tenant_parameter(operation: Operation, tenant: str) -> str | None:
    """The parameter that says whose the operation is."""
    for parameter in operation.parameters:
        is_drawn = isinstance(parameter.rule, FromColumn) and parameter.rule.column == tenant
        if parameter.name == tenant or is_drawn:
            return parameter.name
    return None
