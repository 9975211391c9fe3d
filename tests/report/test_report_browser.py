"""The page in a real browser: it draws, it fits, and it asks the network for nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from report_runs import empty_run, large_run, partial_run, small_run
from trend_runs import eventful, history

from lab.model.run import Run
from lab.report import render, trend

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
RUNS: dict[str, Callable[[], tuple[Run, pa.Table]]] = {
    "small": small_run,
    "large": large_run,
    "partial": partial_run,
    "empty": empty_run,
}
HISTORIES: dict[str, Callable[[], list[Run]]] = {"history": eventful, "long history": lambda: history(80, 5)}
CHARTS: dict[str, int] = {"small": 14, "large": 40, "partial": 3, "empty": 0, "history": 13, "long history": 7}
DRAWN = """() => [...document.querySelectorAll('figure.chart svg')].map(svg => {
  const box = svg.getBoundingClientRect();
  return {width: box.width, height: box.height, marks: svg.querySelectorAll('path, circle').length};
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        reason = "no Chromium found: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    paths = {name: folder / f"{name}.html" for name in CHARTS}
    for name, run in RUNS.items():
        paths[name].write_text(render(*run(), "html"), encoding="utf-8")
    for name, runs in HISTORIES.items():
        paths[name].write_text(trend.render(runs()), encoding="utf-8")
    return paths


def opened(browser: Browser, path: Path, **options: Any) -> tuple[Page, list[str], list[str]]:
    """The page, what it requested, and what it complained of."""
    page = browser.new_page(**options)
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    return page, requests, complaints


@pytest.mark.parametrize("name", CHARTS)
def test_it_draws_and_fetches_nothing(browser: Browser, pages: dict[str, Path], name: str) -> None:
    page, requests, complaints = opened(browser, pages[name], viewport={"width": 1280, "height": 900})
    drawn = page.evaluate(DRAWN)
    page.close()
    assert requests == [pages[name].as_uri()]
    assert complaints == []
    assert len(drawn) == CHARTS[name]
    assert all(chart["width"] > 100 and chart["height"] > 50 and chart["marks"] > 0 for chart in drawn)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", CHARTS)
def test_it_fits(browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    page, _, _ = opened(browser, pages[name], viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    needed = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert needed <= width


def test_a_cell_leads_to_its_plan(browser: Browser, pages: dict[str, Path]) -> None:
    page, _, complaints = opened(browser, pages["small"], viewport={"width": 1280, "height": 900})
    plan = page.locator("#op-postgresql-18-order_history-indexed pre").last
    assert not plan.is_visible()
    page.click("a[href='#op-postgresql-18-order_history-indexed']")
    plan.wait_for(state="visible")
    assert "Index Scan Backward" in plan.inner_text()
    page.close()
    assert complaints == []


def test_the_numbers_of_a_history_are_there_without_scripts(browser: Browser, pages: dict[str, Path]) -> None:
    page, _, _ = opened(browser, pages["history"], viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page.click("#line-2 figure.chart summary")
    cells = page.locator("#line-2 figure.chart tbody tr").first.inner_text()
    page.close()
    assert "72.0 ms" in cells and "67.7–76.3 ms, p95 104 ms" in cells


def test_headings_of_the_heat_map_stay_in_view(browser: Browser, pages: dict[str, Path]) -> None:
    page, _, _ = opened(browser, pages["large"], viewport={"width": 1280, "height": 600})
    page.locator("table.heat tbody tr").nth(14).scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(200)
    heads = "[...document.querySelectorAll('table.heat')].map(one => one.tHead.rows[0].cells[1])"
    tops = page.evaluate(f"{heads}.map(cell => cell.getBoundingClientRect().top)")
    page.close()
    assert any(-1 <= top <= 1 for top in tops)


def test_colours_differ_by_scheme_and_text_is_legible(browser: Browser, pages: dict[str, Path]) -> None:
    """The body's text against its background: WCAG 2.1 asks for a contrast of 7 (AAA)."""
    grounds = []
    for scheme in ("light", "dark"):
        page, _, _ = opened(browser, pages["small"], color_scheme=scheme)
        ink, ground = page.evaluate("['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name])")
        page.close()
        grounds.append(ground)
        assert contrast(ink, ground) > 7
    assert grounds[0] != grounds[1]


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance, of `rgb(r, g, b)`."""
    channels = [int(part) / 255 for part in color[4:-1].split(",")]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
