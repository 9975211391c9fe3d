"""The chapters on growth and capacity: what is measured, predicted, and asked of machines."""

from __future__ import annotations

from dataclasses import replace

from report_runs import small_run
from rich.console import Console
from sizes import around, sizes
from test_report_formats import golden

from lab.growth import Room, capacities, capacity_at, laws, steps
from lab.growth.demand import Curve, Demand
from lab.model.growth import DistributionKey, Growth, ImaginedPlan, KeyRoom, Prediction, SizeLeftOut, TableGrowth
from lab.model.run import Run
from lab.report import render
from lab.report.blocks import Block, Bullets, Details, Paragraph, Table
from lab.report.sections import capacity, growth
from lab.report.terminal_growth import growth_tables

TABLES = (TableGrowth("orders", 1_000_000, True, 200.0, 0.25, 2), TableGrowth("countries", 200, False, 90.0, 0.5, 1))
DEMANDS = (
    Demand("history", False, 0.9, ("orders",), 0.0, Curve(((1.0, 40.0), (10.0, 400.0))), Curve(((1.0, 1e-3),))),
    Demand("insert", True, 0.1, ("orders",), 1.0, Curve(((1.0, 9.0),)), Curve(((1.0, 2e-4),))),
)
MACHINE = Room(16e9, 150e9, 4)
KEYS = (
    DistributionKey(
        "users", "id", 20_000, 0.004, 0.02, 0.86, ("users", "orders", "items"), ("items",), ("stock",), ("brands",)
    ),
    DistributionKey(
        "orders", "id", 50_000, 0.0, 1.0, 0.2, ("orders",), objections=("80% of requests go to every machine",)
    ),
)
SCAN = ImaginedPlan(100.0, "base", "history", "Seq Scan on orders", 9000.0)


def grown_run(rate: float = 300.0) -> Run:
    run, _ = small_run()
    measured = sizes({"history": lambda n: 4e-3 * n, "insert": lambda n: 2e-4}, (1, 2, 5))
    told = Prediction(100.0, "base", "history", SCAN.plan, SCAN.cost, "other plan", around(0.4, 0.3))
    keys = KEYS
    return replace(
        run,
        growth=Growth(
            "postgres:18",
            tuple(measured),
            (SizeLeftOut(10.0, "it would take about 40 s, and 12 s are left"),),
            laws(measured, {"history": "simple", "insert": "simple"}, 1000.0),
            (told,),
            asked_to=1000.0,
            keys=(KeyRoom("orders", "id", "integer", 2**31 - 1, 10_000_000),),
            tables=TABLES,
            shard_keys=keys,
            rate=rate,
            capacities=capacities(TABLES, DEMANDS, rate, MACHINE, 1000.0),
            steps=steps(
                lambda size: capacity_at(size, TABLES, DEMANDS, rate, MACHINE), MACHINE, keys, 1000.0, bool(rate)
            ),
        ),
    )


def blocks_of(run: Run) -> list[Block]:
    samples = small_run()[1]
    return [*growth.blocks(run, samples), *capacity.blocks(run, samples)]


def said(run: Run) -> str:
    blocks = blocks_of(run)
    texts = [block.text for block in blocks if isinstance(block, Paragraph)]
    return "\n".join(texts + [item for block in blocks if isinstance(block, Bullets) for item in block.items])


def test_its_markdown_is_golden() -> None:
    run, samples = grown_run(), small_run()[1]
    whole = render(run, samples, "md")
    chapters = [part for part in whole.split("\n## ") if part.startswith(("Growth", "Capacity"))]
    folded = [part for part in whole.split("<details><summary><b>") if part.startswith(("Growth", "Capacity"))]
    golden("grown.md", "\n".join(chapters or folded))


def test_what_breaks_first_and_what_was_left_out_is_said() -> None:
    told = said(grown_run())
    assert "history" in told and "10x was not measured: it would take about 40 s" in told


def test_plans_that_flip_are_shown_beside_those_measured() -> None:
    (flip,) = [b for b in blocks_of(grown_run()) if isinstance(b, Details) and "from 100x on" in b.summary]
    assert [getattr(block, "text", "") for block in flip.blocks][1] == "Seq Scan on orders"


def test_each_step_names_its_size_and_its_numbers() -> None:
    told = said(grown_run())
    assert "Partition `orders`" in told and "from 80x on" in told and "16.0 GB of memory" in told
    assert "A read replica, or more processors" in told and "of which 2.8 may be busy" in told
    assert "Spread the rows by `users.id`" in told


def test_tables_the_design_caps_are_named() -> None:
    assert "The design caps what does not grow with the size: `countries` (200 rows)." in said(grown_run())


def test_without_a_rate_work_is_not_reckoned() -> None:
    run = grown_run(0.0)
    assert "No rate was named" in said(run)
    captions = [block.caption for block in blocks_of(run) if isinstance(block, Table)]
    assert "Room of the base" in captions and not any("Work" in caption for caption in captions)


def test_the_terminal_says_the_same_in_80_columns() -> None:
    console = Console(width=80, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(growth_tables(grown_run()))
    lines = captured.get().splitlines()
    assert all(len(line) <= 80 for line in lines)
    told = " ".join(" ".join(lines).split())
    assert "orders.id (integer) is full at 215x" in told
    assert "Partition orders, or move its oldest rows out, from 80x on" in told


def test_a_run_without_growth_has_neither_chapter() -> None:
    assert blocks_of(small_run()[0]) == []
