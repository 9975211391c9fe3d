"""performance_schema of a running server (MySQL manual, 29.12.20.3 "Statement Summary Tables"): statements by digest,
each with its calls and one sample."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pymysql

from lab.errors import LabError
from lab.workloads.logs.seen import Seen

_SAMPLED = "SELECT coalesce(query_sample_text, digest_text), count_star, query_sample_seen"
_PLAIN = "SELECT digest_text, count_star, last_seen"
_FROM = """
    FROM performance_schema.events_statements_summary_by_digest
    WHERE schema_name = %s AND digest_text IS NOT NULL ORDER BY count_star DESC
"""


def read(address: str) -> Iterator[Seen]:
    """Of the address's database. Raises LabError when it cannot be asked."""
    parts = urlsplit(address)
    database = parts.path.strip("/")
    if not database:
        raise LabError("the address names no database", f"append it: {parts.scheme}://user:password@host:3306/shop")
    try:
        connection = pymysql.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            connect_timeout=10,
        )
    except pymysql.err.OperationalError as error:
        raise LabError(
            f"cannot connect to MySQL: {error.args[-1]}",
            "check host, port, user and password: mysql://user:password@host:3306/shop",
        ) from error
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@performance_schema")
        if not (cursor.fetchone() or (0,))[0]:
            raise LabError("this server's performance_schema is off", "set performance_schema = ON and restart it")
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'performance_schema' AND "
            "table_name = 'events_statements_summary_by_digest' AND column_name = 'QUERY_SAMPLE_TEXT'"
        )
        has_samples = bool((cursor.fetchone() or (0,))[0])
        cursor.execute((_SAMPLED if has_samples else _PLAIN) + _FROM, [database])
        rows = cursor.fetchall()
    return (Seen(str(text), int(calls)) for text, calls, _ in rows)
