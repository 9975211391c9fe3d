"""A running MongoDB -> the model: collections as tables, fields as columns.

What a validator says holds; what none says is taken from a sample of documents, and said to be. A field is taken for a
reference only where every value of it that was seen is a key of the other collection. Nothing but reads is sent.
Source: MongoDB's manual, "$jsonSchema", "listIndexes", "$sample".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from pymongo.errors import PyMongoError

from lab.engines.mongodb.connection import open_client
from lab.engines.mongodb.errors import translated
from lab.errors import LabError
from lab.model.schema import Column, Enum, Key, Loss, Schema, Table
from lab.readers.live import TIMEOUT_SECONDS
from lab.readers.live.mongodb_fields import Field, fields_of
from lab.readers.live.mongodb_indexes import with_index
from lab.readers.live.mongodb_references import references_of
from lab.readers.references import without_dangling

SAMPLED = 1000
"""Documents looked at in each collection."""
_MILLISECONDS = TIMEOUT_SECONDS * 1000


@dataclass(slots=True)
class Session:
    """An open database, and what was noted of it."""

    database: Any
    losses: list[Loss] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)

    def lose(self, what: str, consequence: str) -> None:
        self.losses.append(Loss(what, consequence))

    def sample(self, collection: str) -> list[Mapping[str, Any]]:
        """Documents drawn at random."""
        stages = [{"$sample": {"size": SAMPLED}}]
        return list(self.database[collection].aggregate(stages, maxTimeMS=_MILLISECONDS))

    def count_keys(self, collection: str, values: list[Any]) -> int:
        """How many of the values are `_id` of a document."""
        wanted = {"_id": {"$in": values}}
        return int(self.database[collection].count_documents(wanted, maxTimeMS=_MILLISECONDS))


def read(address: str) -> Schema:
    """Raises LabError when the server does not answer, or the address names no database."""
    name = urlsplit(address).path.strip("/")
    if not name:
        raise LabError(f"{_shown(address)} names no database", "write mongodb://user:password@host:27017/database")
    try:
        client = open_client(address)
    except (PyMongoError, ValueError) as error:
        raise LabError(f"{_shown(address)} is no address: {error}", "write mongodb://host:27017/database") from error
    with closing(client):
        try:
            client.admin.command("ping")
        except PyMongoError as error:
            raise LabError(
                f"cannot connect to MongoDB at {_shown(address)}: {str(error).partition(',')[0]}",
                "check that it runs, its port, and the user's password",
            ) from error
        with translated():
            return _read(Session(client[name]))


def _shown(address: str) -> str:
    """The address without a password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or 'localhost'}{parts.path}"


def _read(session: Session) -> Schema:
    found = sorted(session.database.list_collections(), key=lambda each: str(each["name"]))
    fields: dict[str, list[Field]] = {}
    tables: list[Table] = []
    for each in found:
        name = str(each["name"])
        if name.startswith("system."):
            continue
        if each.get("type") == "view":
            session.lose(f"view {name}", "left out: it is a pipeline of MongoDB's")
            continue
        if each.get("type") == "timeseries":
            session.lose(f"time series of {name}", "a table like others")
        fields[name] = list(_fields(name, each.get("options", {}), session))
        if not fields[name]:
            session.lose(f"collection {name}", "left out: it is empty, and no validator says what it is to hold")
            continue
        tables.append(_table(name, fields[name], session))
    made = [replace(table, foreign_keys=references_of(table, fields, session)) for table in tables]
    schema = Schema(tuple(made), tuple(session.enums), losses=tuple(session.losses), provider="mongodb")
    return without_dangling(schema)


def _fields(name: str, options: Mapping[str, Any], session: Session) -> Iterator[Field]:
    validator = options.get("validator", {})
    declared = validator.get("$jsonSchema", {})
    for operator in validator.keys() - {"$jsonSchema"}:
        session.lose(f"validator {operator} of {name}", "not checked: it is a query of MongoDB's")
    documents = session.sample(name)
    found = list(fields_of(name, declared, documents))
    if any(each.is_assumed for each in found):
        session.lose(
            f"fields of {name}",
            f"their types, and that they are always there, as {len(documents)} sampled documents have them",
        )
    for each in found:
        for what, consequence in each.lost:
            session.lose(what, consequence)
        if each.enum:
            session.enums.append(each.enum)
        yield each


def _table(name: str, fields: list[Field], session: Session) -> Table:
    columns = tuple(Column(each.column, each.type, each.is_nullable, comment=each.comment) for each in fields)
    key = tuple(each.column for each in fields if each.is_key)
    checks = tuple(check for each in fields for check in each.checks)
    table = Table(name, columns, Key(key) if key else None, checks=checks)
    for index in session.database[name].list_indexes():
        if list(index["key"]) != ["_id"]:
            table = with_index(table, index, fields, session.losses)
    return table
