"""pg_stat_statements of a running server (PostgreSQL manual, F.32): every statement once, with its calls, and without
the constants."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from lab.errors import LabError
from lab.workloads.logs.seen import Seen

_QUERY = """
    SELECT query, sum(calls)::bigint FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY query ORDER BY 2 DESC
"""
_HOW = (
    "set shared_preload_libraries = 'pg_stat_statements', restart, and run CREATE EXTENSION pg_stat_statements in this "
    "database"
)


def read(address: str) -> Iterator[Seen]:
    """Of the address's database. Raises LabError when it cannot be asked."""
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            rows = connection.execute(_QUERY).fetchall()
    except psycopg.OperationalError as error:
        first = str(error).strip().splitlines()[0]
        raise LabError(
            f"cannot connect to PostgreSQL: {first.partition(' failed: ')[2] or first}",
            "check host, port, user and password: postgresql://user:password@host:5432/shop",
        ) from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.ObjectNotInPrerequisiteState) as error:
        raise LabError("this database keeps no pg_stat_statements", _HOW) from error
    return (Seen(query, calls) for query, calls in rows)
