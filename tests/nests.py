"""Orders that hold all there is between tables: many, many of many, one, and a reference that may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.bench import Bed, Silent
from lab.bench.load import BASE, load_base
from lab.datagen import Generator, read_spec
from lab.engines import mongodb
from lab.engines.engine import Server
from lab.model.change import Script, Variant
from lab.model.design import Design
from lab.model.run import ServerInfo
from lab.model.schema import Schema
from lab.model.workload import Workload
from lab.readers.mappings import read_mapping
from lab.readers.sql import read

SCHEMA = """\
CREATE TABLE users (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  city varchar(40)
);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id),
  seller_id bigint REFERENCES users (id),
  total numeric(12, 2) NOT NULL CHECK (total >= 0),
  placed_at timestamptz NOT NULL
);
CREATE INDEX orders_user_idx ON orders (user_id);
CREATE TABLE lines (
  order_id bigint NOT NULL REFERENCES orders (id),
  number integer NOT NULL CHECK (number > 0),
  sku varchar(20) NOT NULL,
  details jsonb,
  PRIMARY KEY (order_id, number)
);
CREATE INDEX lines_sku_idx ON lines (sku);
CREATE TABLE payments (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders (id),
  code varchar(20) UNIQUE,
  reference varchar(40) NOT NULL UNIQUE,
  amount numeric(12, 2) NOT NULL
);
CREATE TABLE refunds (
  id bigint PRIMARY KEY,
  payment_id bigint NOT NULL REFERENCES payments (id),
  reason text NOT NULL
);
CREATE INDEX refunds_reason_idx ON refunds (reason);
CREATE TABLE invoices (
  order_id bigint PRIMARY KEY REFERENCES orders (id),
  printed_at timestamptz
);
"""

DATA = """\
[users]
rows = 40
[orders]
rows = 200
[lines]
per = "orders"
fewest = 0
mean = 2
most = 6
[payments]
per = "orders"
fewest = 0
mean = 1
most = 3
[refunds]
rows = 30
[invoices]
rows = 120
"""

EMBEDDED = """\
# An order is one document.
#
# With what was paid for it.

[embed.lines]
into = "orders"
most = 50

[embed.payments]
into = "orders"
as = "paid"
most = 10

[embed.refunds]
into = "payments"
most = 5

[embed.invoices]
into = "orders"
as = "invoice"

[copy.orders.buyer]
from = "users"
via = "user_id"
columns = ["name", "city"]

[indexes]
orders = ["lines.number, placed_at desc", "paid.id"]
"""

NEWEST = """\
[embed.orders]
into = "users"
via = "user_id"
as = "newest_orders"
latest = 2
by = "placed_at"

[copy.orders.seller]
from = "users"
via = "seller_id"
columns = ["name"]
"""


@contextmanager
def loaded_base(server: Server, schema: Schema, data: str, name: str, folder: Path) -> Iterator[Server]:
    """A schema's rows on MongoDB, by a data spec, for as long as this lasts."""
    spec = folder / "data.toml"
    spec.write_text(data)
    load_base(mongodb, server, schema, Generator(schema, read_spec(spec, schema), 1.0, 1), Silent(), name)
    yield server
    mongodb.drop_database(server, name)


@contextmanager
def loaded_bed(server: Server, folder: Path, mapping: str) -> Iterator[Bed]:
    """The orders loaded on MongoDB, with a variant `v`, and without a workload."""
    schema = read([(Path("schema.sql"), SCHEMA)])
    spec = folder / "data.toml"
    spec.write_text(DATA)
    data = read_spec(spec, schema)
    generator = Generator(schema, data, 1.0, 1)
    load = load_base(mongodb, server, schema, generator, Silent())
    variant = Variant("v", (Script("v", {}, {}, mapping=read_mapping(mapping, "v.mongodb.toml", schema)),))
    design = Design("nests", "schema.sql", schema, (variant,), Workload(()), data)
    info = ServerInfo(server.spec, "mongodb", server.version, server.origin, {})
    try:
        yield Bed(mongodb, server, design, generator, load, info)
    finally:
        mongodb.drop_database(server, BASE)
