from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from report_runs import (
    ENVIRONMENT,
    POSTGRES,
    QUERIES,
    SQLITE,
    advised_run,
    empty_run,
    large_run,
    loaded_run,
    make_run,
    partial_run,
    small_run,
    wrong_run,
)

from lab.errors import LabError
from lab.model.run import Run
from lab.report import FORMATS, SECTIONS, render, sections_of
from lab.report.as_markdown import LIMIT
from lab.report.blocks import Bullets, Callout, Chart, ChartGrid, Details, Paragraph, Section

GOLDEN = Path(__file__).parent / "golden"
RUNS: dict[str, Callable[[], tuple[Run, pa.Table]]] = {
    "small": small_run,
    "wrong": wrong_run,
    "partial": partial_run,
    "empty": empty_run,
    "advised": advised_run,
    "loaded": loaded_run,
}
VOID = {"meta", "br", "hr", "img", "link", "input", "wbr"}


class Page(HTMLParser):
    """What is in a page: tags, ids, references, text; and whether its elements nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes {self.open[-3:]} at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


def golden(name: str, text: str) -> None:
    """Compare with the file in golden/; rewrite it when UPDATE_GOLDEN is set."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"UPDATE_GOLDEN=1 rewrites {path.name}"


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("format", ["md", "junit"])
def test_text_is_golden(name: str, format: str) -> None:
    golden(f"{name}.{'xml' if format == 'junit' else format}", render(*RUNS[name](), format))


@pytest.mark.parametrize("name", ["small", "partial"])
def test_json_is_golden(name: str) -> None:
    """Numbers to 6 digits: the last ones depend on the machine's logarithm."""
    found = json.loads(render(*RUNS[name](), "json"), parse_float=lambda text: float(f"{float(text):.6g}"))
    golden(f"{name}.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", RUNS)
def test_pages_are_whole(name: str) -> None:
    page = Page(render(*RUNS[name](), "html"))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {section.name for section in sections_of(*RUNS[name]())} <= set(page.ids)


@pytest.mark.parametrize("name", RUNS)
def test_pages_refer_to_nothing_but_themselves(name: str) -> None:
    text = render(*RUNS[name](), "html")
    page = Page(text)
    assert {link for link in page.links if not link.startswith("#")} == set()
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src 'none'" in text


def test_pages_show_everything_asked_for() -> None:
    text = Page(render(*small_run(), "html")).text
    for words in (
        "Adopt indexed on SQLite 3.46 and PostgreSQL 18.",
        "timed out ✗",
        "it is written for postgres only",
        "Zero orphans: each of 2 foreign keys was counted after load.",
        "Index Scan Backward using orders_user_placed",
        "CREATE INDEX orders_user_indexed",
        "the machine was busy: load 2.1 on 2 cores",
        "negative prices are not refused",
        "Imaginary CPU 3000, 2 cores, 8.00 GiB memory",
        "a1b2c3d+",
        "shared_buffers",
        "39,800 rows/s",
    ):
        assert words in text, words


def test_wrong_answers_are_shown() -> None:
    for format in ("html", "md", "json", "junit"):
        text = render(*wrong_run(), format)
        assert "user_id = 7" in text
        assert "index orders_user_placed is left" in text or format == "junit"


@pytest.mark.parametrize("name", ["partial", "empty"])
@pytest.mark.parametrize("format", ["html", "md"])
def test_partial_runs_render_and_say_so(name: str, format: str) -> None:
    assert "The run was interrupted or is still going" in render(*RUNS[name](), format)


def test_a_run_without_samples_renders() -> None:
    run, samples = small_run()
    assert "No samples were kept for this engine." in render(run, samples.slice(0, 0), "md")


def test_a_run_of_the_base_alone_renders() -> None:
    run, samples = make_run(QUERIES, ("base",), (SQLITE,))
    for format in FORMATS:
        assert "only the base was measured" in render(run, samples, format) or format == "junit"


def test_large_runs_stay_small() -> None:
    run, samples = large_run()
    assert len(render(run, samples, "html").encode()) < 3_000_000
    assert len(render(run, samples, "md")) <= LIMIT


def test_samples_may_name_the_engine() -> None:
    run, samples = small_run()
    names = ["postgres" if name == "postgres:18" else name for name in samples["engine"].to_pylist()]
    renamed = samples.set_column(0, "engine", pa.array(names))
    assert render(run, renamed, "md") == render(run, samples, "md")


def test_unknown_format_names_the_nearest() -> None:
    with pytest.raises(LabError) as caught:
        render(*empty_run(), "htm")
    assert caught.value.message == "unknown report format 'htm'"
    assert caught.value.hint == "did you mean html?"
    with pytest.raises(LabError, match="one of: html, md, json, junit"):
        render(*empty_run(), "pdf")


HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>|`_*'


def hostile_run() -> tuple[Run, pa.Table]:
    """A run whose every name and text tries to be markup."""
    queries = [replace(query, name=HOSTILE if i == 0 else query.name) for i, query in enumerate(QUERIES)]
    run, samples = make_run(queries, ("base", HOSTILE), (POSTGRES,))
    engine = replace(run.engines[0], warnings=(HOSTILE,))
    design = replace(run.design, name=HOSTILE)
    return replace(run, engines=(engine,), design=design, command=HOSTILE, warnings=(HOSTILE,)), samples


def test_hostile_names_stay_text() -> None:
    page = Page(render(*hostile_run(), "html"))
    assert "img" not in page.tags
    assert page.tags.count("script") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_hostile_names_stay_text_in_markdown() -> None:
    text = render(*hostile_run(), "md")
    outside = re.sub(r"(`{3,}).*?\n\1|`[^`\n]+`", "", text, flags=re.DOTALL)
    assert "<img" not in outside
    assert "<script" not in outside


def test_hostile_names_stay_xml() -> None:
    run, samples = hostile_run()
    run = replace(run, design=replace(run.design, name=f"{HOSTILE}\x00\x1b"))
    assert ElementTree.fromstring(render(run, samples, "junit").encode()).get("name", "").startswith('">')


SECRET = "postgres://ann:s3cret@db.example.org:5432/shop?password=s3cret"


@pytest.mark.parametrize("format", ["html", "md", "json", "junit"])
def test_passwords_are_not_printed(format: str) -> None:
    run, samples = make_run(QUERIES, ("base", "indexed"), (replace(POSTGRES, spec=SECRET), replace(POSTGRES, spec="b")))
    run = replace(run, command=f"lab compare schemas/shop --engine {SECRET}", environment=ENVIRONMENT)
    text = render(run, samples, format)
    assert "s3cret" not in text
    assert "ann:***@db.example.org" in text


def test_junit_counts() -> None:
    root = ElementTree.fromstring(render(*small_run(), "junit").encode())
    cases = list(root.iter("testcase"))
    assert root.get("tests") == str(len(cases))
    assert root.get("failures") == str(len(list(root.iter("failure"))))
    late = [
        case for case in cases if case.get("classname") == "PostgreSQL 18.base" and case.get("name") == "product_search"
    ]
    failure = late[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "timed out, target 500 ms: no answer within 10 s"


def test_json_is_the_run_and_the_decision() -> None:
    found = json.loads(render(*small_run(), "json"))
    assert list(found) == ["format_version", "decision", "run"]
    assert found["run"]["engines"][1]["variants"][1]["operations"][0]["summary"]["p95"]["estimate"] > 0
    assert found["decision"]["engines"][1]["variant"] == "indexed"
    assert found["decision"]["engines"][1]["standings"][1]["reads"]["estimate"] < 0.1


ONLY_OF = {
    "advice": "advised",
    "load": "loaded",
    "gate": "checked",
    "caches": "cached",
    "growth": "grown",
    "capacity": "grown",
    "nesting": "nested",
    "expiry": "expiring",
    "sharding": "nested",
    "studies": "studied",
}
"""Sections only one kind of run has, which may be none of RUNS."""


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", RUNS)
def test_only_the_advice_may_be_missing(name: str, section: str) -> None:
    run, samples = RUNS[name]()
    is_there = bool(SECTIONS[section][1](run, samples))
    assert is_there == (name == ONLY_OF.get(section, name))


def test_advice_is_given_with_its_sql_and_the_rest_with_its_reason() -> None:
    page = Page(render(*advised_run()))
    assert "Adopt 2 of 4 changes tried" in page.text
    assert "CREATE INDEX orders_user_indexed" in page.text
    assert "no difference over the mix is shown" in page.text


def test_every_chart_says_what_it_shows() -> None:
    charts = [
        chart
        for section in sections_of(*small_run())
        for block in section.blocks
        if isinstance(block, ChartGrid)
        for chart in block.charts
    ]
    assert len(charts) == 2 * 5 + 2 * 2
    for chart in charts:
        assert len(chart.alt) > 40


@pytest.mark.parametrize("format", ["html", "md"])
def test_formats_render_every_block(format: str) -> None:
    """The blocks no section uses at present."""
    run, samples = small_run()
    chart = next(b for s in sections_of(run, samples) for b in s.blocks if isinstance(b, ChartGrid))
    lone = Chart("A chart", chart.charts[0].spec, "What it shows.", chart.fallback)
    blocks = (lone, Bullets(("one",)), Callout("label", "title", "", "plain"), Details("more", (Paragraph("inside"),)))
    text = FORMATS[format](run, [Section("extra", "Extra", blocks)])
    for words in ("Ratios to the base on SQLite 3.46", "one", "label", "title", "inside"):
        assert words in text
