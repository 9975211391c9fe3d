from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_runs import small_run

from lab.report import charts, sections_of, units
from lab.report.blocks import Chart, ChartGrid
from lab.report.distribution import density
from lab.report.placement import Box, place_names


def first_chart() -> Chart:
    grids = (b for s in sections_of(*small_run()) for b in s.blocks if isinstance(b, ChartGrid))
    return next(grids).charts[0]


def test_charts_are_wellformed_and_speak() -> None:
    chart = first_chart()
    root = ElementTree.fromstring(charts.draw(chart.spec, chart.alt, "chart1"))
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.alt
    titles = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any("indexed: reads 0.0" in title for title in titles)


def test_charts_follow_the_pages_colours() -> None:
    chart = first_chart()
    assert "var(--accent)" in charts.draw(chart.spec, chart.alt, "chart1")


def test_drawing_is_repeatable() -> None:
    chart = first_chart()
    assert charts.draw(chart.spec, chart.alt, "c") == charts.draw(chart.spec, chart.alt, "c")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0009, 0.0055, [0.001, 0.002, 0.005]),
        (0.0009, 0.11, [0.001, 0.003, 0.01, 0.03, 0.1]),
        (1e-6, 1.0, [1e-6, 1e-4, 1e-2, 1.0]),
    ],
)
def test_log_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert charts.log_ticks(low, high) == pytest.approx(ticks)


@given(st.floats(1e-7, 10), st.floats(1.2, 1e6))
def test_log_ticks_are_inside_and_few(low: float, factor: float) -> None:
    ticks = charts.log_ticks(low, low * factor)
    assert len(ticks) <= 6
    assert all(low * 0.99 <= tick <= low * factor * 1.01 for tick in ticks)


def test_labels_are_quoted_for_vega() -> None:
    axis = charts.labelled_axis([1.0], lambda value: "it's \\ here")
    assert "'it\\'s \\\\ here'" in axis["labelExpr"]
    assert charts.labelled_axis([0.05], units.seconds)["labelExpr"].count("'50 ms'") == 1


def test_density_peaks_where_the_samples_are() -> None:
    values = np.array([0.001] * 50 + [0.0011] * 50 + [0.05] * 10)
    shape = density(values, 0.0005, 0.1)
    peak = shape["seconds"][int(np.argmax(shape["height"]))]
    assert 0.0008 < peak < 0.0014
    assert shape["height"].max() == pytest.approx(1.0)


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=30))
def test_density_is_finite(latencies: list[float]) -> None:
    shape = density(np.array(latencies), min(latencies) / 2, max(latencies) * 2)
    assert np.isfinite(shape["height"]).all()
    assert (np.diff(shape["seconds"]) > 0).all()


def test_names_of_near_points_do_not_cover_each_other() -> None:
    points = [(200.0, 100.0), (204.0, 102.0), (208.0, 98.0), (380.0, 101.0)]
    frame = Box(0, 0, 400, 200)
    boxes = place_names(points, ["materialized_view", "covering", "partitioned", "summary_table"], frame)
    for number, box in enumerate(boxes):
        assert box.area_outside(frame) < 1
        assert all(box.overlap(other) < 1 for other in boxes[:number])


coordinates = st.tuples(st.floats(0, 400), st.floats(0, 300))


@given(st.lists(coordinates, min_size=1, max_size=9))
def test_every_name_gets_a_place(points: list[tuple[float, float]]) -> None:
    assert len(place_names(points, ["name"] * len(points), Box(0, 0, 400, 300))) == len(points)
