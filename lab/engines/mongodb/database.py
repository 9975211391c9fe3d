"""A connection to one database; see `lab.engines.engine.Database`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import bson
import pyarrow as pa

from lab.engines.engine import Explained, Prepared, Server, StatementError, Text
from lab.engines.mongodb.catalog import collections, describe, read_fields, read_places, sizes
from lab.engines.mongodb.commands import COMMIT, WRITES, Command, fill, is_transaction, parse
from lab.engines.mongodb.connection import DECODED, Connection, message, open_cursor
from lab.engines.mongodb.errors import check_reply, translated
from lab.engines.mongodb.expiry import require_stillness
from lab.engines.mongodb.explain import explained, without_output
from lab.engines.mongodb.mapping import path
from lab.engines.mongodb.measurements import Series, indexable, require_possible, time_series
from lab.engines.mongodb.moving import perform
from lab.engines.mongodb.names import Fields, check_command
from lab.engines.mongodb.replies import all_rows, count
from lab.engines.mongodb.rows import documents
from lab.engines.mongodb.transactions import MOST_PATIENCE_SECONDS, Transactions, require_transactions
from lab.engines.mongodb.undo import inverse
from lab.engines.rules import unique_columns, unique_name
from lab.model.run import Relation, RuleCheck
from lab.model.schema import ForeignKey, Loss, Position, Schema, Table
from lab.model.workload import Value

DURABLE = {"w": "majority", "j": True}
"""Acknowledged when it is in the journal on disk, as a commit is elsewhere."""
_BATCH_BYTES = 12_000_000
_BATCH_DOCUMENTS = 100_000


def is_write(command: Command) -> bool:
    name = next(iter(command))
    return name in WRITES or (name == "aggregate" and without_output(command) != command)


class MongoDatabase:
    def __init__(self, server: Server, database: str) -> None:
        self._name = server.prefix + database
        with translated():
            self._connection = Connection(server.address)
        self._database = self._connection.client[self._name]
        self._timeout_ms: int | None = None
        self._transactions = Transactions(self._drained)

    def run(self, texts: Iterable[Text]) -> tuple[Loss, ...]:
        """Documents change in one transaction. Indexes and collections are made outside of any, and unmade again
        when a later statement fails; a mapping that fails half way leaves its database half changed."""
        fields = self._fields()
        steps = [(placed, text.position) for text in texts for placed in self._placed(text, fields)]
        if steps and all(is_write(command) for command, _ in steps) and self._connection.is_replica_set:
            self._run_in_transaction([command for command, _ in steps])
            return ()
        undo: list[Command] = []
        losses: list[Loss] = []
        try:
            for command, position in steps:
                require_stillness(command, self._connection.client, position)
                backwards = inverse(command, self._database)
                with translated(position):
                    losses += self._perform(command, position)
                undo = [] if backwards is None else [*undo, *backwards]
        except StatementError:
            for command in reversed(undo):
                perform(command, self._database)
            raise
        return tuple(losses)

    def _perform(self, command: Command, position: Position | None) -> list[Loss]:
        """Executes a step of a migration; what of it the server does not do is said."""
        series = self._series()
        losses: list[Loss] = []
        if (name := command.get("createIndexes", "")) in series:
            there = [tuple(index["key"].items()) for index in self._database[name].list_indexes()]
            made, losses = indexable(command, series[name], there, self._version)
            if made is None:
                return losses
            command = made
        check_reply(perform(command, self._database), position)
        return losses

    def _series(self) -> Series:
        return time_series(collections(self._database))

    @cached_property
    def _version(self) -> tuple[int, ...]:
        return tuple(self._connection.client.server_info()["versionArray"][:3])

    def _run_in_transaction(self, commands: list[Command]) -> None:
        with translated(), self._connection.client.start_session() as session, session.start_transaction():
            for command in commands:
                check_reply(self._database.command(command, session=session))

    def _placed(self, text: Text, fields: dict[str, Mapping[str, str] | None]) -> Iterator[Command]:
        """The commands of a text, names checked; the keys of an index where documents hold the columns they name."""
        for command in self._parsed(text.sql, text.position):
            follow(command, fields)
            check_command(command, fields, text.position)
            yield place_keys(command, fields, text.position)

    def _parsed(self, text: str, position: Position | None = None) -> list[Command]:
        try:
            return parse(text)
        except ValueError as error:
            raise StatementError(f"{position}: {error}" if position else str(error)) from error

    @property
    def retries(self) -> int:
        """How often a transaction was begun anew, or a commit sent again, so far."""
        return self._transactions.retries

    def _fields(self) -> dict[str, Mapping[str, str] | None]:
        with translated():
            return read_fields(self._database)

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        commands = self._parsed(sql)
        with translated():
            replies = self._executed(self._encoded(commands, parameters), is_transaction(commands))
        return all_rows(commands, replies)

    def _encoded(self, commands: Sequence[Command], parameters: Mapping[str, Value]) -> list[bytes]:
        """A message for each command."""
        if not is_transaction(commands):
            return [self._message(command, parameters, {}) for command in commands]
        begin, go_on = (self._transactions.options(is_first) for is_first in (True, False))
        first, *others = commands[:-1]
        return [
            self._message(first, parameters, begin),
            *(self._message(command, parameters, go_on) for command in others),
            message({COMMIT: 1, "writeConcern": DURABLE, "$db": "admin", **go_on}),
        ]

    def _message(self, command: Command, parameters: Mapping[str, Value], options: Mapping[str, Any]) -> bytes:
        try:
            filled = fill(command, parameters)
        except ValueError as error:
            raise StatementError(f"{next(iter(command))}: {error}") from error
        if is_write(command) and not options:
            filled.setdefault("writeConcern", DURABLE)
        if self._timeout_ms is not None:
            filled.setdefault("maxTimeMS", self._timeout_ms)
        with translated():
            return message({**filled, "$db": self._name, **options})

    def _executed(self, messages: Sequence[bytes], is_one: bool) -> list[bytes]:
        """The replies, in order; those to getMore behind the one they go on from."""
        if is_one:
            return self._transactions.execute(messages)
        return [reply for sent in messages for reply in self._drained(sent, {})]

    def _drained(self, sent: bytes, options: Mapping[str, Any]) -> list[bytes]:
        """The reply to a command, and those to getMore until its cursor is drained."""
        exchange = self._connection.exchange
        replies = [exchange(sent)]
        cursor = open_cursor(replies[0])
        if cursor:
            namespace = bson.decode(replies[0], DECODED)["cursor"]["ns"]
            collection = namespace.partition(".")[2]
            more = message({"getMore": bson.Int64(cursor), "collection": collection, "$db": self._name, **options})
            while cursor:
                replies.append(exchange(more))
                cursor = open_cursor(replies[-1])
        return replies

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        count = 0
        for arrow in batches:
            for part, rows in _parts(documents(arrow, table)):
                body = {"insert": table.name, "ordered": False, "writeConcern": {"w": 1}, "$db": self._name}
                with translated():
                    self._connection.decoded(message(body, part))
                count += rows
        return count

    def analyze(self) -> None:
        """A checkpoint: there are no statistics to gather, but sizes are those of what has reached the disk."""
        with translated():
            self._connection.client.admin.command("fsync")

    def count_orphans(self, table: Table, foreign_key: ForeignKey) -> int | None:
        """Each value that is referred to is looked for once; documents that lack it are counted."""
        referenced = self._fields().get(foreign_key.table) or {}
        ours = [path(table, column) for column in foreign_key.columns]
        theirs = [referenced[column] for column in foreign_key.referenced]
        let = {f"v{number}": f"$_id.v{number}" for number in range(len(ours))}
        same = [{"$eq": [f"${field}", f"$$v{number}"]} for number, field in enumerate(theirs)]
        pipeline: list[dict[str, Any]] = [
            {"$match": {field: {"$ne": None} for field in ours}},
            {"$group": {"_id": {f"v{n}": f"${field}" for n, field in enumerate(ours)}, "n": {"$sum": 1}}},
            {
                "$lookup": {
                    "from": foreign_key.table,
                    "let": let,
                    "pipeline": [
                        {"$match": {"$expr": {"$and": same}}},
                        {"$limit": 1},
                        {"$project": {"_id": 1}},
                    ],
                    "as": "parents",
                }
            },
            {"$match": {"parents": []}},
            {"$group": {"_id": None, "n": {"$sum": "$n"}}},
        ]
        with translated():
            return next((int(found["n"]) for found in self._database[table.name].aggregate(pipeline)), 0)

    def count_violations(self, table: Table, schema: Schema) -> Iterator[RuleCheck]:
        """Keys by grouping; types, enums, lengths and checks by the collection's validator."""
        collection = self._database[table.name]
        with translated():
            for columns in unique_columns(table):
                fields = [path(table, column) for column in columns]
                pipeline: list[dict[str, Any]] = [
                    {"$match": {field: {"$ne": None} for field in fields}},
                    {"$group": {"_id": [f"${field}" for field in fields], "n": {"$sum": 1}}},
                    {"$group": {"_id": None, "n": {"$sum": {"$subtract": ["$n", 1]}}}},
                ]
                repeated = sum(int(found["n"]) for found in collection.aggregate(pipeline, allowDiskUse=True))
                yield RuleCheck(table.name, unique_name(columns), repeated)
            if validator := collection.options().get("validator"):
                broken = collection.count_documents({"$nor": [validator]})
                yield RuleCheck(table.name, "validator", broken)

    def catalog(self) -> dict[str, str]:
        with translated():
            return describe(self._database)

    def relations(self) -> tuple[Relation, ...]:
        with translated():
            return sizes(self._database)

    def check(self, text: Text) -> None:
        with translated():
            fields, series = self._fields(), self._series()
        commands = self._parsed(text.sql, text.position)
        if is_transaction(commands):
            require_transactions(commands, series, self._connection.is_replica_set, text.position)
        for command in commands:
            check_command(command, fields, text.position)
            if series:
                require_possible(command, series, self._version, text.position)

    def prepare(self, sql: str) -> Prepared:
        commands = self._parsed(sql)

        is_one = is_transaction(commands)

        def bind(parameters: Mapping[str, Value]) -> list[bytes]:
            return self._encoded(commands, parameters)

        def execute(messages: list[bytes]) -> list[bytes]:
            with translated():
                return self._executed(messages, is_one)

        def decoder(replies: list[bytes]) -> Callable[[], list[dict[str, Any]]]:
            return lambda: [bson.decode(reply, DECODED) for reply in replies]

        return Prepared(bind, execute, lambda replies: sum(map(count, replies)), decoder)

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        filled = [fill(command, parameters) for command in self._parsed(sql)]
        with translated():
            return explained(self._database, filled, self._timeout_ms)

    def wait_for_disk(self, is_wanted: bool) -> bool:
        """False: it is said with each write."""
        return False

    def serving_process(self) -> None:
        """None: a thread among many, which the server does not name."""

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> float | None:
        """With the wait for a write's journal. None when somebody else's commands were timed with these."""
        prepared = self.prepare(sql)
        bound = prepared.bind(parameters)
        before = self._latencies()
        replies = prepared.execute(bound)
        after = self._latencies()
        prepared.count(replies)
        return (after[1] - before[1]) / 1e6 if after[0] - before[0] == len(replies) else None

    def _latencies(self) -> tuple[int, int]:
        """Reads and writes the server has served, and the microseconds they took (`opLatencies` of serverStatus)."""
        with translated():
            counters = self._connection.client.admin.command("serverStatus")["opLatencies"]
        kinds = counters["reads"], counters["writes"]
        return sum(int(kind["ops"]) for kind in kinds), sum(int(kind["latency"]) for kind in kinds)

    def set_timeout(self, seconds: float | None) -> None:
        self._timeout_ms = None if seconds is None else max(round(seconds * 1000), 1)
        self._transactions.patience_seconds = min(seconds or MOST_PATIENCE_SECONDS, MOST_PATIENCE_SECONDS)

    def close(self) -> None:
        if self._transactions.is_open:
            with translated():
                self._connection.client.admin.command("killSessions", [self._transactions.session])
        self._connection.close()


def follow(command: Command, fields: dict[str, Mapping[str, str] | None]) -> None:
    """Notes what a command makes of the fields that are known."""
    name = next(iter(command))
    if name == "create" or (name == "collMod" and "validator" in command):
        fields[command[name]] = read_places(command)
    elif name == "drop":
        fields.pop(command["drop"], None)
    elif name == "renameCollection":
        fields[command["to"]] = fields.pop(command[name], None)


def place_keys(command: Command, fields: Fields, position: Position | None) -> Command:
    """An index's keys as the documents' fields: its text names columns, and a primary key's are in `_id`."""
    if "createIndexes" not in command:
        return command
    collection = command["createIndexes"]
    check_command({"find": collection}, fields, position)
    known = fields[collection]
    if known is None:
        return command

    def placed(names: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, value in names.items():
            first, dot, rest = name.partition(".")
            if name.startswith("$"):
                found[name] = [placed(part) for part in value]
                continue
            if first not in known and first not in known.values():
                check_command({"find": collection, "sort": {first: 1}}, fields, position)
            found[known.get(first, first) + dot + rest] = value
        return found

    indexes = [
        {key: placed(value) if key in ("key", "partialFilterExpression") else value for key, value in index.items()}
        for index in command["indexes"]
    ]
    return {**command, "indexes": indexes}


def _parts(array: pa.Array) -> Iterator[tuple[bytes, int]]:
    """Documents lie one behind the other in the array's memory: slices of it, each small enough for one message."""
    offsets = array.buffers()[1]
    ends = memoryview(offsets).cast("q")[array.offset : array.offset + len(array) + 1]
    octets = memoryview(array.buffers()[2])
    start = 0
    for row in range(1, len(array) + 1):
        is_full = ends[row] - ends[start] > _BATCH_BYTES or row - start == _BATCH_DOCUMENTS
        if is_full or row == len(array):
            yield bytes(octets[ends[start] : ends[row]]), row - start
            start = row
