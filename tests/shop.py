"""A small schema most tests share: two tables, every kind of column that engines treat apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from lab.engines.engine import Database, Engine, Server, Text
from lab.model.schema import (
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Schema,
    Table,
    Type,
)

USERS = Table(
    "users",
    (
        Column("id", Type("bigint"), is_nullable=False, identity="by default"),
        Column("email", Type("text"), is_nullable=False),
        Column("is_active", Type("boolean"), is_nullable=False, default="true"),
        Column("created_at", Type("timestamptz"), is_nullable=False, default="CURRENT_TIMESTAMP"),
    ),
    Key(("id",)),
    uniques=(Key(("email",)),),
    comment="People who buy.",
)
ORDERS = Table(
    "orders",
    (
        Column("id", Type("bigint"), is_nullable=False, identity="by default"),
        Column("user_id", Type("bigint"), is_nullable=False),
        Column("status", Type("order_status"), is_nullable=False, default="'new'"),
        Column("total", Type("numeric", (12, 2)), is_nullable=False),
        Column("token", Type("uuid")),
        Column("address", Type("inet")),
        Column("tags", Type("text", dimensions=1)),
        Column("details", Type("jsonb")),
        Column("placed_on", Type("date"), is_nullable=False),
    ),
    Key(("id",)),
    foreign_keys=(ForeignKey(("user_id",), "users", ("id",), on_delete="cascade"),),
    checks=(Check("total >= 0"),),
    indexes=(Index("orders_user_id_idx", "orders", (IndexPart("user_id"),)),),
)
SHOP = Schema((USERS, ORDERS), (Enum("order_status", ("new", "paid", "sent")),))


def user_batch(count: int = 50) -> pa.RecordBatch:
    ids = list(range(1, count + 1))
    moments = [datetime(2025, 1, 1, 10, 0, 0, 250_000, tzinfo=UTC)] * count
    return pa.record_batch(
        {
            "id": pa.array(ids, pa.int64()),
            "email": pa.array([f"u{number}@example.org" for number in ids]),
            "is_active": pa.array([number % 2 == 0 for number in ids]),
            "created_at": pa.array(moments, pa.timestamp("us", tz="UTC")),
        }
    )


def order_batch(count: int = 200, users: int = 50) -> pa.RecordBatch:
    numbers = range(1, count + 1)
    return pa.record_batch(
        {
            "id": pa.array(numbers, pa.int64()),
            "user_id": pa.array([number % users + 1 for number in numbers], pa.int64()),
            "status": pa.array([("new", "paid", "sent")[number % 3] for number in numbers]),
            "total": pa.array([Decimal(number) / 4 for number in numbers], pa.decimal128(12, 2)),
            "token": pa.array([number.to_bytes(16) for number in numbers], pa.binary(16)),
            "address": pa.array([f"10.0.0.{number % 250}" for number in numbers]),
            "tags": pa.array([["a", "b"] if number % 2 else None for number in numbers], pa.list_(pa.string())),
            "details": pa.array(['{"colour": "red"}'] * count),
            "placed_on": pa.array([datetime(2025, 3, 1).date()] * count, pa.date32()),
        }
    )


@contextmanager
def opened_shop(engine: Engine, server: Server, name: str) -> Iterator[Database]:
    """A database of that name with 50 users and 200 orders; gone afterwards."""
    engine.create_database(server, name)
    database = engine.connect(server, name)
    ddl = engine.create_sql(SHOP)
    database.run(Text(sql) for sql in ddl.before)
    database.load(USERS, [user_batch()])
    database.load(ORDERS, [order_batch()])
    database.run(Text(sql) for sql in ddl.after)
    database.analyze()
    yield database
    database.close()
    engine.drop_database(server, name)
