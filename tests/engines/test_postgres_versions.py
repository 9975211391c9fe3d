"""Every PostgreSQL from 13 to 18: created, loaded, explained, changed, copied. The contract suite has the details."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shop import ORDERS, opened_shop

from lab.engines import load_engine
from lab.engines.engine import Database, Server
from lab.model.change import Script
from lab.provision.settings import POSTGRES

ENGINE = load_engine("postgres")


@pytest.fixture
def shop(postgres_versions: Server) -> Iterator[Database]:
    with opened_shop(ENGINE, postgres_versions, "shop") as database:
        yield database


def test_it_is_the_version_that_was_asked_for(request: pytest.FixtureRequest, postgres_versions: Server) -> None:
    assert postgres_versions.version.startswith(f"{request.node.callspec.params['postgres_versions']}.")
    assert ENGINE.server_version(postgres_versions.address) == postgres_versions.version


def test_rows_are_loaded_and_read_with_counted_work(shop: Database) -> None:
    assert {relation.name: relation.rows for relation in shop.relations()} == {"orders": 200, "users": 50}
    assert shop.count_orphans(ORDERS, ORDERS.foreign_keys[0]) == 0
    explained = shop.explain("SELECT * FROM orders WHERE user_id = :id", {"id": 7})
    assert "orders" in explained.plan
    assert explained.work["buffers"] > 0 and explained.work["rows read"] > 0


def test_a_change_goes_up_and_down(shop: Database) -> None:
    before = shop.catalog()
    script = Script(
        "cents",
        {
            "": "ALTER TABLE orders ADD COLUMN cents bigint GENERATED ALWAYS AS ((total * 100)::bigint) STORED;\n"
            "CREATE INDEX orders_cents ON orders (cents DESC) INCLUDE (user_id) WHERE cents > 100;"
        },
        {"": "ALTER TABLE orders DROP COLUMN cents;"},
    )
    sql = ENGINE.change_sql(script)
    shop.run(sql.up)
    assert shop.rows("SELECT cents FROM orders WHERE id = 3", {}) == [(75,)]
    assert shop.catalog() != before
    shop.run(sql.down)
    assert shop.catalog() == before


def test_a_copy_is_one_of_its_own(postgres_versions: Server, shop: Database) -> None:
    shop.close()
    ENGINE.clone_database(postgres_versions, "shop", "copy")
    copy = ENGINE.connect(postgres_versions, "copy")
    try:
        assert copy.rows("SELECT count(*) FROM orders", {}) == [(200,)]
    finally:
        copy.close()
        ENGINE.drop_database(postgres_versions, "copy")


def test_every_setting_of_the_lab_is_in_force(postgres_versions: Server) -> None:
    ENGINE.create_database(postgres_versions, "settings")
    database = ENGINE.connect(postgres_versions, "settings")
    try:
        found = {name: database.rows(f"SHOW {name}", {})[0][0] for name in POSTGRES}
    finally:
        database.close()
        ENGINE.drop_database(postgres_versions, "settings")
    assert found == dict(POSTGRES)
