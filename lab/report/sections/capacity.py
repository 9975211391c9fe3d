"""What machines a design asks for as it grows, and what to do from which size on."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from lab.model.growth import Capacity, DistributionKey, Growth
from lab.model.run import Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Details, Heading, Paragraph, Table
from lab.report.growth_words import cluster_words, factor, step_words

TITLE = "Capacity"
ROOM = (
    "Room is bytes per row at the largest size measured, times the rows: tables that the design says do not grow stay "
    "as they are."
)
ASSUMED = (
    "Measured: room, pages and seconds of each operation, at each size; beyond the sizes looked at they go on by the "
    "power of the size they followed. Assumed: requests grow with the size and are split by the workload's weights; "
    "every page of a table is as likely to be asked for as any other (skew makes the working set smaller); what is "
    "asked for again within five minutes belongs in memory, and where an engine counts no pages, all of a table that "
    "is touched; processors may be 70 % busy. Writes do not count the log."
)
KEYS = (
    "Judged from the rows as they were generated, and from the workload: a request is served by one machine when it "
    "holds the key equal to a value and joins everything else that grows to it. Tables that do not grow are copied to "
    "every machine, and of the others those that the key cannot spread, as long as they have a tenth of the rows "
    "together at the most (assumed). Nothing was sharded to measure this; a cluster of your own is measured by its "
    "DSN, like any server."
)


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    growth = run.growth
    if growth is None or not growth.capacities:
        return []
    engine = run.engines[-1].server.engine if run.engines else ""
    return list(_blocks(growth, engine))


def _blocks(growth: Growth, engine: str) -> Iterator[Block]:
    yield Paragraph(ROOM, "quiet")
    yield _room(growth)
    if growth.rate:
        yield _work(growth)
        yield Paragraph(ASSUMED, "quiet")
    else:
        yield Paragraph(
            "No rate was named, so work is not reckoned: `--rate 200` says how many requests a second come in."
        )
    yield from _fixed(growth)
    yield Heading("What to do, and when", 3)
    yield Bullets(tuple(step_words(step, engine) for step in growth.steps) or (_nothing(growth),))
    if growth.shard_keys:
        yield Heading("Keys to spread rows by", 3)
        yield Paragraph(f"{KEYS} {cluster_words(engine)}", "quiet")
        yield _keys(growth)
    yield Details("Tables", (_tables(growth),))


def _nothing(growth: Growth) -> str:
    return f"Nothing: one machine like this one is enough up to {factor(growth.asked_to)}."


def _fixed(growth: Growth) -> Iterator[Block]:
    fixed = [table for table in growth.tables if not table.grows]
    if fixed:
        names = ", ".join(f"`{table.table}` ({units.count(table.rows)} rows)" for table in fixed)
        yield Paragraph(f"The design caps what does not grow with the size: {names}.")


def _room(growth: Growth) -> Table:
    columns = (Column("size"), *(Column(title, True) for title in ("rows", "disk", "of it indexes", "largest table")))
    rows = tuple(
        (
            Cell(factor(each.factor)),
            Cell(units.count(round(each.rows))),
            Cell(units.size_bytes(each.table_bytes + each.index_bytes)),
            Cell(units.size_bytes(each.index_bytes)),
            Cell(units.size_bytes(each.largest_bytes), each.largest),
        )
        for each in growth.capacities
    )
    return Table(columns, rows, "Room of the base")


def _work(growth: Growth) -> Table:
    titles = ("requests/s", "memory", "pages/s", "disk reads/s", "rows written/s", "page writes/s", "written/s")
    columns = (Column("size"), *(Column(title, True) for title in titles), Column("processors", True, "reads + writes"))
    return Table(columns, tuple(map(_work_row, growth.capacities)), "Work of the base, on a machine like this one")


def _work_row(each: Capacity) -> tuple[Cell, ...]:
    counts = (each.pages, each.disk_reads, each.writes, each.page_writes)
    return (
        Cell(factor(each.factor)),
        Cell(units.count(round(each.rate))),
        Cell(units.size_bytes(each.working_set_bytes)),
        *(Cell(units.significant(count) if each.pages else units.UNKNOWN) for count in counts[:2]),
        *(Cell(units.significant(count)) for count in counts[2:]),
        Cell(units.size_bytes(each.write_bytes)),
        Cell(
            units.significant(each.read_cores + each.write_cores), f"{units.significant(each.write_cores)} for writes"
        ),
    )


def _keys(growth: Growth) -> Table:
    columns = (
        Column("key"),
        Column("values", True),
        Column("commonest", True, "share of rows"),
        Column("order", True, "rank correlation with time"),
        Column("one machine", True, "share of requests"),
        Column("spreads"),
        Column("against it"),
    )
    return Table(columns, tuple(map(_key, growth.shard_keys)), "Candidates, the best first")


def _key(key: DistributionKey) -> tuple[Cell, ...]:
    lacking = f"to be copied into {', '.join(key.lacking)}" if key.lacking else ""
    apart = f"not {', '.join(key.apart)}" if key.apart else ""
    copied = f"{len(key.copied)} copied" if key.copied else ""
    return (
        Cell(f"{key.table}.{key.column}"),
        Cell(units.count(key.cardinality)),
        Cell(units.percent(key.most_frequent)),
        Cell(f"{key.monotonicity:.2f}"),
        Cell(units.percent(key.routed), share=key.routed),
        Cell(f"{len(key.tables)} tables", "; ".join(filter(None, (lacking, copied, apart)))),
        Cell("; ".join(key.objections) or "nothing"),
    )


def _tables(growth: Growth) -> Table:
    columns = (Column("table"), *(Column(title, True) for title in ("rows at 1x", "bytes per row", "indexes")))
    rows = tuple(
        (
            Cell(table.table, "" if table.grows else "does not grow"),
            Cell(units.count(table.rows)),
            Cell(units.size_bytes(table.row_bytes)),
            Cell(units.percent(table.index_share)),
        )
        for table in sorted(growth.tables, key=lambda table: -table.rows * table.row_bytes)
    )
    return Table(columns, rows, "Room by table, indexes included")
