"""Several commands as one transaction, on real servers: all of them or none, and again after a conflict."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from lab.bench.clients import carry_out, started
from lab.bench.schedule import ANSWERED, Plan
from lab.engines import mongodb
from lab.engines.engine import Server, StatementError, Text
from lab.engines.mongodb.commands import parse
from lab.engines.mongodb.database import MongoDatabase

COMMIT = {"commitTransaction": 1}
ORDER = {"insert": "orders", "documents": [{"_id": {"$param": "id"}}]}
LINES = {"insert": "lines", "documents": [{"_id": {"$param": "id"}, "n": 1}, {"_id": {"$param": "other"}, "n": 2}]}
STOCK = {"update": "stock", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"pieces": -1}}}]}
PLACED = [ORDER, LINES, STOCK, COMMIT]


@pytest.fixture(params=["mongodb"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    with closing(mongodb.connect(found, "lab_together")) as database:
        database.run(Text(json.dumps({"create": name})) for name in ("orders", "lines", "stock"))
        execute(database, [{"insert": "stock", "documents": [{"_id": 1, "pieces": 1000}]}])
    yield found
    mongodb.drop_database(found, "lab_together")


def execute(database: MongoDatabase, commands: list[Any], **parameters: int) -> int:
    prepared = database.prepare(json.dumps(commands))
    return prepared.count(prepared.execute(prepared.bind(parameters)))


def counted(database: MongoDatabase) -> list[int]:
    (pieces,) = database.rows('{"find": "stock", "projection": {"pieces": 1, "_id": 0}}', {})[0]
    return [int(database.rows(f'{{"count": "{name}"}}', {})[0][0]) for name in ("orders", "lines")] + [int(pieces)]


@pytest.mark.parametrize("server", ["mongodb", "mongodb_5", "mongodb_7"], indirect=True)
def test_all_commands_take_effect_or_none(server: Server) -> None:
    with closing(mongodb.connect(server, "lab_together")) as database:
        assert execute(database, PLACED, id=1, other=2) == 4
        assert counted(database) == [1, 2, 999]
        with pytest.raises(StatementError, match="a unique index has this already"):
            execute(database, PLACED, id=3, other=2)
        assert counted(database) == [1, 2, 999]
        assert execute(database, PLACED, id=4, other=5) == 4
        assert counted(database) == [2, 4, 998]
        assert database.retries == 0


def test_write_conflicts_begin_the_transaction_anew_and_are_counted(server: Server) -> None:
    retries: list[int] = []
    failures: list[Exception] = []

    def buy(buyer: int) -> None:
        try:
            with closing(mongodb.connect(server, "lab_together")) as database:
                for number in range(40):
                    execute(database, PLACED, id=buyer * 1000 + number, other=-buyer * 1000 - number)
                retries.append(database.retries)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    buyers = [threading.Thread(target=buy, args=(buyer,)) for buyer in range(1, 5)]
    for thread in buyers:
        thread.start()
    for thread in buyers:
        thread.join()
    assert not failures and sum(retries) > 0
    with closing(mongodb.connect(server, "lab_together")) as database:
        assert counted(database) == [160, 320, 840]


def test_one_that_is_interrupted_keeps_no_locks(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database = mongodb.connect(server, "lab_together")
    exchange = database._connection.exchange

    def interrupted(sent: bytes) -> bytes:
        if b"lines" in sent:
            raise KeyboardInterrupt
        return exchange(sent)

    monkeypatch.setattr(database._connection, "exchange", interrupted)
    status = database._connection.client.admin
    with pytest.raises(KeyboardInterrupt):
        execute(database, PLACED, id=1, other=2)
    assert status.command("serverStatus")["transactions"]["currentOpen"] == 1
    database.close()
    with closing(mongodb.connect(server, "lab_together")) as other:
        assert other._connection.client.admin.command("serverStatus")["transactions"]["currentOpen"] == 0
        assert counted(other) == [0, 0, 1000]


def test_under_load_the_clients_say_how_often_one_was_begun_anew(server: Server) -> None:
    count = 2000
    sets = [{"id": number, "other": -number} for number in range(1, count + 1)]
    sequence, thinks = np.zeros(count, np.int64), np.zeros(count)
    plan = Plan("lab_together", (json.dumps(PLACED),), (sets,), (True,), sequence, None, thinks, 4, 0.8, 2.0, 10.0)
    blocks: list[np.ndarray] = []
    with started(mongodb, server, 1) as crew:
        (done,) = carry_out(crew, [plan], lambda begin: None, lambda client, block, errors: blocks.append(block))
    found = np.concatenate(blocks)
    assert set(found[:, 6]) == {ANSWERED} and done.retries > 0
    with closing(mongodb.connect(server, "lab_together")) as database:
        assert counted(database) == [len(found), 2 * len(found), 1000 - len(found)]


def test_a_read_of_many_batches_sees_one_moment(server: Server) -> None:
    read = [{"find": "lines", "batchSize": 10, "projection": {"_id": 1}}, {"count": "stock"}, COMMIT]
    with closing(mongodb.connect(server, "lab_together")) as database:
        execute(database, [{"insert": "lines", "documents": [{"_id": number} for number in range(35)]}])
        with pytest.raises(StatementError, match="Cannot run 'count' in a multi-document transaction"):
            database.rows(json.dumps(read), {})
        assert sorted(database.rows(json.dumps([read[0], COMMIT]), {})) == [(number,) for number in range(35)]
        prepared = database.prepare(json.dumps([read[0], COMMIT]))
        assert prepared.count(prepared.execute(prepared.bind({}))) == 35


@pytest.mark.parametrize("commands", [[COMMIT], [COMMIT, ORDER], [ORDER, COMMIT, LINES]])
def test_the_commit_stands_last_and_not_alone(commands: list[Any]) -> None:
    with pytest.raises(ValueError, match="commitTransaction ends the commands"):
        parse(json.dumps(commands))


def test_what_a_transaction_may_not_do_is_told_before_it_runs(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    merge = {"aggregate": "orders", "pipeline": [{"$merge": "lines"}], "cursor": {}}
    measured = {"insert": "moves", "documents": [{}]}
    with closing(mongodb.connect(server, "lab_together")) as database:
        database.run([Text('{"create": "moves", "timeseries": {"timeField": "at"}}')])
        for command, said in ((merge, r"\$merge cannot be part of a transaction"), (measured, "no transaction writes")):
            with pytest.raises(StatementError, match=said) as caught:
                database.check(Text(json.dumps([command, COMMIT])))
            assert "take commitTransaction away" in caught.value.hint
        monkeypatch.setattr(database._connection, "is_replica_set", False)
        with pytest.raises(StatementError, match="this server stands alone"):
            database.check(Text(json.dumps([ORDER, COMMIT])))
