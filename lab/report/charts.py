"""Vega-Lite specifications drawn as SVG once, when the report is written (docs/decisions/005-charts.md).

Colours are CSS variables of the page, so one drawing serves light, dark and print.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import vl_convert

from lab.report import units

INK, MUTED, RULE = "var(--ink)", "var(--muted)", "var(--rule)"
ACCENT, CALM, BASE, TARGET = "var(--accent)", "var(--calm)", "var(--base)", "var(--bad-ink)"

CONFIG: Mapping[str, Any] = {
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 11,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "gridColor": RULE,
    },
}


FRAME: Mapping[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "background": None,
    "padding": {"left": 2, "right": 8, "top": 6, "bottom": 2},
    "config": CONFIG,
}


def specification(layers: Sequence[Mapping[str, Any]], width: int, height: int) -> dict[str, Any]:
    """A layered Vega-Lite 5 chart in the report's style; width and height of the plot in pixels."""
    return {**FRAME, "width": width, "height": height, "layer": list(layers)}


def stacked(parts: Sequence[Mapping[str, Any]], spacing: int) -> dict[str, Any]:
    """Charts above one another, in the report's style, each with its own width, height and layers."""
    return {**FRAME, "vconcat": list(parts), "spacing": spacing}


def draw(spec: Mapping[str, Any], alt: str, name: str) -> str:
    """The chart as an inline SVG element. Marks with a description get it as a tooltip; `name`, unique in the
    page, keeps ids of different charts apart."""
    svg = _compact(vl_convert.vegalite_to_svg(dict(spec)))
    svg = re.sub(r"<(path|line)( aria-label=\"([^\"]+)\"[^>]*?)/>", r"<\1\2><title>\3</title></\1>", svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg).replace("url(#", f"url(#{name}-")
    svg = re.sub(r'(width="(\d+)" height="\d+")', r'\1 style="max-width:\2px"', svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1)


def _compact(svg: str) -> str:
    """Without what a page does not need: a tenth of a pixel is precise enough, fonts come from its style."""
    svg = re.sub(r' (font-family|aria-roledescription|pointer-events|stroke-miterlimit|class)="[^"]*"', "", svg)
    svg = (
        svg.replace(' opacity="1"', "")
        .replace(' role="graphics-object"', "")
        .replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    )
    svg = re.sub(r'<path aria-hidden="true" d="[^"]*"( display="none")?/>', "", svg)
    return re.sub(r' (d|transform|x2|y2)="[^"]*"', lambda found: re.sub(r"\d+\.\d+", _tenths, found.group()), svg)


def _tenths(number: re.Match[str]) -> str:
    return f"{float(number.group()):.1f}".removesuffix(".0")


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Ticks 1, 2, 5 of each decade in [low, high]; only the decades, or every other, when that is too many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps, every in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
        ticks = [step * 10.0**decade for decade in decades if decade % every == 0 for step in steps]
        inside = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(inside) <= most:
            return inside
    return inside


def labelled_axis(ticks: Sequence[float], words: Callable[[float], str], **options: Any) -> dict[str, Any]:
    """An axis with a label of ours at each tick; labels are looked up by position, as Vega formats no units."""
    choices = [
        f"abs(datum.value - {tick!r}) <= {abs(tick) * 1e-6!r} ? {_quoted(units.tick(words(tick)))}" for tick in ticks
    ]
    expression = " : ".join([*choices, "''"])
    return {"values": list(ticks), "labelExpr": expression, "title": None, **options}


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
