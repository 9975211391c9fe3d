"""Indexes that foreign keys lean on: InnoDB refuses to drop the last of them (error 1553)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from elsewhere import loaded, measured_on

from lab.advise import drop_redundant_indexes, drop_unused_indexes
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.model.change import DropIndex

DDL = """
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), shop_id int NOT NULL,
  referrer_id bigint REFERENCES users (id), seller_id bigint REFERENCES users (id), total int NOT NULL);
CREATE INDEX orders_user ON orders (user_id);
CREATE INDEX orders_user_shop ON orders (user_id, shop_id);
CREATE INDEX orders_referrer ON orders (referrer_id);
CREATE INDEX orders_seller ON orders (seller_id);
CREATE INDEX orders_seller_total ON orders (seller_id DESC, total);
CREATE INDEX orders_total ON orders (total);
"""
ROWS = ("INSERT INTO users VALUES (1), (2)", "INSERT INTO orders VALUES (1, 1, 1, 2, 2, 10), (2, 2, 1, NULL, 1, 20)")


@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_no_index_is_dropped_that_a_foreign_key_has_no_other_for(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    engine, asked = load_engine(name), measured_on(load_engine(name), DDL, "SELECT id FROM users WHERE id = :i")
    base = asked.engines[0].variants[0]
    planned = tuple(replace(operation, plan="users: PRIMARY") for operation in base.operations)
    asked = replace(asked, engines=(replace(asked.engines[0], variants=(replace(base, operations=planned),)),))
    found = [p.change for rule in (drop_redundant_indexes, drop_unused_indexes) for p in rule.propose(asked, name)]
    drops = {change.name: change for change in found if isinstance(change, DropIndex)}
    assert set(drops) == {"orders_user", "orders_seller", "orders_total"}
    with loaded(engine, server, DDL, ROWS) as database:
        before = database.catalog()
        changes = [engine.change_sql(change) for change in drops.values()]
        for change in changes:
            assert not database.run(change.up)
        indexes = {key for key in database.catalog() if key.startswith("index")}
        assert not any(name in key for key in indexes for name in drops if key.endswith(name))
        for change in reversed(changes):
            database.run(change.down)
        assert database.catalog() == before
