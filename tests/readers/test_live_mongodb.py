"""MongoDB is read: what validators say, what documents show, and no reference that the data does not prove."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from bson import Decimal128, Int64, ObjectId
from pymongo import MongoClient

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read

NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
USER = {
    "bsonType": "object",
    "required": ["email", "kind"],
    "properties": {
        "email": {"bsonType": "string", "maxLength": 80, "description": "lower case"},
        "kind": {"enum": ["person", "company"]},
        "age": {"bsonType": ["int", "null"], "minimum": 0},
    },
}


@pytest.fixture(scope="module")
def address(mongodb_server: Server) -> Iterator[str]:
    name = f"{mongodb_server.prefix}read"
    with MongoClient[dict[str, Any]](mongodb_server.address, uuidRepresentation="standard") as client:
        fill(client[name])
        yield urlsplit(mongodb_server.address)._replace(path=f"/{name}").geturl()
        client.drop_database(name)


def fill(database: Any) -> None:
    users = [ObjectId() for _ in range(20)]
    database.create_collection("users", validator={"$jsonSchema": USER})
    kinds = ("person", "company")
    database.users.insert_many(
        [{"_id": key, "email": f"a{n}", "kind": kinds[n % 2], "age": n} for n, key in enumerate(users)]
    )
    database.users.create_index("email", unique=True)
    database.posts.insert_many(
        [
            {
                "_id": n,
                "author": users[n % 20],
                "editor": ObjectId(),
                "likedBy": users[:3],
                "tags": ["a", "b"],
                "at": NOW,
                "uid": uuid.UUID(int=n),
                "price": Decimal128("1.50"),
                "seen": Int64(n),
                "score": n if n % 2 else 0.5,
                "odd": n if n % 2 else "text",
                "place": {"city": "x"},
                **({"note": "some"} if n else {}),
            }
            for n in range(40)
        ]
    )
    database.posts.create_index([("author", 1), ("at", -1)])
    database.posts.create_index("place.city")
    database.posts.create_index("tags")
    database.posts.create_index("note", unique=True, partialFilterExpression={"seen": {"$gt": 100}})
    database.posts.create_index("at", expireAfterSeconds=3600, name="ttl")
    database.posts.create_index([("note", "text")])
    database.create_collection("nothing")
    database.command("create", "recent", viewOn="posts", pipeline=[])


@pytest.fixture(scope="module")
def schema(address: str) -> Schema:
    return read(address)


def test_a_validator_says_types_values_bounds_and_what_is_required(schema: Schema) -> None:
    users = schema.table("users")
    found = [(column.name, str(column.type), column.is_nullable, column.comment) for column in users.columns]
    assert found == [
        ("_id", "char(24)", False, ""),
        ("email", "varchar(80)", False, "lower case"),
        ("kind", "users_kind", False, ""),
        ("age", "integer", True, ""),
    ]
    assert [check.expression for check in users.checks] == ["age >= 0"]
    assert [key.columns for key in users.keys] == [("_id",), ("email",)]
    assert schema.enums[0].values == ("person", "company")
    assert schema.provider == "mongodb"


def test_documents_say_what_no_validator_does(schema: Schema) -> None:
    posts = schema.table("posts")
    assert {column.name: str(column.type) for column in posts.columns} == {
        "_id": "integer",
        "author": "char(24)",
        "editor": "char(24)",
        "likedBy": "char(24)[]",
        "tags": "text[]",
        "at": "timestamptz",
        "uid": "uuid",
        "price": "numeric",
        "seen": "bigint",
        "score": "double precision",
        "odd": "jsonb",
        "place": "jsonb",
        "note": "text",
    }
    assert [column.name for column in posts.columns if column.is_nullable] == ["note"]
    lost = {loss.what: loss.consequence for loss in schema.losses}
    assert lost["types of posts.odd"] == "kept as jsonb: 20 int, 20 string"
    assert "40 sampled documents" in lost["fields of posts"]


def test_a_reference_is_taken_only_where_every_value_proves_it(schema: Schema) -> None:
    keys = [(table.name, key.columns, key.table, key.referenced) for table, key in schema.foreign_keys()]
    assert keys == [("posts", ("author",), "users", ("_id",))]
    lost = {loss.what for loss in schema.losses}
    assert "references (author) of posts to users" in lost
    assert "references (likedBy) of posts to users" in lost


def test_indexes_are_those_of_postgres_or_are_named(schema: Schema) -> None:
    found = {
        index.name: (tuple(part.value for part in index.parts), index.method, index.is_unique, index.where)
        for index in schema.table("posts").indexes
    }
    assert found == {
        "posts_author_1_at_-1": (("author", "at"), "btree", False, None),
        "posts_place.city_1": (("place ->> 'city'",), "btree", False, None),
        "posts_tags_1": (("tags",), "gin", False, None),
        "posts_note_1": (("note",), "btree", True, "seen > 100"),
        "posts_ttl": (("at",), "btree", False, None),
    }
    lost = {loss.what for loss in schema.losses}
    assert {"text index note_text of posts", "expiry of index ttl of posts", "view recent"} <= lost
    assert "collection nothing" in lost


def test_postgres_takes_what_was_read(schema: Schema, postgres_server: Server) -> None:
    engine = load_engine("postgres")
    ddl = engine.create_sql(schema)
    engine.create_database(postgres_server, "of_mongodb")
    connection = engine.connect(postgres_server, "of_mongodb")
    try:
        connection.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
    finally:
        connection.close()
        engine.drop_database(postgres_server, "of_mongodb")


@pytest.mark.parametrize(
    ("source", "message"),
    [("mongodb://127.0.0.1:1", "names no database"), ("mongodb://nobody:secret@host:port/x", "is no address")],
)
def test_a_wrong_address_is_a_sentence(source: str, message: str) -> None:
    with pytest.raises(LabError, match=message) as caught:
        read(source)
    assert "secret" not in str(caught.value)
