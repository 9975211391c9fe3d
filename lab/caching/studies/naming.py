"""What the names of keys cost: every key keeps its own name whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from lab.bench.figures import exact, interleaved, median
from lab.caching.studies.ground import StudyGround, memory_each, opened, send
from lab.model.caching import Study, StudyOption
from lab.report import units

_READ = 300


def study(ground: StudyGround) -> Study:
    records = ground.records
    whole, table = ground.design.name, records.table
    names: dict[str, tuple[Callable[[str], str], str]] = {
        "design:table:key": (
            lambda key: f"{whole}:{table}:{key}",
            "tells itself; one prefix to scan or to restrict by",
        ),
        "table:key": (lambda key: f"{table}:{key}", "enough where the server serves one design"),
        "initial:key": (lambda key: f"{table[:1]}:{key}", "short, and needs a list of what letters mean"),
        "digest": (lambda key: hashlib.blake2b(f"{table}:{key}".encode(), digest_size=8).hexdigest(), "of one length"),
    }
    with opened(ground) as connection:
        kept = {name: [("SET", make(key), "1") for key in records.keys] for name, (make, _) in names.items()}
        sizes = memory_each(ground, connection, kept, len(records.keys))
        for commands in kept.values():
            send(connection, commands)
        ways = {
            name: lambda n, make=make: send(connection, [("GET", make(records.keys[n % len(records.keys)]))])
            for name, (make, _) in names.items()
        }
        times = interleaved(ways, _READ, ground.seed)
    options = [
        StudyOption(
            name,
            (
                exact("length", "bytes", sum(len(make(key)) for key in records.keys) / len(records.keys)),
                exact("memory a key", "B", sizes[name]),
                median("read", times[name]),
            ),
            f"{make(records.keys[0])}: {note}",
        )
        for name, (make, note) in sorted(names.items(), key=lambda each: sizes[each[0]])
    ]
    saved = sizes["design:table:key"] - sizes["initial:key"]
    verdict = (
        f"Letters for words save {units.size_bytes(max(saved, 0))} a key, {units.size_bytes(max(saved, 0) * 1e6)} in a "
        "million: worth it only for small values in great number."
    )
    return Study("naming", f"What names of keys cost, for {table}", "name", verdict, tuple(options))
