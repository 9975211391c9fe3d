"""Where to write the names of points, so that none covers another name, a point or a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

LETTER_WIDTH, LINE_HEIGHT = 7.0, 14.0
POINT_RADIUS, GAP = 6.0, 9.0
REACHES = (0.0, 16.0, 32.0, 48.0, 64.0)


class Box(NamedTuple):
    """In pixels; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Square pixels both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def area_outside(self, frame: Box) -> float:
        return (self.right - self.left) * (self.bottom - self.top) - self.overlap(frame)


def place_names(
    points: Sequence[tuple[float, float]], names: Sequence[str], frame: Box, obstacles: Iterable[Box] = ()
) -> list[Box]:
    """A box for each name, near its point (pixels) and inside the frame: of some forty places around the point the
    one that covers least, nearer ones first."""
    taken = [Box(x - POINT_RADIUS, y - POINT_RADIUS, x + POINT_RADIUS, y + POINT_RADIUS) for x, y in points]
    taken += obstacles
    placed = []
    for (x, y), name in zip(points, names, strict=True):
        best = min(_candidates(x, y, len(name) * LETTER_WIDTH), key=lambda found: _cost(found, taken, frame))
        placed.append(best[1])
        taken.append(best[1])
    return placed


def _candidates(x: float, y: float, width: float) -> Iterable[tuple[float, Box]]:
    """(distance, box) pairs around a point."""
    half = LINE_HEIGHT / 2
    for reach in REACHES:
        for left in (x + GAP, x - GAP - width, x - width / 2):
            is_centred = left == x - width / 2
            for shift in {reach + (GAP + 4 if is_centred else 0), -reach - (GAP + 4 if is_centred else 0)}:
                box = Box(left, y + shift - half, left + width, y + shift + half)
                yield abs(shift) + (4 if is_centred else 0) + (1 if left < x else 0), box


def _cost(candidate: tuple[float, Box], taken: Sequence[Box], frame: Box) -> float:
    distance, box = candidate
    return distance + 0.6 * sum(box.overlap(other) for other in taken) + 3 * box.area_outside(frame)
