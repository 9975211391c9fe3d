"""Mappings on real servers: documents are nested, answer for their rows, and become those again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nests import DATA, EMBEDDED, NEWEST, SCHEMA, loaded_base
from pymongo import MongoClient

from lab.engines import mongodb
from lab.engines.engine import ChangeSql, Database, Server, StatementError
from lab.model.change import Script
from lab.model.schema import Schema
from lab.readers.mappings import read_mapping
from lab.readers.sql import read

BASE = "lab_nests"


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read([(Path("schema.sql"), SCHEMA)])


@pytest.fixture(scope="module", params=["mongodb"])
def loaded(
    request: pytest.FixtureRequest, schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    with loaded_base(server, schema, DATA, BASE, tmp_path_factory.mktemp("data")):
        yield server


@pytest.fixture
def copy(loaded: Server) -> Iterator[Database]:
    mongodb.clone_database(loaded, BASE, "lab_nested")
    database = mongodb.connect(loaded, "lab_nested")
    yield database
    database.close()
    mongodb.drop_database(loaded, "lab_nested")


def reshaped(text: str, schema: Schema) -> ChangeSql:
    return mongodb.change_sql(Script("v", {}, {}, mapping=read_mapping(text, "v.mongodb.toml", schema)))


def hashes(server: Server, name: str) -> dict[str, str]:
    """Of each collection's documents, in the order of `_id`, field by field."""
    with MongoClient[dict[str, Any]](server.address) as client:
        found: dict[str, str] = client[name].command("dbHash")["collections"]
        return found


@pytest.mark.parametrize("loaded", ["mongodb", "mongodb_5", "mongodb_7"], indirect=True)
@pytest.mark.parametrize("text", [EMBEDDED, NEWEST])
def test_the_way_there_and_back_restores_catalog_and_documents(
    text: str, loaded: Server, copy: Database, schema: Schema
) -> None:
    change = reshaped(text, schema)
    catalog, documents = copy.catalog(), hashes(loaded, BASE)
    assert hashes(loaded, "lab_nested") == documents
    copy.run(change.up)
    assert copy.catalog() != catalog
    assert hashes(loaded, "lab_nested") != documents
    copy.run(change.down)
    assert copy.catalog() == catalog
    assert hashes(loaded, "lab_nested") == documents


def test_every_row_lies_in_the_document_it_refers_to(loaded: Server, copy: Database, schema: Schema) -> None:
    with MongoClient[dict[str, Any]](loaded.address) as client:
        base, nested = client[BASE], client["lab_nested"]
        refunds: dict[int, list[int]] = {}
        for refund in base.refunds.find().sort("_id"):
            refunds.setdefault(refund["payment_id"], []).append(refund["_id"])
        copy.run(reshaped(EMBEDDED, schema).up)
        assert sorted(nested.list_collection_names()) == ["orders", "users"]
        for order in base.orders.find().limit(60):
            found = nested.orders.find_one({"_id": order["_id"]})
            assert found is not None
            lines = base.lines.find({"_id.order_id": order["_id"]}).sort("_id")
            assert found["lines"] == [
                {"number": x["_id"]["number"], "sku": x["sku"], "details": x["details"]} for x in lines
            ]
            paid = list(base.payments.find({"order_id": order["_id"]}).sort("_id"))
            assert [list(x) for x in found["paid"]] == [["_id", "code", "reference", "amount", "refunds"]] * len(paid)
            assert [x["_id"] for x in found["paid"]] == [x["_id"] for x in paid]
            assert [[y["_id"] for y in x["refunds"]] for x in found["paid"]] == [
                refunds.get(x["_id"], []) for x in paid
            ]
            invoice = base.invoices.find_one({"_id": order["_id"]})
            assert found["invoice"] == ({"printed_at": invoice["printed_at"]} if invoice else None)
            buyer = base.users.find_one({"_id": order["user_id"]})
            assert buyer and found["buyer"] == {"name": buyer["name"], "city": buyer["city"]}


def test_the_newest_are_copied_and_all_stay(loaded: Server, copy: Database, schema: Schema) -> None:
    copy.run(reshaped(NEWEST, schema).up)
    with MongoClient[dict[str, Any]](loaded.address) as client:
        nested = client["lab_nested"]
        assert nested.orders.count_documents({}) == 200
        for user in nested.users.find():
            orders = nested.orders.find({"user_id": user["_id"]}).sort([("placed_at", -1), ("_id", -1)]).limit(2)
            assert [order["_id"] for order in user["newest_orders"]] == [order["_id"] for order in orders]
            assert all("user_id" not in order and "seller" in order for order in user["newest_orders"])
        assert nested.orders.count_documents({"seller_id": None, "seller": {"$ne": None}}) == 0
        assert nested.orders.count_documents({"seller_id": {"$ne": None}, "seller.name": {"$exists": False}}) == 0


def test_indexes_and_rules_follow_the_rows(loaded: Server, copy: Database, schema: Schema) -> None:
    change = reshaped(EMBEDDED, schema)
    copy.run(change.up)
    with MongoClient[dict[str, Any]](loaded.address) as client:
        orders = client["lab_nested"].orders
        keys = {name: list(index["key"]) for name, index in orders.index_information().items() for index in [index]}
        assert {name: [key for key, _ in found] for name, found in keys.items()} == {
            "_id_": ["_id"],
            "orders_user_idx": ["user_id"],
            "lines_sku_idx": ["lines.sku"],
            "payments_code_key": ["paid.code"],
            "payments_reference_key": ["paid.reference"],
            "refunds_reason_idx": ["paid.refunds.reason"],
            "orders_lines_number_placed_at_idx": ["lines.number", "placed_at"],
            "orders_paid_id_idx": ["paid._id"],
        }
        plan = orders.find({"lines.sku": "x"}).explain()["queryPlanner"]["winningPlan"]
        assert "lines_sku_idx" in json.dumps(plan, default=str)
    push = {
        "update": "orders",
        "updates": [{"q": {"_id": 1}, "u": {"$push": {"lines": {"number": "one", "sku": "x"}}}}],
    }
    prepared = copy.prepare(json.dumps(push))
    with pytest.raises(StatementError, match=r"failed validation: number: .*not 'one'"):
        prepared.count(prepared.execute(prepared.bind({})))
    assert ("key of payments (id)", "not enforced within orders") in {(x.what, x.consequence) for x in change.losses}


def test_more_than_the_bound_is_refused_by_name(copy: Database, schema: Schema) -> None:
    with pytest.raises(StatementError, match=r"lines: .*maxItems"):
        copy.run(reshaped('[embed.lines]\ninto = "orders"\nmost = 2\n', schema).up)


def test_expiry_is_an_index_and_refused_where_rows_would_go(loaded: Server, copy: Database, schema: Schema) -> None:
    change = reshaped('[expire]\norders = { by = "placed_at", days = 1 }\n', schema)
    catalog = copy.catalog()
    copy.run(change.up)
    with MongoClient[dict[str, Any]](loaded.address) as client:
        orders = client["lab_nested"].orders
        assert orders.index_information()["orders_placed_at_expiry_idx"]["expireAfterSeconds"] == 86_400
        copy.run(change.down)
        try:
            client.admin.command({"setParameter": 1, "ttlMonitorEnabled": True})
            with pytest.raises(StatementError, match="this server deletes what has expired"):
                copy.run(change.up)
        finally:
            client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        assert orders.count_documents({}) == 200
    assert copy.catalog() == catalog
