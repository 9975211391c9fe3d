"""The shop gives the same rows on every engine, for the same data and parameters: before any write, and after some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from lab.bench import Silent, load_base
from lab.bench.answers import Row, difference
from lab.bench.rehearse import Unsupported, operation_text
from lab.datagen import Generator, draw
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Server
from lab.model.design import Design
from lab.model.workload import Operation

SCALE = 0.01
SETS = 12
WRITES = 8

REDIS_GAPS = frozenset(
    "product_reviews products_by_attribute category_listing product_search top_rated_products also_bought "
    "customer_value sales_by_month top_products orders_dashboard low_stock_report abandoned_carts audit_trail "
    "record_movement".split()
)


@dataclass(frozen=True)
class Shop:
    design: Design
    generator: Generator


@dataclass(frozen=True)
class Opened:
    engine: Engine
    database: Database

    def answers(self, operation: Operation, parameters: Sequence[dict[str, Any]]) -> list[list[Row]]:
        text = operation_text(self.engine, self.database, operation)
        return [self.database.rows(text.sql, one) for one in parameters]

    def write(self, operation: Operation, parameters: Sequence[dict[str, Any]]) -> None:
        text = operation_text(self.engine, self.database, operation)
        prepared = self.database.prepare(text.sql)
        for one in parameters:
            prepared.count(prepared.execute(prepared.bind(one)))


@pytest.fixture(scope="module")
def shop() -> Shop:
    design = read_design(ROOT / "schemas" / "ecommerce", ROOT / "workloads" / "ecommerce")
    return Shop(design, Generator(design.schema, design.data, SCALE, 1))


@contextmanager
def opened(shop: Shop, server: Server) -> Iterator[Opened]:
    engine = load_engine(server.engine)
    load_base(engine, server, shop.design.schema, shop.generator, Silent(), "same")
    database = engine.connect(server, "same")
    try:
        yield Opened(engine, database)
    finally:
        database.close()
        engine.drop_database(server, "same")


@pytest.fixture(scope="module", params=["postgres", "mysql", "mariadb", "mongodb", "mongodb_5", "redis"])
def both(request: pytest.FixtureRequest, shop: Shop, sqlite_server: Server) -> Iterator[tuple[Opened, Opened]]:
    """SQLite, whose rows are expected, and another engine."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    with ExitStack() as stack:
        yield stack.enter_context(opened(shop, sqlite_server)), stack.enter_context(opened(shop, server))


def differences(shop: Shop, sides: tuple[Opened, Opened], seed: int) -> dict[str, str]:
    """The first difference of each read; the operations the second engine does not serve as `gap`."""
    found = {}
    for operation in shop.design.workload.operations:
        if operation.is_write:
            continue
        parameters = draw(shop.generator, operation, SETS, seed)
        expected = sides[0].answers(operation, parameters)
        try:
            actual = sides[1].answers(operation, parameters)
        except Unsupported:
            found[operation.name] = "gap"
            continue
        told = (
            difference(*pair, operation.is_ordered, are_engines=True) for pair in zip(expected, actual, strict=True)
        )
        if first := next(filter(None, told), ""):
            found[operation.name] = first
    return found


def expected_gaps(opened: Opened) -> dict[str, str]:
    return dict.fromkeys(sorted(REDIS_GAPS - {"record_movement"}), "gap") if opened.engine.name == "redis" else {}


def test_the_parameters_find_something(shop: Shop, both: tuple[Opened, Opened]) -> None:
    """An operation that answers nothing to any parameters would prove nothing."""
    empty = [
        operation.name
        for operation in shop.design.workload.operations
        if not operation.is_write and not any(both[0].answers(operation, draw(shop.generator, operation, SETS, 1)))
    ]
    assert empty == []


@pytest.mark.parametrize("seed", [1, 2])
def test_every_read_gives_the_same_rows(shop: Shop, both: tuple[Opened, Opened], seed: int) -> None:
    assert differences(shop, both, seed) == expected_gaps(both[1])


def test_every_write_has_the_same_effect(shop: Shop, both: tuple[Opened, Opened]) -> None:
    """Runs after the reads, since it changes what both sides hold."""
    for operation in shop.design.workload.operations:
        if operation.is_write and not (both[1].engine.name == "redis" and operation.name in REDIS_GAPS):
            parameters = draw(shop.generator, operation, WRITES, 3)
            for side in both:
                side.write(operation, parameters)
    assert differences(shop, both, 3) == expected_gaps(both[1])


def test_every_operation_is_served_or_a_gap_with_its_reason(shop: Shop) -> None:
    for operation in shop.design.workload.operations:
        assert "mongodb" in operation.sql and "mongodb" not in operation.gaps
        assert ("redis" in operation.sql) != (operation.name in REDIS_GAPS)
        assert bool(operation.gaps.get("redis")) == (operation.name in REDIS_GAPS)


def test_positions_lead_to_the_functions(shop: Shop) -> None:
    for operation in shop.design.workload.operations:
        for engine in ("mongodb", "redis"):
            if engine in operation.sql:
                position = operation.positions[engine]
                line = Path(position.file).read_text().splitlines()[position.line - 1]
                assert line.startswith(f"def {operation.name}(")
