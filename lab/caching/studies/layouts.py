"""Ways to keep one record: ranked by the memory it truly takes, beside what reading and changing it costs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lab.bench.figures import exact, interleaved, median
from lab.caching.cache_database import configured
from lab.caching.studies.ground import Command, Records, StudyGround, memory_each, opened, send
from lab.engines.redis.connection import Connection
from lab.model.caching import Figure, Study, StudyOption
from lab.report import units

_READ = 300
_BUCKET = 100
_BEYOND = {"hash-max-listpack-entries": "0"}
_WIDE = {"hash-max-listpack-entries": "128", "hash-max-listpack-value": "8192"}


@dataclass(frozen=True, slots=True)
class _Layout:
    """`write`, `read` and `pick` (one field) give the commands for record number n; `change` one field: the commands
    before an answer and those after it, where the record has to be sent whole."""

    name: str
    note: str
    write: Callable[[int], list[Command]]
    read: Callable[[int], list[Command]]
    pick: Callable[[int], list[Command]]
    change: Callable[[int], list[list[Command]]]
    key: str
    """One of its keys, whose encoding is looked at."""
    settings: Mapping[str, str] = field(default_factory=dict)


def study(ground: StudyGround) -> Study:
    records = ground.records
    layouts = _layouts(records)
    with opened(ground) as connection:
        writes = {layout.name: [c for n in range(len(records.rows)) for c in layout.write(n)] for layout in layouts}
        settings = {layout.name: layout.settings for layout in layouts}
        sizes = memory_each(ground, connection, writes, len(records.rows), settings)
        encodings = {}
        for layout in layouts:
            with configured(connection, layout.settings):
                send(connection, writes[layout.name])
                encodings[layout.name] = connection.call("OBJECT", "ENCODING", layout.key).decode()
        options = _timed(ground, connection, layouts, sizes, encodings)
        limits = {name: connection.call("CONFIG", "GET", name)[1].decode() for name in _WIDE}
    options.sort(key=lambda option: option.figures[0].value.estimate if option.figures[0].value else 0.0)
    title = f"Ways to keep a record of {records.table}"
    explanations = tuple(_explanations(records, options, limits))
    return Study("layouts", title, "layout", _verdict(options), tuple(options), explanations)


def _timed(
    ground: StudyGround,
    connection: Connection,
    layouts: list[_Layout],
    sizes: Mapping[str, float],
    encodings: Mapping[str, str],
) -> list[StudyOption]:
    count = len(ground.records.rows)

    def places(number: int) -> int:
        return number * 7919 % count

    def ways(commands: Callable[[_Layout, int], list[list[Command]]]) -> dict[str, Callable[[int], None]]:
        return {layout.name: _way(connection, layout, commands, places) for layout in layouts}

    reads = interleaved(ways(lambda layout, n: [layout.read(n)]), _READ, ground.seed)
    picks = interleaved(ways(lambda layout, n: [layout.pick(n)]), _READ, ground.seed)
    changes = interleaved(ways(lambda layout, n: layout.change(n)), _READ, ground.seed)
    return [
        StudyOption(
            layout.name,
            (
                exact("memory a record", "B", sizes[layout.name]),
                median("read it", reads[layout.name]),
                median("read a field", picks[layout.name]),
                median("change a field", changes[layout.name]),
            ),
            f"{layout.note}; encoded as {encodings[layout.name]}",
        )
        for layout in layouts
    ]


def _way(
    connection: Connection,
    layout: _Layout,
    commands: Callable[[_Layout, int], list[list[Command]]],
    places: Callable[[int], int],
) -> Callable[[int], None]:
    def go(number: int) -> None:
        for part in commands(layout, places(number)):
            send(connection, part)

    return go


def _layouts(records: Records) -> list[_Layout]:
    fields = max(records.rows, key=len)
    one = list(fields)[-1]
    table, buckets = records.table, max(len(records.rows) // _BUCKET, 1)

    def text(number: int) -> str:
        return json.dumps(records.rows[number], ensure_ascii=False, separators=(",", ":"))

    def pairs(number: int) -> list[str]:
        return [part for pair in records.rows[number].items() for part in pair]

    def value(number: int) -> str:
        return records.rows[number].get(one, "")

    def key(number: int, kind: str) -> str:
        return f"{table}:{kind}:{records.keys[number]}"

    def bucket(number: int, kind: str) -> str:
        return f"{table}:{kind}:{zlib.crc32(records.keys[number].encode()) % buckets}"

    def as_string(kind: str, *extra: str) -> _Layout:
        return _Layout(
            "JSON string" + (" with expiry" if extra else ""),
            "SET of the whole record",
            lambda n: [("SET", key(n, kind), text(n), *extra)],
            lambda n: [("GET", key(n, kind))],
            lambda n: [("GET", key(n, kind))],
            lambda n: [[("GET", key(n, kind))], [("SET", key(n, kind), text(n), *extra)]],
            key(0, kind),
        )

    def as_hash(kind: str) -> _Layout:
        return _Layout(
            "hash",
            "HSET, a field for each column",
            lambda n: [("HSET", key(n, kind), *pairs(n))],
            lambda n: [("HGETALL", key(n, kind))],
            lambda n: [("HGET", key(n, kind), one)],
            lambda n: [[("HSET", key(n, kind), one, value(n))]],
            key(0, kind),
        )

    def as_bucket(kind: str) -> _Layout:
        return _Layout(
            "bucketed hash",
            f"HSET, about {_BUCKET} records to a key, each as JSON; expires only whole",
            lambda n: [("HSET", bucket(n, kind), records.keys[n], text(n))],
            lambda n: [("HGET", bucket(n, kind), records.keys[n])],
            lambda n: [("HGET", bucket(n, kind), records.keys[n])],
            lambda n: [
                [("HGET", bucket(n, kind), records.keys[n])],
                [("HSET", bucket(n, kind), records.keys[n], text(n))],
            ],
            bucket(0, kind),
        )

    per_field = _Layout(
        "field per key",
        "SET, a key for each column",
        lambda n: [("SET", f"{key(n, 'f')}:{name}", each) for name, each in records.rows[n].items()],
        lambda n: [("MGET", *(f"{key(n, 'f')}:{name}" for name in records.rows[n]))],
        lambda n: [("GET", f"{key(n, 'f')}:{one}")],
        lambda n: [[("SET", f"{key(n, 'f')}:{one}", value(n))]],
        f"{key(0, 'f')}:{next(iter(records.rows[0]))}",
    )
    return [
        as_string("s"),
        as_string("t", "PX", "86400000"),
        as_hash("h"),
        replace(as_hash("g"), name="hash beyond the limits", settings=_BEYOND),
        as_bucket("b"),
        replace(as_bucket("w"), name="bucketed hash, limits raised", settings=_WIDE),
        per_field,
    ]


def _verdict(options: list[StudyOption]) -> str:
    smallest, largest = options[0].figures[0], options[-1].figures[0]
    assert smallest.value and largest.value
    return (
        f"`{options[0].name}` takes least, {units.size_bytes(smallest.value.estimate)} a record; `{options[-1].name}` "
        f"most, {units.ratio(largest.value.estimate / smallest.value.estimate)} that. "
        f"Quickest to change in one field: `{_quickest(options, 3)}`; to read whole: `{_quickest(options, 1)}`."
    )


def _quickest(options: list[StudyOption], place: int) -> str:
    def seconds(option: StudyOption) -> float:
        figure: Figure = option.figures[place]
        return figure.value.estimate if figure.value else float("inf")

    return min(options, key=seconds).name


def _explanations(records: Records, options: list[StudyOption], limits: Mapping[str, str]) -> Iterator[str]:
    longest = max(len(value.encode()) for row in records.rows for value in row.values())
    most = max(map(len, records.rows))
    entries, bytes_ = (limits[name] for name in ("hash-max-listpack-entries", "hash-max-listpack-value"))
    fits = "so these stay one" if most <= int(entries) and longest <= int(bytes_) else "so some of these do not"
    yield (
        f"A hash is one block of bytes (listpack) up to {entries} fields of at most {bytes_} bytes; a record here has "
        f"up to {most} fields and values up to {longest} bytes, {fits}. Beyond, it is a hash table: a pointer and an "
        "allocation for each field."
    )
    sizes = {option.name: option.figures[0].value.estimate for option in options if option.figures[0].value}
    whole = sum(len(key) + len(value.encode()) for row in records.rows for key, value in row.items()) / len(
        records.rows
    )
    yield (
        f"The record's own text is {units.size_bytes(whole)}. A key of its own costs a dictionary entry and an object; "
        f"`field per key` pays that for each column, `bucketed hash` once for about {_BUCKET} records. An expiry adds "
        f"{units.size_bytes(max(sizes['JSON string with expiry'] - sizes['JSON string'], 0))}."
    )
