"""PostgreSQL takes what the audit advises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from audit_cases import FOUND
from auditing import Case, findings, is_sql

from lab.engines.engine import Server


@pytest.fixture
def transaction(postgres_server: Server) -> Iterator[psycopg.Connection[Any]]:
    """An empty schema of its own, gone at the end."""
    with psycopg.connect(postgres_server.address, dbname="postgres") as connection:
        connection.execute("CREATE SCHEMA audited")
        connection.execute("SET LOCAL search_path = audited")
        yield connection
        connection.rollback()


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.rule}-{case.subject}")
def test_postgres_takes_the_fix(case: Case, transaction: psycopg.Connection[Any]) -> None:
    if case.is_refused:
        with pytest.raises(psycopg.errors.DatatypeMismatch):
            transaction.execute(case.ddl)
        return
    transaction.execute(case.ddl)
    for finding in findings(case.rule, case.ddl):
        if is_sql(finding.fix):
            transaction.execute(finding.fix)
