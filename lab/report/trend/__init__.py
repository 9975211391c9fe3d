"""Several runs in time order, as a page or as Markdown: what was, never a judgement of what is."""

from __future__ import annotations

from collections.abc import Sequence

from lab.errors import LabError, did_you_mean
from lab.model.run import Run
from lab.report import as_html, as_markdown
from lab.report.blocks import Bullets, Paragraph, Section
from lab.report.trend.lines import Line, lines_of
from lab.report.trend.sections import line_section

FORMATS = ("html", "md")
OVERLINE = "Schema performance history"
HISTORY = (
    "History is shown here, never gated: a stored time is of another hour, and perhaps of another machine. Whether a "
    "change makes anything slower is for `lab check` to say: it builds both sides now and measures them side by side."
)
READING = (
    "Runs stand in time order, at even distances; each variant has an axis of its own. The line is the median with its "
    "95 % confidence interval, the dots (in a long history: the dotted line) the 95th percentile, the dashed line the "
    "target where it is near, a cross an operation that failed or timed out. A numbered line says that something "
    "besides the design changed there; what, stands in the table of that number. Runs of one kind, at one scale, on "
    "one major version of an engine stand together."
)


def render(runs: Sequence[Run], left_out: Sequence[str] = (), format: str = "html") -> str:
    """The history of complete `runs`, oldest first, with a sentence about each run that was left out.

    Raises LabError for a format a history does not have.
    """
    if format not in FORMATS:
        hint = did_you_mean(format, FORMATS, "name one run's folder, or use --format with one of")
        raise LabError(f"several runs are shown as html or md, not {format}", hint)
    sections = _sections(runs, left_out)
    names = ", ".join(dict.fromkeys(run.design.name for run in runs))
    if format == "md":
        return as_markdown.write_sections(f"{names}: {OVERLINE.lower()}", sections)
    footer = "Intervals are at 95 % confidence. This file holds all it shows and fetches nothing."
    return as_html.write_page(as_html.Page(OVERLINE, names, "", _facts(runs), footer), sections)


def _sections(runs: Sequence[Run], left_out: Sequence[str]) -> list[Section]:
    lines = lines_of(runs)
    opening = [Paragraph(HISTORY)]
    if len(runs) == 1:
        opening.append(Paragraph(f"Two runs make a trend; so far there is one, {runs[0].id}.", "unclear"))
    opening.append(Paragraph(READING, "quiet"))
    sections = [Section("reading", "How to read it", tuple(opening)), *map(line_section, lines, _anchors(lines))]
    if left_out:
        sections.append(Section("left-out", "Left out", (Bullets(tuple(f"{reason}." for reason in left_out)),)))
    return sections


def _anchors(lines: Sequence[Line]) -> list[str]:
    return [f"line-{number}" for number in range(1, len(lines) + 1)]


def _facts(runs: Sequence[Run]) -> list[tuple[str, str]]:
    first, last = runs[0].started_at, runs[-1].started_at
    return [("runs", str(len(runs))), ("from", f"{first:%d %B %Y, %H:%M}"), ("to", f"{last:%d %B %Y, %H:%M}")]
