"""The same records read one by one, in pipelines, and by one command."""

from __future__ import annotations

from collections.abc import Callable

from lab.bench.figures import interleaved, median
from lab.caching.studies.ground import StudyGround, opened, send
from lab.model.caching import Study, StudyOption
from lab.report import units

_RECORDS = 100
_ROUNDS = 60
_SCRIPT = "local f = {} for i, k in ipairs(KEYS) do f[i] = redis.call('GET', k) end return f"


def study(ground: StudyGround) -> Study:
    records = ground.records
    keys = [f"{records.table}:{key}" for key in records.keys]
    values = [repr(row) for row in records.rows]

    def wanted(number: int) -> list[str]:
        first = number * _RECORDS
        return [keys[(first + each) % len(keys)] for each in range(_RECORDS)]

    with opened(ground) as connection:
        send(connection, [("SET", key, value) for key, value in zip(keys, values, strict=True)])

        def piped(at_a_time: int) -> Callable[[int], object]:
            return lambda n: send(connection, [("GET", key) for key in wanted(n)], at_a_time)

        ways: dict[str, Callable[[int], object]] = {
            "one by one": piped(1),
            "pipelines of 10": piped(10),
            f"a pipeline of {_RECORDS}": piped(_RECORDS),
            "MGET": lambda n: send(connection, [("MGET", *wanted(n))]),
            "script": lambda n: send(connection, [("EVAL", _SCRIPT, str(_RECORDS), *wanted(n))]),
        }
        times = interleaved(ways, _ROUNDS, ground.seed)
    notes = ("a round trip each", "", "one round trip", "one command", "one command, which others wait for")
    options = [
        StudyOption(name, (median(f"{_RECORDS} records", times[name]), median("a record", times[name], _RECORDS)), note)
        for name, note in zip(ways, notes, strict=True)
    ]
    options.sort(key=lambda option: option.figures[0].value.estimate if option.figures[0].value else 0.0)
    single = next(option for option in options if option.name == "one by one").figures[0].value
    best = options[0].figures[0].value
    assert single and best
    verdict = (
        f"`{options[0].name}` is quickest: {units.seconds(best.estimate)} for {_RECORDS} records, where one by one "
        f"takes {units.seconds(single.estimate)} ({units.ratio(single.estimate / best.estimate)}). This is over "
        "loopback; every millisecond of network adds one for each round trip."
    )
    return Study("pipelining", f"Ways to read {_RECORDS} records of {records.table}", "way", verdict, tuple(options))
