"""pgPolicy and row level security, as the statements that make them."""

from __future__ import annotations

from lab.model.schema import Table
from lab.readers.drizzle.chains import symbol_name, unchained
from lab.readers.drizzle.expressions import sql_text
from lab.readers.drizzle.reading import Reading
from lab.readers.expressions import quoted
from lab.readers.typescript import Call, Items, Value, constant_text, entry

_KEYWORDS = ("public", "current_role", "current_user", "session_user")


def policy_sql(policy: Call, table: Table, reading: Reading) -> str | None:
    """CREATE POLICY; None when a part of it cannot be known."""
    name, options = constant_text(policy.argument(0)), policy.argument(1)
    roles = _roles(entry(options, "to"))
    if name is None or roles is None:
        return None
    reading.roles.update(dict.fromkeys(role for role in roles if role.lower() not in _KEYWORDS))
    sql = f"CREATE POLICY {quoted(name)} ON {table_name(table)}"
    sql += f" AS {(constant_text(entry(options, 'as')) or 'permissive').upper()}"
    sql += f" FOR {(constant_text(entry(options, 'for')) or 'all').upper()}"
    sql += f" TO {', '.join(roles)}"
    for option, clause in (("using", "USING"), ("withCheck", "WITH CHECK")):
        value = entry(options, option)
        if value is not None:
            text = sql_text(value, reading)
            if text is None:
                return None
            sql += f" {clause} ({text})"
    return sql


def table_name(table: Table) -> str:
    return f"{quoted(table.namespace)}.{quoted(table.name)}" if table.namespace else quoted(table.name)


def _roles(value: Value | None) -> list[str] | None:
    if value is None:
        return ["PUBLIC"]
    listed = value.values if isinstance(value, Items) else (value,)
    names = [_role(item) for item in listed]
    known = [name if name in _KEYWORDS else quoted(name) for name in names if name is not None]
    return known if len(known) == len(names) else None


def _role(value: Value) -> str | None:
    start, _ = unchained(value)
    if isinstance(start, Call) and symbol_name(start.function) == "pgRole":
        return constant_text(start.argument(0))
    return constant_text(value)
