"""A connection to one database; see `lab.engines.engine.Database`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from lab.engines.engine import Explained, LoadError, Prepared, Server, StatementError, Text
from lab.engines.redis import numbers
from lab.engines.redis.checks import check_command
from lab.engines.redis.commands import Command, fill, is_script, pack, parse
from lab.engines.redis.connection import Connection, OutOfMemory, check_reply
from lab.engines.redis.explain import command_times, explained
from lab.engines.redis.layout import ALL, key_pattern, scan_pattern
from lab.engines.redis.replies import rows
from lab.engines.redis.rows import packed
from lab.engines.rules import unique_columns, unique_name
from lab.model.run import Relation, RuleCheck
from lab.model.schema import ForeignKey, Position, Schema, Table
from lab.model.workload import Value

_SENT_AT_A_TIME = 2000
_LAYOUT, _ROWS, _OWN_BYTES, _OTHER_BYTES = "layout:", "rows:", "own bytes:", "other bytes:"


class RedisDatabase:
    def __init__(self, server: Server, database: str) -> None:
        self._connection = Connection(server.address, 0)
        try:
            number = numbers.require(self._connection, server, database)
            self._connection.call("SELECT", str(number))
            self._writing = self._read_writing()
        except BaseException:
            self._connection.close()
            raise

    def _read_writing(self) -> frozenset[str]:
        """The commands that write, in capitals."""
        found = self._connection.call("COMMAND")
        return frozenset(name.decode().upper() for name, _, flags, *_ in found if b"write" in map(_bytes, flags))

    def run(self, texts: Iterable[Text]) -> None:
        """A layout is noted for the rows to come; commands run as one transaction."""
        commands: list[list[str]] = []
        for text in texts:
            if text.sql.lstrip().startswith("{"):
                layout = json.loads(text.sql)
                self._note(_LAYOUT + layout["table"], json.dumps(layout["keys"], ensure_ascii=False))
            else:
                commands += [fill(command, {}) for command in self._parsed(text.sql, text.position)]
        if commands:
            whole = [["MULTI"], *commands, ["EXEC"]]
            replies = self._connection.exchange(pack(whole), len(whole))
            for reply in replies[-1] if isinstance(replies[-1], list) else replies:
                check_reply(reply)

    def _note(self, field: str, value: str) -> None:
        self._connection.call("HSET", numbers.OWN_KEY, field, value)

    def _noted(self) -> dict[str, str]:
        flat = self._connection.call("HGETALL", numbers.OWN_KEY)
        return {key.decode(): value.decode() for key, value in zip(flat[::2], flat[1::2], strict=True)}

    def layout(self) -> dict[str, list[Command]]:
        """For each table the commands that keep a row of it."""
        found = self._noted()
        return {key.removeprefix(_LAYOUT): json.loads(keys) for key, keys in found.items() if key.startswith(_LAYOUT)}

    def _parsed(self, text: str, position: Position | None = None) -> list[Command]:
        try:
            return parse(text)
        except ValueError as error:
            raise StatementError(f"{position}: {error}" if position else str(error)) from error

    def _filled(self, commands: Sequence[Command], parameters: Mapping[str, Value]) -> list[list[str]]:
        try:
            return [fill(command, parameters) for command in commands]
        except ValueError as error:
            raise StatementError(str(error)) from error

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        commands = self._filled(self._parsed(sql), parameters)
        replies = self._connection.exchange(pack(commands), len(commands))
        return list(self._rows([command[0] for command in commands], replies))

    def _rows(self, names: Sequence[str], replies: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        for name, reply in zip(names, replies, strict=True):
            check_reply(reply)
            if name.upper() not in self._writing:
                yield from rows(name.upper(), reply)

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        """Each batch twice: first the rows' own keys, then the others, so that the memory of each is known. Raises
        LoadError when the server's memory limit is reached, whether it refuses writes then or evicts what it has."""
        keys = self.layout().get(table.name, [])
        count, taken, evicted = 0, [0, 0], self._evicted()
        try:
            for batch in batches if keys else ():
                for part, commands in enumerate((keys[:1], keys[1:])):
                    before = self._used_memory()
                    self._send(packed(batch, commands))
                    taken[part] += self._used_memory() - before
                count += batch.num_rows
        except OutOfMemory as error:
            raise self._full(table, count, "it refuses more") from error
        if lost := self._evicted() - evicted:
            raise self._full(table, count, f"it has evicted {lost:,} keys")
        facts = {_ROWS: count, _OWN_BYTES: taken[0], _OTHER_BYTES: taken[1]}
        for name, value in facts.items() if keys else ():
            self._connection.call("HINCRBY", numbers.OWN_KEY, name + table.name, str(value))
        return count

    def _evicted(self) -> int:
        return int(self._connection.client.info("stats")["evicted_keys"])

    def _full(self, table: Table, count: int, what: str) -> LoadError:
        limit = int(self._connection.call("CONFIG", "GET", "maxmemory")[1])
        return LoadError(
            f"cannot load table {table.name}: Redis's memory limit of {limit / 2**20:,.1f} MiB (maxmemory) is reached "
            f"after {count:,} of its rows, and {what}",
            "raise its maxmemory, or lower --scale",
        )

    def _send(self, commands: Iterator[bytes]) -> None:
        while chunk := list(itertools.islice(commands, _SENT_AT_A_TIME)):
            for reply in self._connection.exchange(b"".join(chunk), len(chunk)):
                check_reply(reply)

    def _used_memory(self) -> int:
        """What the data take: without the buffers of clients and of the file that is appended to."""
        facts: dict[str, Any] = self._connection.client.info("memory")
        return int(facts["used_memory"] - facts["mem_clients_normal"] - facts["mem_aof_buffer"])

    def analyze(self) -> None:
        """Nothing to do: Redis keeps no statistics."""

    def count_orphans(self, table: Table, foreign_key: ForeignKey) -> int | None:
        """By the hashes that hold the columns; None when the layout keeps one of the tables in no such form."""
        ours = self._values(table.name, foreign_key.columns)
        theirs = self._values(foreign_key.table, foreign_key.referenced)
        if ours is None or theirs is None:
            return None
        known = set(theirs)
        return sum(1 for values in ours if None not in values and values not in known)

    def count_violations(self, table: Table, schema: Schema) -> Iterator[RuleCheck]:
        """Keys only, by the hashes that hold their columns: Redis has no types or checks to break."""
        for columns in unique_columns(table):
            found = self._values(table.name, columns)
            if found is not None:
                filled = [values for values in found if None not in values]
                yield RuleCheck(table.name, unique_name(columns), len(filled) - len(set(filled)))

    def _values(self, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]] | None:
        """Columns of every row, from the rows' own hashes."""
        command = next(iter(self.layout().get(table, [])), None)
        if (
            command is None
            or command[0].upper() != "HSET"
            or not (ALL in command or set(columns) <= set(command[2::2]))
        ):
            return None
        keys = list(self._keys(command[1]))
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), _SENT_AT_A_TIME):
            asked = [("HMGET", key.decode(), *columns) for key in keys[start : start + _SENT_AT_A_TIME]]
            found += map(tuple, self._connection.exchange(pack(asked), len(asked)))
        return found

    def _keys(self, template: str) -> Iterator[bytes]:
        pattern, cursor = key_pattern(template), "0"
        while True:
            answer = self._connection.call("SCAN", cursor, "MATCH", scan_pattern(template), "COUNT", "5000")
            yield from (key for key in answer[1] if pattern.fullmatch(key.decode()))
            cursor = answer[0].decode()
            if cursor == "0":
                return

    def catalog(self) -> dict[str, str]:
        """Patterns of keys, and the commands that make them."""
        return {
            f"keys of {table}, {number}": json.dumps(command, ensure_ascii=False)
            for table, commands in self.layout().items()
            for number, command in enumerate(commands, 1)
        }

    def relations(self) -> tuple[Relation, ...]:
        """A table's rows, the memory their own keys took when they were loaded, and that of the keys beside them."""
        noted = self._noted()
        return tuple(
            Relation(table, *(int(noted.get(kind + table, 0)) for kind in (_ROWS, _OWN_BYTES, _OTHER_BYTES)))
            for table in sorted(self.layout())
        )

    def check(self, text: Text) -> None:
        for command in self._parsed(text.sql, text.position):
            check_command(self._connection, command, self.layout(), text.position)

    def prepare(self, sql: str) -> Prepared:
        return self._prepared(self._sent(sql))

    def _prepared(self, commands: Sequence[Command]) -> Prepared:
        names = [command[0] for command in commands]
        count, exchange = len(commands), self._connection.exchange

        def bind(parameters: Mapping[str, Value]) -> bytes:
            return pack(self._filled(commands, parameters))

        def execute(pipeline: bytes) -> list[Any]:
            return exchange(pipeline, count)

        def affected(replies: list[Any]) -> int:
            written = sum(name.upper() in self._writing for name in names)
            return sum(1 for _ in self._rows(names, replies)) + written

        def decoder(replies: list[Any]) -> Callable[[], list[tuple[Any, ...]]]:
            return lambda: list(self._rows(names, replies))

        return Prepared(bind, execute, affected, decoder)

    def _sent(self, sql: str) -> list[Command]:
        return [self._with_script_loaded(command) for command in self._parsed(sql)]

    def _with_script_loaded(self, command: Command) -> Command:
        """A script is sent once, and called by its hash from then on."""
        if not is_script(command):
            return command
        digest = self._connection.call("SCRIPT", "LOAD", command[1]).decode()
        return [command[0].upper().replace("EVAL", "EVALSHA"), digest, *command[2:]]

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        commands = self._filled(self._parsed(sql), parameters)
        return explained(self._connection, commands, self._writing)

    def wait_for_disk(self, is_wanted: bool) -> bool:
        """False: one setting holds for the whole server."""
        return False

    def serving_process(self) -> None:
        """None: one for all connections."""

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> float | None:
        """To the microsecond. None when somebody else's commands were timed with these."""
        commands = self._sent(sql)
        names = {command[0].lower() for command in commands}
        prepared = self._prepared(commands)
        bound = prepared.bind(parameters)
        before = command_times(self._connection, names)
        replies = prepared.execute(bound)
        after = command_times(self._connection, names)
        prepared.count(replies)
        return (after[1] - before[1]) / 1e6 if after[0] - before[0] == len(replies) else None

    def set_timeout(self, seconds: float | None) -> None:
        self._connection.set_timeout(seconds)

    def close(self) -> None:
        self._connection.close()


def _bytes(flag: Any) -> bytes:
    return flag if isinstance(flag, bytes) else str(flag).encode()
