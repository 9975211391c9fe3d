"""What a section of the report is made of. Every format renders every block.

Texts may hold `code` between backticks; nothing else in them is markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Tone = Literal["plain", "good", "bad", "unclear", "quiet"]
"""How a thing should be felt. Never the only sign of its meaning: the text says it too."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 2 opens a section, 3 a part of one, 4 a part of that."""

    text: str
    level: int
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: Literal["sql", "text", "mermaid"] = "text"
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. `note` is a second, smaller line; `level` tints it, from -3 (far below the target)
    to 3 (far above), None leaving it bare; `share` draws a bar of that part of 1 behind the text."""

    text: str
    note: str = ""
    mark: str = ""
    tone: Tone = "plain"
    level: int | None = None
    share: float | None = None
    hover: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    is_number: bool = False
    note: str = ""
    hover: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The first cell of a row names it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    footer: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Operations (rows) by variants (columns), tinted by distance from the target."""

    table: Table
    legend: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite specification, what it shows in words, and the same numbers as a table."""

    title: str
    spec: Mapping[str, Any]
    alt: str
    fallback: Table | None = None


@dataclass(frozen=True, slots=True)
class ChartGrid:
    """Small charts side by side, with one table of their numbers unless each has its own."""

    charts: tuple[Chart, ...]
    fallback: Table | None
    size: Literal["small", "medium"] = "small"


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing that is part of a page as it stands; elsewhere only what it shows is said."""

    html: str
    alt: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number one should not have to look for."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Callout:
    """The one thing to read, with its figures and the sentences that bear it."""

    label: str
    title: str
    text: str
    tone: Tone
    figures: tuple[Figure, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """Folded until asked for. `is_bulky`: may be left out where space is short, with a pointer to the page."""

    summary: str
    blocks: tuple[Block, ...]
    anchor: str = ""
    note: str = ""
    is_bulky: bool = False


Block = Heading | Paragraph | Bullets | Code | Table | HeatMap | Chart | ChartGrid | Callout | Details | Diagram


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the report."""

    name: str
    title: str
    blocks: tuple[Block, ...]
