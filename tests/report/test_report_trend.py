from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from report_runs import POSTGRES, make_run
from test_report_formats import HOSTILE, SECRET, Page, golden
from trend_runs import eventful, history, with_engine

from lab.errors import LabError
from lab.report import charts, trend
from lab.report.blocks import Chart, ChartGrid
from lab.report.trend.lines import Line, lines_of, stretches
from lab.report.trend.sections import line_section
from lab.report.trend.sparkline import GAP, MOST, sparkline


def line_named(title: str) -> Line:
    return next(line for line in lines_of(eventful()) if line.title == title)


def charts_of(line: Line) -> list[Chart]:
    blocks = line_section(line, "line-1").blocks
    return [chart for block in blocks if isinstance(block, ChartGrid) for chart in block.charts]


@pytest.mark.parametrize("name", ["eventful", "alone"])
def test_text_is_golden(name: str) -> None:
    runs, left_out = (eventful(), ["results/x was cut short"]) if name == "eventful" else (history(1), [])
    golden(f"trend-{name}.md", trend.render(runs, left_out, "md"))


def test_runs_of_one_kind_stand_on_one_line() -> None:
    found = {line.title: len(line.entries) for line in lines_of(eventful())}
    assert found == {
        "shop on SQLite 3, scale 0.1": 7,
        "shop on SQLite 3, scale 0.1, checks": 1,
        "shop on PostgreSQL 18, scale 0.1": 2,
    }


def test_scale_specification_and_major_version_part_lines() -> None:
    first, second, third, fourth = history(4)
    second = replace(second, scale=1.0)
    third = with_engine(third, lambda one: replace(one, server=replace(one.server, version="4.0")))
    fourth = with_engine(fourth, lambda one: replace(one, server=replace(one.server, spec="sqlite@local")))
    assert [line.title for line in lines_of([first, second, third, fourth])] == [
        "shop on SQLite 3 (sqlite), scale 0.1",
        "shop on SQLite 3, scale 1",
        "shop on SQLite 4, scale 0.1",
        "shop on SQLite 3 (sqlite@local), scale 0.1",
    ]


def test_changes_say_what_is_otherwise_and_from_when() -> None:
    changes = line_named("shop on SQLite 3, scale 0.1").changes
    assert [(change.number, change.position, change.sentence) for change in changes] == [
        (1, 2, "processor Imaginary CPU 3000 → Imaginary CPU 4000; cores 2 → 4"),
        (2, 4, "journal_mode wal → off; other text of order_history"),
        (3, 5, "engine 3.46.1 → 3.50.1; rows 123,456 → 200,000"),
    ]


def test_a_rewritten_operation_is_marked_in_its_own_chart_alone() -> None:
    runs = history(3)
    base = runs[2].engines[0].variants[0]
    rewritten = replace(base.operations[0], sql="SELECT 2")
    base = replace(base, operations=(rewritten, *base.operations[1:]))
    runs[2] = with_engine(runs[2], lambda one: replace(one, variants=(base, *one.variants[1:])))
    (line,) = lines_of(runs)
    drawn = [charts.draw(chart.spec, chart.alt, "c") for chart in charts_of(line)]
    assert ["other text of order_history" in svg for svg in drawn] == [True, *[False] * 4]


def test_charts_draw_the_measured_the_missing_and_the_failed() -> None:
    chart = next(one for one in charts_of(line_named("shop on SQLite 3, scale 0.1")) if "product_by_slug" in one.title)
    root = ElementTree.fromstring(charts.draw(chart.spec, chart.alt, "chart1"))
    titles = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "base, 2026-01-04 12:00: timed out" in titles
    assert any(title.startswith("base, 2026-01-07 12:00: p50 12.0 ms (11.3–12.7 ms), p95 17.3 ms") for title in titles)
    assert "target 50.0 ms" in titles or "target 50 ms" in titles
    assert any(title.startswith("1: processor Imaginary") for title in titles)
    assert "base: first 10.8 ms, last 12.0 ms" in chart.alt


def test_the_base_is_first_and_coloured_as_everywhere() -> None:
    chart = charts_of(line_named("shop on SQLite 3, scale 0.1"))[0]
    strips = chart.spec["vconcat"]
    assert [strip["title"]["text"] for strip in strips] == ["base", "indexed"]
    colors = [
        {layer["mark"]["color"] for layer in strip["layer"] if layer["mark"]["type"] == "line"} for strip in strips
    ]
    assert colors == [{charts.BASE}, {charts.ACCENT}]


def test_every_run_is_in_the_table_of_its_chart() -> None:
    for chart in charts_of(line_named("shop on SQLite 3, scale 0.1")):
        assert chart.fallback is not None
        assert len(chart.fallback.rows) == 7


def test_one_run_says_that_two_make_a_trend() -> None:
    for format in trend.FORMATS:
        assert "Two runs make a trend; so far there is one, day-0" in trend.render(history(1), (), format)


@pytest.mark.parametrize("format", trend.FORMATS)
def test_it_says_that_history_gates_nothing_and_what_was_left_out(format: str) -> None:
    text = trend.render(history(2), ["results/x was cut short"], format)
    assert "History is shown here, never gated" in text
    assert "results/x was cut short." in text


def test_long_histories_stay_small() -> None:
    text = trend.render(history(200, 40))
    assert len(text.encode()) < 5_000_000
    assert len(Page(text).ids) == len(set(Page(text).ids))


def test_pages_are_whole_and_refer_to_nothing_but_themselves() -> None:
    text = trend.render(eventful())
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} == {link[1:] for link in page.links}
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert not re.search(r"@import|url\((?!#)", text)


def test_hostile_names_stay_text() -> None:
    runs = [replace(run, design=replace(run.design, name=HOSTILE), id=HOSTILE) for run in history(2)]
    runs[1] = with_engine(
        runs[1], lambda one: replace(one, server=replace(one.server, settings={"journal_mode": HOSTILE}))
    )
    page = Page(trend.render(runs, [HOSTILE]))
    assert "img" not in page.tags
    assert page.tags.count("script") == 1
    assert "<img" not in re.sub(r"`[^`\n]+`", "", trend.render(runs, [HOSTILE], "md"))


@pytest.mark.parametrize("format", trend.FORMATS)
def test_passwords_are_not_printed(format: str) -> None:
    servers = (replace(POSTGRES, spec=SECRET), replace(POSTGRES, spec="postgres"))
    run, _ = make_run((), ("base",), servers)
    text = trend.render([run], (), format)
    assert "s3cret" not in text
    assert "ann:***@db.example.org" in text


def test_other_formats_are_of_one_run() -> None:
    with pytest.raises(LabError, match="several runs are shown as html or md, not junit") as caught:
        trend.render(history(2), (), "junit")
    assert "name one run's folder" in caught.value.hint


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.0, None, 10.0, 100.0], "▁·▅█"),
        ([3.0], "▅"),
        ([1.0, 1.01], "▄▅"),
        ([0.0, 5.0], "▁▅"),
        ([None, None], GAP * 2),
        ([], ""),
    ],
)
def test_sparkline(values: list[float | None], text: str) -> None:
    assert sparkline(values) == text


def test_a_long_sparkline_is_thinned_by_medians() -> None:
    values: list[float | None] = [1.0] * 100 + [100.0] * 100
    values[3] = 1e9
    assert sparkline(values) == "▁" * (MOST // 2) + "█" * (MOST // 2)


def test_stretches() -> None:
    assert stretches([0, 1, 3, 6, 7]) == [[0, 1], [3], [6, 7]]
