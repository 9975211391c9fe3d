"""The report as GitHub-flavoured Markdown: short enough for a comment on a pull request.

Charts appear as the table of their numbers, folded. When all of it would exceed a comment's limit the bulkiest
parts are left out, and it says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lab.model.run import Run
from lab.report.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Chart,
    ChartGrid,
    Code,
    Column,
    Details,
    Diagram,
    Heading,
    HeatMap,
    Paragraph,
    Section,
    Table,
)
from lab.report.labels import redact
from lab.report.verdict import decide

LIMIT = 60_000
"""Characters; a comment on GitHub holds 65,536."""
UNFOLDED = ("gate", "verdict", "advice", "targets")
ESSENTIAL = ("gate", "verdict", "advice", "targets", "nesting", "costs", "integrity", "environment", "caveats")
SIGNS = {"bad": "**✗** ", "unclear": "**?** "}
LEFT_OUT = (
    "",
    "_Plans and tables of samples are left out here for length: see the HTML report._",
    "_Only the essentials are given here for length: see the HTML report for the rest._",
)
"""What is said at each degree of brevity."""


def write(run: Run, sections: Sequence[Section]) -> str:
    """The document as text: the longest of three that stays within LIMIT, or else the shortest."""
    for brevity in range(len(LEFT_OUT)):
        text = redact(_document(run, sections, brevity))
        if len(text) <= LIMIT:
            break
    return text


def write_section(section: Section) -> str:
    """One chapter alone, in full."""
    return redact(f"## {_text(section.title)}\n\n{_blocks(section.blocks, 0)}\n")


def write_sections(title: str, sections: Sequence[Section]) -> str:
    """Any sections under a title, in full."""
    parts = [f"## {_text(section.title)}\n\n{_blocks(section.blocks, 0)}" for section in sections]
    return redact("\n\n".join([f"# {_text(title)}", *parts]) + "\n")


def _document(run: Run, sections: Sequence[Section], brevity: int) -> str:
    decision = decide(run)
    parts = [f"# {_escaped(run.design.name)}: schema performance report"]
    if len(decision.engines) != 1:
        parts.append(f"**{_text(decision.headline)}**")
    kept = [section for section in sections if brevity < 2 or section.name in ESSENTIAL]
    parts += [_section(section, brevity) for section in kept]
    return "\n\n".join(part for part in (*parts, LEFT_OUT[brevity]) if part) + "\n"


def _section(section: Section, brevity: int) -> str:
    body = _blocks(section.blocks, brevity)
    if section.name in UNFOLDED:
        return f"## {section.title}\n\n{body}"
    return _folded(f"<b>{section.title}</b>", body)


def _blocks(blocks: Sequence[Block], brevity: int) -> str:
    return "\n\n".join(text for block in blocks if (text := _block(block, brevity)))


def _block(block: Block, brevity: int) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {_text(block.text)}"
        case Paragraph():
            return SIGNS.get(block.tone, "") + _text(block.text)
        case Bullets():
            return _bullets(block.items)
        case Code():
            return _code(block)
        case Table():
            return _table(block)
        case HeatMap():
            return f"{_table(block.table)}\n\n_{_text(block.legend)}_"
        case Chart() | ChartGrid():
            return _chart(block, brevity)
        case Callout():
            return _callout(block)
        case Details():
            return _details(block, brevity)
        case Diagram():
            return _text(block.alt)


def _details(block: Details, brevity: int) -> str:
    if block.is_bulky and brevity:
        return ""
    note = f" <small>{_escaped_html(block.note)}</small>" if block.note else ""
    return _folded(f"{_summary(block.summary)}{note}", _blocks(block.blocks, brevity))


def _chart(block: Chart | ChartGrid, brevity: int) -> str:
    if block.fallback is None or brevity:
        return ""
    return _folded(_escaped_html(block.fallback.caption or "Numbers"), _table(block.fallback, has_caption=False))


def _callout(block: Callout) -> str:
    figures = [f"{figure.label} **{_text(figure.value)}** ({_text(figure.note)})" for figure in block.figures]
    parts = [f"### {_text(block.label)}: {_text(block.title)}", _text(block.text)]
    return "\n\n".join(part for part in (*parts, " · ".join(figures), _bullets(block.items)) if part)


def _bullets(items: Sequence[str]) -> str:
    return "\n".join(f"- {_text(item)}" for item in items)


def _code(block: Code) -> str:
    longest = max((len(run) for run in re.findall("`+", block.text)), default=0)
    fence = "`" * max(3, longest + 1)
    caption = f"{_text(block.caption)}:\n\n" if block.caption else ""
    return f"{caption}{fence}{block.language}\n{block.text}\n{fence}"


def _table(table: Table, has_caption: bool = True) -> str:
    caption = f"{_text(table.caption)}\n\n" if table.caption and has_caption else ""
    head = " | ".join(_column(column) for column in table.columns)
    rule = " | ".join("---:" if column.is_number else "---" for column in table.columns)
    rows = [" | ".join(_cell(cell) for cell in row) for row in (*table.rows, *table.footer)]
    return caption + "\n".join(f"| {line} |" for line in (head, rule, *rows))


def _column(column: Column) -> str:
    name = f"**{_escaped(column.title)}**" if column.is_chosen else _escaped(column.title)
    return f"{name} ({column.note})" if column.note else name


def _cell(cell: Cell) -> str:
    words = f"{_escaped(cell.text)} {cell.mark}".strip()
    return f"{words}<br><sub>{_escaped(cell.note)}</sub>" if cell.note else words


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _text(text: str) -> str:
    """Escaped, but for `code` between backticks, on one line."""
    parts = re.split(r"(`[^`]+`)", _one_line(text))
    return "".join(part if part.startswith("`") and len(part) > 1 else _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    """Plain text that Markdown and the HTML in it leave alone; pipes too, as it may stand in a table."""
    return re.sub(r"(?<!\w)_|_(?!\w)|[\\`*\[\]|#~]", r"\\\g<0>", _escaped_html(re.sub(r"\s+", " ", text)))


def _escaped_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _summary(text: str) -> str:
    """In a summary Markdown is not read: code is set in HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _escaped_html(_one_line(text)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
