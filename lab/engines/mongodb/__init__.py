"""MongoDB 5 and newer. A statement is the extended JSON of a database command, or a list of commands (`commands`)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.engines.engine import ChangeSql, Server, Text
from lab.engines.mongodb.administration import (
    clone_database,
    create_database,
    drop_database,
    list_databases,
    server_version,
    settings,
)
from lab.engines.mongodb.commands import render
from lab.engines.mongodb.database import MongoDatabase
from lab.engines.mongodb.definitions import create_sql
from lab.engines.mongodb.expiry import removing
from lab.engines.mongodb.nesting import lay_out_nesting
from lab.engines.mongodb.rows import documents, lengths
from lab.engines.mongodb.scripts import change_sql
from lab.engines.own_terms import own_text
from lab.model.schema import Index, Table
from lab.model.workload import Operation

name = "mongodb"
title = "MongoDB"
noop_sql = '{"ping": 1}'
load_connections = 1
timed_interval = (
    "each command of the operation, encoded beforehand, is sent as one message, and received are its replies as BSON, "
    "those to getMore included; no document becomes a Python value"
)
decodes_in_time = False
has_server = True
has_shards = True
most_document_bytes = 16 * 1024 * 1024
"""MongoDB's limit of a BSON document (manual, "MongoDB Limits and Thresholds")."""


def connect(server: Server, database: str) -> MongoDatabase:
    return MongoDatabase(server, database)


def document_bytes(batch: pa.RecordBatch, table: Table) -> NDArray[np.int64]:
    """What each row takes as a document of its own: shape (rows,)."""
    return lengths(documents(batch, table))


def query_sql(operation: Operation) -> Text:
    return own_text(operation, name)


def hidden_sql(index: Index) -> ChangeSql:
    """What if the index were not there: it is kept up with every write, but no plan uses it until it is shown again."""
    hide, show = (
        Text(render({"collMod": index.table, "index": {"name": index.name, "hidden": is_hidden}}))
        for is_hidden in (True, False)
    )
    return ChangeSql((hide,), (show,))


__all__ = [
    "change_sql",
    "clone_database",
    "connect",
    "create_database",
    "create_sql",
    "decodes_in_time",
    "document_bytes",
    "drop_database",
    "has_server",
    "has_shards",
    "hidden_sql",
    "lay_out_nesting",
    "list_databases",
    "load_connections",
    "most_document_bytes",
    "name",
    "noop_sql",
    "query_sql",
    "removing",
    "server_version",
    "settings",
    "timed_interval",
    "title",
]
