"""The entity-relationship diagram as SVG: tables as cards, grouped, with lines between them in crow's foot notation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lab.docs.groups import Group
from lab.docs.layout import Placed, Point, place
from lab.model.schema import Column, ForeignKey, Schema, Table

_CHARACTER = 6.65
"""Width of a character of the monospaced font, in points."""
_ROW, _HEAD, _PAD = 15.0, 22.0, 9.0
_MARGIN, _GAP = 26.0, 46.0
_SMALLEST_TITLE, _LARGEST_TITLE = 17.0, 64.0
_MOST_ROWS = 14
_MOST_CHARACTERS = 24
_ASPECT = 1.3
_TRIES = 40
_HUES = (212, 152, 32, 282, 346, 182, 92, 252, 12, 122)


@dataclass(frozen=True, slots=True)
class _Box:
    """A table's card on the whole canvas."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    type: str
    is_key: bool
    is_reference: bool
    is_nullable: bool


def draw(schema: Schema, groups: Sequence[Group]) -> str:
    """The diagram as one SVG element. The same schema gives the same text."""
    cards = {table.name: _rows(table, schema) for table in schema.tables}
    sizes = {table.name: _size(table, cards[table.name]) for table in schema.tables}
    graphs = [({table.name: sizes[table.name] for table in group.tables}, _lines_within(group)) for group in groups]
    placed = place(graphs)
    title = _title_size(placed)
    band = title * 1.5 + 9
    corners = _shelves([(one.width + 2 * _MARGIN, one.height + _MARGIN + band) for one in placed])
    boxes = {
        name: _Box(left + _MARGIN + x, top + band + y, *sizes[name])
        for (left, top), one in zip(corners, placed, strict=True)
        for name, (x, y) in one.boxes.items()
    }
    width = max(left + one.width + 2 * _MARGIN for (left, _), one in zip(corners, placed, strict=True))
    height = max(top + one.height + _MARGIN + band for (_, top), one in zip(corners, placed, strict=True))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="erd" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img" aria-label="Entity-relationship diagram of {len(schema.tables)} tables">',
        f"<style>{_STYLE}</style>{_MARKERS}",
        *(
            _region(group, one, corner, n, title)
            for n, (group, one, corner) in enumerate(zip(groups, placed, corners, strict=True))
        ),
        *_near_lines(groups, placed, corners, band),
        *_far_lines(schema, groups, boxes),
        *(_card(table, cards[table.name], boxes[table.name], _hue(groups, table)) for table in schema.tables),
        "</svg>",
    ]
    return "\n".join(parts)


def _title_size(placed: Sequence[Placed]) -> float:
    """Of the groups' names: readable also when all of a large diagram is in sight."""
    side = math.sqrt(sum(one.width * one.height for one in placed))
    return min(max(side / 90, _SMALLEST_TITLE), _LARGEST_TITLE)


def _rows(table: Table, schema: Schema) -> list[_Row]:
    """Keys and references first; what is too many is counted."""
    keys = set(table.primary_key.columns) if table.primary_key else set()
    references = {name for key in table.foreign_keys for name in key.columns}

    def order(column: Column) -> int:
        return 0 if column.name in keys else 1 if column.name in references else 2

    rows = [
        _Row(column.name, str(column.type), column.name in keys, column.name in references, column.is_nullable)
        for column in sorted(table.columns, key=order)
    ]
    if len(rows) <= _MOST_ROWS:
        return rows
    left = len(rows) - _MOST_ROWS + 1
    return [*rows[: _MOST_ROWS - 1], _Row(f"… {left} more", "", False, False, False)]


def _size(table: Table, rows: Sequence[_Row]) -> tuple[float, float]:
    names = max((min(len(row.name), _MOST_CHARACTERS) for row in rows), default=4)
    types = max((min(len(row.type), _MOST_CHARACTERS - 6) for row in rows), default=0)
    width = max(names + types + 5, len(table.name) + 3) * _CHARACTER + 2 * _PAD
    return round(width, 1), _HEAD + _ROW * len(rows) + 7


def _lines_within(group: Group) -> list[tuple[str, str]]:
    names = {table.name for table in group.tables}
    pairs = [(table.name, key.table) for table in group.tables for key in table.foreign_keys if key.table in names]
    return [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]


def _shelves(sizes: Sequence[tuple[float, float]]) -> list[Point]:
    """Upper left corners: rectangles on shelves, the tallest first, on the canvas a screen shows largest."""
    total = sum(width + _GAP for width, _ in sizes)
    widest = max(width for width, _ in sizes)
    limits = [max(total * part / _TRIES, widest) for part in range(1, _TRIES + 1)]
    return min((_shelved(sizes, limit) for limit in limits), key=lambda corners: _reach(sizes, corners))


def _shelved(sizes: Sequence[tuple[float, float]], limit: float) -> list[Point]:
    corners: dict[int, Point] = {}
    x = y = shelf = 0.0
    for number in sorted(range(len(sizes)), key=lambda n: (-sizes[n][1], n)):
        width, height = sizes[number]
        if x and x + width > limit:
            x, y, shelf = 0.0, y + shelf + _GAP, 0.0
        corners[number] = x, y
        x, shelf = x + width + _GAP, max(shelf, height)
    return [corners[number] for number in range(len(sizes))]


def _reach(sizes: Sequence[tuple[float, float]], corners: Sequence[Point]) -> float:
    """How wide a screen would have to be."""
    right = max(x + width for (x, _), (width, _) in zip(corners, sizes, strict=True))
    bottom = max(y + height for (_, y), (_, height) in zip(corners, sizes, strict=True))
    return max(right, bottom * _ASPECT)


def _hue(groups: Sequence[Group], table: Table) -> int:
    number = next(number for number, group in enumerate(groups) if table in group.tables)
    return _HUES[number % len(_HUES)]


def _region(group: Group, placed: Placed, corner: Point, number: int, title: float) -> str:
    width, height = placed.width + 2 * _MARGIN, placed.height + _MARGIN + title * 1.5 + 9
    hue = _HUES[number % len(_HUES)]
    count = f"{len(group.tables)} table{'s' if len(group.tables) > 1 else ''}"
    return (
        f'<g class="region" style="--hue:{hue}"><rect x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="10"/><text x="{corner[0] + _MARGIN:.1f}" y="{corner[1] + title * 1.3:.1f}" '
        f'font-size="{title:.0f}">'
        f"{escape(group.name)} <tspan>{count}</tspan></text></g>"
    )


def _near_lines(
    groups: Sequence[Group], placed: Sequence[Placed], corners: Sequence[Point], band: float
) -> Iterator[str]:
    for group, one, (left, top) in zip(groups, placed, corners, strict=True):
        for table in group.tables:
            for key in table.foreign_keys:
                spline = one.lines.get((table.name, key.table))
                if spline:
                    points = [f"{left + _MARGIN + x:.1f},{top + band + y:.1f}" for x, y in spline]
                    yield _line(table, key, f"M{points[0]} C{' '.join(points[1:])}", "near")


def _far_lines(schema: Schema, groups: Sequence[Group], boxes: Mapping[str, _Box]) -> Iterator[str]:
    """Between groups, and from a table to itself."""
    within = {pair for group in groups for pair in _lines_within(group)}
    for table, key in schema.foreign_keys():
        if (table.name, key.table) in within:
            continue
        if table.name == key.table:
            yield _line(table, key, _loop(boxes[table.name]), "near")
        else:
            yield _line(table, key, _across(boxes[key.table], boxes[table.name]), "far")


def _loop(box: _Box) -> str:
    right, top = box.x + box.width, box.y
    bend = f"{right - 24:.1f},{top - 24:.1f} {right + 24:.1f},{top - 8:.1f}"
    return f"M{right - 24:.1f},{top:.1f} C{bend} {right:.1f},{top + 12:.1f}"


def _across(parent: _Box, child: _Box) -> str:
    """A curve from the side of one card to the side of the other that it looks at."""
    is_right = child.x + child.width / 2 > parent.x + parent.width / 2
    x1, x2 = (parent.x + parent.width, child.x) if is_right else (parent.x, child.x + child.width)
    y1, y2 = parent.y + _HEAD / 2, child.y + _HEAD / 2
    bend = max(abs(x2 - x1) / 2, 40.0) * (1 if is_right else -1)
    return f"M{x1:.1f},{y1:.1f} C{x1 + bend:.1f},{y1:.1f} {x2 - bend:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"


def _line(table: Table, key: ForeignKey, path: str, kind: str) -> str:
    """From the parent, one or none where the reference may be NULL, to the child, one or many."""
    is_optional = any(table.column(name).is_nullable for name in key.columns)
    is_single = any(set(unique.columns) == set(key.columns) for unique in table.keys)
    start, end = "none" if is_optional else "one", "one" if is_single else "many"
    words = f"{table.name} ({', '.join(key.columns)}) → {key.table} ({', '.join(key.referenced)})"
    words += f", on delete {key.on_delete}"
    return (
        f'<path class="line {kind}" data-of="{escape(table.name)} {escape(key.table)}" d="{path}" '
        f'marker-start="url(#{start})" marker-end="url(#{end})"><title>{escape(words)}</title></path>'
    )


def _card(table: Table, rows: Sequence[_Row], box: _Box, hue: int) -> str:
    comment = f"<title>{escape(table.comment)}</title>" if table.comment else ""
    lines = "".join(_row(row, box, number) for number, row in enumerate(rows))
    return (
        f'<g class="card" id="t-{escape(table.name)}" data-table="{escape(table.name)}" style="--hue:{hue}">'
        f'<rect class="body" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5"/>'
        f'<path class="head" d="M{box.x:.1f},{box.y + _HEAD:.1f} v{-_HEAD + 5:.1f} q0,-5 5,-5 h{box.width - 10:.1f} '
        f'q5,0 5,5 v{_HEAD - 5:.1f} z"/>'
        f'<text class="name" x="{box.x + _PAD:.1f}" y="{box.y + 15.5:.1f}">{escape(table.name)}</text>'
        f"{comment}{lines}</g>"
    )


def _row(row: _Row, box: _Box, number: int) -> str:
    y = box.y + _HEAD + _ROW * (number + 1) - 1
    mark = "PK" if row.is_key else "FK" if row.is_reference else ""
    kind = "key" if row.is_key else "reference" if row.is_reference else ""
    left, right = box.x + _PAD, box.x + box.width - _PAD
    type_ = _cut(row.type, _MOST_CHARACTERS - 6) + ("?" if row.is_nullable else "")
    return (
        f'<text class="row {kind}" x="{left:.1f}" y="{y:.1f}"><tspan class="mark">{mark}</tspan>'
        f'<tspan x="{left + 3 * _CHARACTER:.1f}">{escape(_cut(row.name, _MOST_CHARACTERS))}</tspan></text>'
        f'<text class="type" x="{right:.1f}" y="{y:.1f}">{escape(type_)}</text>'
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


_STYLE = (
    ".erd{background:#fff;font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    ".region rect{fill:hsl(var(--hue) 60% 97%);stroke:hsl(var(--hue) 40% 82%)}"
    ".region text{font-family:system-ui,sans-serif;font-weight:600;fill:hsl(var(--hue) 50% 30%)}"
    ".region tspan{font-weight:400;font-size:.7em;fill:hsl(var(--hue) 20% 45%)}"
    ".card .body{fill:#fff;stroke:hsl(var(--hue) 35% 60%)}"
    ".card .head{fill:hsl(var(--hue) 45% 42%)}"
    ".card .name{font-weight:700;fill:#fff}.row{fill:#1d2530}.row.key{font-weight:700}"
    ".row .mark{fill:#8a94a3;font-size:9px;font-weight:400}.type{fill:#6b7686;text-anchor:end}"
    ".line{fill:none;stroke:#5b6776;stroke-width:1.1}.line.far{stroke:#9aa5b3;stroke-width:.8;opacity:.4}"
    ".erd.chosen .card,.erd.chosen .line{opacity:.12}.erd.chosen .lit{opacity:1}"
    ".erd.chosen .line.lit{stroke:#c2410c;stroke-width:2}"
)
_MARKERS = (
    "<defs>"
    '<marker id="one" viewBox="0 0 12 12" refX="6" refY="6" markerWidth="12" markerHeight="12" orient="auto" '
    'markerUnits="userSpaceOnUse"><path d="M6,1V11" stroke="#5b6776" fill="none"/></marker>'
    '<marker id="none" viewBox="0 0 12 12" refX="4" refY="6" markerWidth="12" markerHeight="12" orient="auto" '
    'markerUnits="userSpaceOnUse"><circle cx="6" cy="6" r="3" fill="#fff" stroke="#5b6776"/></marker>'
    '<marker id="many" viewBox="0 0 12 12" refX="11" refY="6" markerWidth="12" markerHeight="12" orient="auto" '
    'markerUnits="userSpaceOnUse"><path d="M11,1L2,6L11,11M2,6H11" stroke="#5b6776" fill="none"/></marker>'
    "</defs>"
)
