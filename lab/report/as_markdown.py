"""The report as GitHub-flavoured Markdown: short enough for a comment on a pull request.

Charts appear as the table of their numbers, folded. When all of it would exceed a comment's limit the bulkiest
parts give way to a pointer to the page.
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
    HeatMap,
    Heading,
    Paragraph,
    Section,
    Table,
)
from lab.report.labels import redact
from lab.report.verdict import decide

LIMIT = 60_000
"""Characters; a comment on GitHub holds 65,536."""
OPEN = ("verdict", "targets")
"""Sections that are not folded."""
TONE_SIGNS = {"bad": "**✗** ", "unclear": "**?** ", "good": "", "plain": "", "quiet": ""}


def write(run: Run, sections: Sequence[Section]) -> str:
    """The document as text, at most LIMIT characters unless the verdict and targets alone are longer."""
    whole = _document(run, sections)
    for is_kept in (lambda block: True, _is_no_sample_table, _is_short):
        text = redact(_document(run, [_without(section, is_kept) for section in sections]))
        if len(text) <= LIMIT:
            return text
    return redact(_document(run, [section for section in sections if section.name in OPEN])) or whole


def _document(run: Run, sections: Sequence[Section]) -> str:
    parts = [f"# {_escaped(run.design.name)}: schema performance report"]
    decision = decide(run)
    if len(decision.engines) != 1:
        parts.append(f"**{_text(decision.headline)}**")
    parts.extend(_section(section) for section in sections)
    return "\n\n".join(part for part in parts if part) + "\n"
