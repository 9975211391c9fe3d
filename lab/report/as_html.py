"""One HTML file that needs nothing else: style, script and drawn charts are inside, and its own content security
policy forbids it to fetch anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import count

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lab.model.run import Run
from lab.report import charts, units
from lab.report.blocks import Block, Cell, Chart, Section
from lab.report.labels import engine_labels, redact
from lab.report.verdict import decide

KEYWORDS = re.compile(
    r"\b(SELECT|FROM|WHERE|JOIN|LEFT|RIGHT|INNER|OUTER|CROSS|LATERAL|ON|USING|GROUP|ORDER|BY|HAVING|LIMIT|OFFSET|AS|AND"
    r"|OR|NOT|IN|IS|NULL|INSERT|INTO|VALUES|UPDATE|SET|DELETE|CREATE|DROP|ALTER|ADD|COLUMN|TABLE|INDEX|UNIQUE|VIEW"
    r"|MATERIALIZED|TRIGGER|FUNCTION|RETURNS|RETURNING|BEGIN|END|CASE|WHEN|THEN|ELSE|DISTINCT|UNION|ALL|EXISTS|WITH"
    r"|DESC|ASC|INCLUDE|PARTITION|OF|FOR|EACH|ROW|EXECUTE|AFTER|BEFORE|PRIMARY|FOREIGN|KEY|REFERENCES|DEFAULT|CHECK"
    r"|LANGUAGE|DECLARE|IF|CONFLICT|DO|NOTHING|BETWEEN|LIKE|ILIKE|COUNT|SUM|AVG|MIN|MAX|COALESCE)\b"
)

UNITS = re.compile(r"(?<=\d) (?=(%|ns|µs|ms|s|min|B|KiB|MiB|GiB)(\W|$))")


@dataclass(frozen=True, slots=True)
class Page:
    """What stands around the sections. `facts` are pairs of a name and a value."""

    overline: str
    name: str
    headline: str
    facts: Sequence[tuple[str, str]]
    footer: str
    generator: str = "schema performance lab"


def write(run: Run, sections: Sequence[Section]) -> str:
    """The page as text."""
    decision = decide(run)
    made_by = f"schema performance lab {run.environment.lab_version}"
    page = Page(
        "Schema performance report",
        run.design.name,
        decision.headline if len(decision.engines) != 1 else "",
        _facts(run),
        f"Run {run.id}. Latencies are of single executions; intervals are at 95 % confidence unless said otherwise. "
        f"Made by {made_by}; this file holds all it shows and fetches nothing.",
        made_by,
    )
    return write_page(page, sections)


def write_page(page: Page, sections: Sequence[Section]) -> str:
    """Any sections as a page."""
    template = _environment().get_template("page.html.j2")
    style, script = Markup(_file("page.css")), Markup(_file("page.js"))
    return redact(template.render(page=page, sections=sections, style=style, script=script))


def _facts(run: Run) -> list[tuple[str, str]]:
    rows = next((engine.load.rows for engine in run.engines if engine.load), None)
    facts = [
        ("measured", f"{run.started_at:%d %B %Y, %H:%M} {run.started_at:%Z}".strip()),
        ("on", ", ".join(engine_labels(run).values()) or "no engine"),
        ("data", f"scale {run.scale:g}" + (f", {units.count(rows)} rows" if rows else "")),
        ("operations", str(len(run.design.workload.operations))),
    ]
    return facts + ([("commit", run.environment.commit)] if run.environment.commit else [])


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lab.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    numbers = count(1)
    environment.filters.update(
        inline=_inline,
        sql=_sql,
        breakable=_breakable,
        kind=_kind,
        draw=lambda chart: _draw(chart, next(numbers)),
        cell_class=_cell_class,
    )
    return environment


def _kind(block: Block) -> str:
    return type(block).__name__


def _inline(text: str) -> Markup:
    """Text with `code` between backticks, and numbers kept beside their units; all else is escaped."""
    whole = UNITS.sub("\u00a0", str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", whole))


def _breakable(text: str) -> Markup:
    """Text that may be broken after its underscores."""
    return Markup(str(escape(text)).replace("_", "_<wbr>"))


def _sql(text: str) -> Markup:
    """SQL, escaped, with its keywords, in capitals, set apart."""
    return Markup(KEYWORDS.sub(r"<b>\1</b>", str(escape(text))))


def _draw(chart: Chart, number: int) -> Markup:
    return Markup(charts.draw(chart.spec, chart.alt, f"chart{number}"))


def _cell_class(cell: Cell) -> str:
    level = "" if cell.level is None else f" level-{'m' if cell.level < 0 else 'p'}{abs(cell.level)}"
    return f"tone-{cell.tone}{level}"


def _file(name: str) -> str:
    return files("lab.report").joinpath(name).read_text(encoding="utf-8")
