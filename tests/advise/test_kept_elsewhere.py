"""What triggers keep on SQLite, MySQL and MariaDB: summaries and copied columns answer as the tables do, whatever is
written, and their way back leaves the catalog as it was."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from elsewhere import loaded, measured_on, query_of
from test_search import fake
from test_summaries import DDL as SUMMED
from test_summaries import QUERIES

from lab.advise import advise, copy_columns, summarize_aggregates
from lab.advise.judge import Budget
from lab.bench.answers import difference
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Server, StatementError, Text
from lab.model.change import Variant
from lab.model.run import EngineRun, Proposal
from lab.model.workload import Value

DDL = SUMMED.replace(" text ", " varchar(40) ").replace("ON DELETE CASCADE", "ON DELETE CASCADE ON UPDATE CASCADE")
ORDERS = ", ".join(
    f"({i}, {1 + i % 60}, '{('open', 'sent')[i % 5 > 0]}', {i % 97 * 1.25}, {i % 7}, NULL, '2025-01-{1 + i % 28:02}')"
    for i in range(1, 301)
)
NEW = "INSERT INTO orders (id, user_id, status, total, items, discount, placed_on) VALUES"
ROWS = (
    "INSERT INTO regions VALUES (1, 'region 1'), (2, 'region 2'), (3, 'region 3'), (4, 'region 4')",
    "INSERT INTO users VALUES "
    + ", ".join(f"({i}, {1 + i % 4}, '{('free', 'paid')[i % 3 > 0]}')" for i in range(1, 61)),
    f"{NEW} {ORDERS}",
)
WRITES = (
    f"{NEW} (1000, 5, 'open', 12.5, 3, NULL, '2025-02-01'), (1001, 5, 'new', 1, 3, NULL, '2025-02-01')",
    "UPDATE orders SET status = 'sent', total = total + 1 WHERE id % 7 = 2",
    "UPDATE orders SET user_id = 1 + (user_id + 13) % 60 WHERE id % 11 = 1",
    "UPDATE orders SET discount = 4 WHERE id % 5 = 1",
    "DELETE FROM orders WHERE id % 13 = 4",
    "UPDATE users SET region_id = 1 + (region_id + 1) % 4 WHERE id % 5 = 0",
    "UPDATE users SET id = 900 WHERE id = 5",
    "UPDATE users SET plan = 'paid' WHERE id % 2 = 0",
    "DELETE FROM users WHERE id IN (2, 4, 7)",
    "UPDATE regions SET name = 'north' WHERE id = 2",
    "DELETE FROM orders WHERE status = 'open'",
    "DELETE FROM orders",
    f"{NEW} (1, 900, 'open', 2, 3, NULL, '2025-01-07'), (2, 1, 'sent', 3, 4, NULL, '2025-01-08')",
)
COPIED = {
    "of_plan": "SELECT o.id, u.plan FROM orders o JOIN users u ON u.id = o.user_id WHERE u.plan = 'paid' "
    "ORDER BY o.total DESC, o.id LIMIT 20",
    "of_region": "SELECT o.id FROM users u JOIN orders o ON o.user_id = u.id AND u.region_id = :r ORDER BY o.id",
}


@pytest.fixture(params=["sqlite", "mysql", "mariadb"])
def ground(request: pytest.FixtureRequest) -> tuple[Engine, Server]:
    return load_engine(request.param), request.getfixturevalue(f"{request.param}_server")


def walk(engine: Engine, database: Database, proposal: Proposal, query: str, parameters: dict[str, Value]) -> None:
    """Up, every write with its answers held against the tables', and down. By
    `prepare`, since SQLite's scripts run without foreign keys."""
    sql, before = engine.change_sql(proposal.change), database.catalog()
    rewritten = engine.query_sql(proposal.rewrites[0]).sql
    database.run(sql.up)
    for write in ("", *WRITES):
        if write:
            written = database.prepare(write)
            written.count(written.execute(written.bind({})))
        ours, theirs = database.rows(rewritten, parameters), database.rows(query, parameters)
        assert difference(theirs, ours, is_ordered=True) == "", write
    database.run(sql.down)
    assert database.catalog() == before
    database.run(map(Text, ("DELETE FROM orders", "DELETE FROM users", "UPDATE regions SET name = 'n'", *ROWS[1:])))


def test_a_summary_answers_as_the_tables_do_after_every_write(ground: tuple[Engine, Server]) -> None:
    engine, server = ground
    chosen = ["joined"] if engine.name == "mariadb" else [name for name in QUERIES if name != "with itself"]
    with loaded(engine, server, DDL, ROWS) as database:
        for name in chosen:
            asked = measured_on(engine, DDL, QUERIES[name])
            (proposal,) = summarize_aggregates.propose(asked, engine.name)
            parameters: dict[str, Value] = {"user_id": 5} if ":user_id" in QUERIES[name] else {}
            walk(engine, database, proposal, engine.query_sql(query_of(asked)).sql, parameters)


def test_a_copied_column_is_the_parents_after_every_write(ground: tuple[Engine, Server]) -> None:
    engine, server = ground
    with loaded(engine, server, DDL, ROWS) as database:
        for name, query in COPIED.items():
            asked = measured_on(engine, DDL, query)
            proposal = next(copy_columns.propose(asked, engine.name))
            parameters: dict[str, Value] = {"r": 2} if name == "of_region" else {}
            assert "JOIN" not in proposal.rewrites[0].sql[""]
            walk(engine, database, proposal, engine.query_sql(query_of(asked)).sql, parameters)


SELF = (
    "CREATE TABLE parts (id int PRIMARY KEY, part_of int REFERENCES parts (id) ON DELETE CASCADE, cost int NOT NULL);"
)


@pytest.mark.parametrize(
    ("ddl", "query", "said"),
    [
        (DDL, QUERIES["with itself"], "orders is joined with itself"),
        (SELF, "SELECT sum(cost) FROM parts", "rows of parts take others of parts with them"),
    ],
)
def test_what_triggers_of_a_row_cannot_keep_is_refused_with_a_reason(ddl: str, query: str, said: str) -> None:
    asked = measured_on(load_engine("mysql"), ddl, query)
    measured: list[str] = []

    def measure(variants: Sequence[Variant]) -> EngineRun:
        measured.extend(variant.name for variant in variants)
        return fake(lambda names: 1.0)(variants)

    trials = [t for t in advise(asked, "mysql", measure, Budget()) if t.proposal.rule == summarize_aggregates.RULE]
    assert [trial.is_accepted for trial in trials] == [False]
    assert trials[0].verdict.startswith(f"cannot be had here: {said}") and "q0_summary" not in measured


def test_mysql_is_refused_copies_that_no_trigger_hears_of() -> None:
    ddl = DDL.replace("REFERENCES regions (id)", "REFERENCES regions (id) ON UPDATE CASCADE")
    for engine, refused in (("mysql", True), ("sqlite", False)):
        (proposal,) = copy_columns.propose(measured_on(load_engine(engine), ddl, COPIED["of_region"]), engine)
        assert bool(proposal.obstacle) == refused


def test_a_write_that_fails_leaves_the_summary_as_it_was(mysql_server: Server) -> None:
    engine = load_engine("mysql")
    (proposal,) = summarize_aggregates.propose(measured_on(engine, DDL, QUERIES["one table"]), "mysql")
    row = "1, 'open', 1, 1, NULL, '2025-01-01'"
    with loaded(engine, mysql_server, DDL, ROWS) as database:
        database.run(engine.change_sql(proposal.change).up)
        before = database.rows("SELECT * FROM q0_summary ORDER BY 1", {})
        with pytest.raises(StatementError):
            database.run([Text(f"{NEW} (5000, {row}), (1, {row})")])
        assert database.rows("SELECT * FROM q0_summary ORDER BY 1", {}) == before


def test_writers_at_once_leave_summary_and_copies_exact(mysql_server: Server) -> None:
    engine = load_engine("mysql")
    asked = measured_on(engine, DDL, QUERIES["joined"], COPIED["of_plan"])
    found = [p for rule in (summarize_aggregates, copy_columns) for p in rule.propose(asked, "mysql")]
    texts = {operation.name: engine.query_sql(operation).sql for operation in asked.design.workload.operations}
    with loaded(engine, mysql_server, DDL, ROWS) as database:
        for proposal in found:
            database.run(engine.change_sql(proposal.change).up)
        with ThreadPoolExecutor() as pool:
            written = sum(pool.map(lambda seed: write_at_random(engine, mysql_server, seed), range(3)))
        assert written > 100
        for rewritten in (operation for proposal in found for operation in proposal.rewrites):
            ours, theirs = database.rows(engine.query_sql(rewritten).sql, {}), database.rows(texts[rewritten.name], {})
            assert difference(theirs, ours, is_ordered=True) == "", rewritten.name


def write_at_random(engine: Engine, server: Server, seed: int) -> int:
    """40 writes of each kind; gives how many were done: a deadlock, or a long wait, ends one now and then."""
    chance, database, done = random.Random(seed), engine.connect(server, "elsewhere"), 0
    database.set_timeout(20)
    for number in range(40):
        user, order, plan = chance.randrange(1, 61), chance.randrange(1, 300), chance.choice(("free", "paid"))
        for write in (
            f"{NEW} ({1000 * (seed + 1) + number}, {user}, 'sent', {order}, 3, NULL, '2025-02-01')",
            f"UPDATE orders SET total = total + 1, user_id = {user} WHERE id = {order}",
            f"UPDATE users SET plan = '{plan}', region_id = {1 + order % 4} WHERE id = {user}",
            f"DELETE FROM orders WHERE id = {order}",
        ):
            statement = database.prepare(write)
            try:
                statement.count(statement.execute(statement.bind({})))
                done += 1
            except StatementError as error:
                assert "Deadlock" in error.message or "Lock wait timeout" in error.message, error.message
    database.close()
    return done
