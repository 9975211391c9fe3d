"""Where the tables of each group stand, and how lines between them run: Graphviz's `dot` places boxes of known size.

Only positions are taken from it, so that no font of the machine's has a say.
"""

from __future__ import annotations

import math
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

POINTS = 72.0
"""Of an inch, which is what Graphviz counts in."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A graph that was laid out, in points, y pointing down. Boxes by their upper left corner; of a line, the control
    points of a B-spline, from its tail to its head."""

    width: float
    height: float
    boxes: Mapping[str, Point]
    lines: Mapping[tuple[str, str], tuple[Point, ...]]


def place(
    graphs: Sequence[tuple[Mapping[str, tuple[float, float]], Sequence[tuple[str, str]]]],
) -> list[Placed]:
    """Lays out several graphs at once, each of boxes (width and height in points) and lines between them. Raises
    LabError without Graphviz."""
    texts = [_dot(boxes, lines) for boxes, lines in graphs]
    answer = subprocess.run(
        [_program(), "-Kdot", "-Tplain"], input="\n".join(texts), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise LabError(f"Graphviz could not place the tables: {reason}", "pip install --upgrade graphviz-pure")
    parts = answer.stdout.split("stop\n")[: len(graphs)]
    return [_placed(part, boxes) for part, (boxes, _) in zip(parts, graphs, strict=True)]


def _program() -> str:
    """The one that came with the lab, or else any."""
    own = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
    found = shutil.which(own) or shutil.which("graphviz-pure") or shutil.which("dot")
    if found is None:
        raise LabError("Graphviz is not here", "pip install graphviz-pure")
    return found


def _dot(boxes: Mapping[str, tuple[float, float]], lines: Sequence[tuple[str, str]]) -> str:
    numbers = {name: number for number, name in enumerate(boxes)}
    nodes = (
        f"n{numbers[name]} [width={width / POINTS:.4f}, height={height / POINTS:.4f}];"
        for name, (width, height) in boxes.items()
    )
    edges = [f"n{numbers[parent]} -> n{numbers[child]};" for child, parent in lines]
    edges += () if lines else _grid(len(boxes))
    settings = 'rankdir=LR; nodesep=0.35; ranksep=0.75; node [shape=box, fixedsize=true, label=""]; edge [dir=none];'
    return f"digraph {{ {settings}\n{' '.join(nodes)}\n{' '.join(edges)} }}"


def _grid(count: int) -> list[str]:
    """Edges nobody sees, which put boxes without lines into rows instead of one column."""
    side = math.ceil(math.sqrt(count))
    return [f"n{n} -> n{n + 1} [style=invis];" for n in range(count - 1) if (n + 1) % side]


def _placed(text: str, boxes: Mapping[str, tuple[float, float]]) -> Placed:
    names = list(boxes)
    width = height = 0.0
    corners: dict[str, Point] = {}
    splines: dict[tuple[str, str], tuple[Point, ...]] = {}
    for line in text.splitlines():
        words = shlex.split(line)
        if words[:1] == ["graph"]:
            width, height = float(words[2]) * POINTS, float(words[3]) * POINTS
        elif words[:1] == ["node"]:
            name = names[int(words[1][1:])]
            x, y = float(words[2]) * POINTS, height - float(words[3]) * POINTS
            corners[name] = x - boxes[name][0] / 2, y - boxes[name][1] / 2
        elif words[:1] == ["edge"] and words[-2] != "invis":
            parent, child = names[int(words[1][1:])], names[int(words[2][1:])]
            numbers = [float(word) * POINTS for word in words[4 : 4 + 2 * int(words[3])]]
            splines[child, parent] = tuple((x, height - y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    return Placed(width, height, corners, splines)
