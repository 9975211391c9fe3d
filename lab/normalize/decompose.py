"""A table into tables of a higher normal form, from which a join makes the table again.

Third normal form keeps every dependency within one table (Bernstein, "Synthesizing third normal form relations from
functional dependencies", 1976). Boyce-Codd's may not be had so: what a key then enforces no more is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.normalize.dependencies import (
    Columns,
    Dependency,
    candidate_keys,
    closure,
    grouped,
    implies,
    minimal_cover,
    project,
)

Target = Literal["3nf", "bcnf"]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the tables: its columns and its keys, the one it is referred to by first."""

    columns: Columns
    keys: tuple[Columns, ...]

    @property
    def key(self) -> Columns:
        return self.keys[0]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """`main` has a row for each row there was, the others one for each value of their key. They are in an order in
    which each can be joined by its key to what stands before it. `lost` are the dependencies no key enforces."""

    main: Part
    others: tuple[Part, ...]
    lost: tuple[Dependency, ...] = ()


def decompose(
    columns: Iterable[str], dependencies: Sequence[Dependency], target: Target, kept: Columns = frozenset()
) -> Decomposition:
    """The parts of a table with these columns. Of keys and left sides that can stand for each other the one given
    first leads. `kept` are columns no part may take away. A table that is in the form already stays one part; for
    Boyce-Codd's, a part is left in third form where a split would take away the key it is joined by."""
    everything = frozenset(columns)
    cover = minimal_cover(dependencies)
    moved = _moved(everything, cover, kept)
    main = _main(everything, moved, cover)
    parts = [each.left | each.right for each in moved]
    parts += [each.left | each.right for each in grouped(_unkept(cover, (main, *parts)))]
    if target == "bcnf":
        main, parts = _refined(main, parts, cover, kept)
    known = _joinable(main, [_part(part, cover) for part in parts])
    return Decomposition(_part(main, cover), known, grouped(_unkept(cover, (main, *parts))))


def _unkept(cover: Sequence[Dependency], parts: Iterable[Columns]) -> list[Dependency]:
    """What does not follow from what holds within the parts."""
    inside = [each for part in parts for each in project(cover, part)]
    return [each for each in cover if not implies(inside, each)]


def _main(everything: Columns, moved: Sequence[Dependency], cover: Sequence[Dependency]) -> Columns:
    """What stays: all that does not move, and what only a key would find again."""
    parts = [each.left | each.right for each in moved]
    inside = [each for each in cover if any(each.left | each.right <= part for part in parts)]
    by_keys = [each.right for each in cover if everything <= closure(each.left, cover)]
    main = everything - frozenset().union(*(each.right for each in moved))
    for right in by_keys:
        if not right <= closure(main, inside):
            main |= right
    return main


def _moved(everything: Columns, cover: Sequence[Dependency], kept: Columns) -> list[Dependency]:
    """For each left side that is no superkey what it determines outside of all keys; left sides that determine each
    other move together, under the first."""
    prime = frozenset().union(*candidate_keys(everything, cover))
    leading: dict[Columns, Columns] = {}
    for each in cover:
        if everything <= closure(each.left, cover) or each.right <= prime | kept:
            continue
        same = (left for left in leading if left <= closure(each.left, cover) and each.left <= closure(left, cover))
        lead = next(same, each.left)
        leading[lead] = leading.get(lead, frozenset()) | each.right | (each.left - lead)
    return [Dependency(left, _by_lead(left, right - left, leading, cover)) for left, right in leading.items()]


def _by_lead(own: Columns, right: Columns, leading: Mapping[Columns, Columns], cover: Sequence[Dependency]) -> Columns:
    """The right side with the leads in place of what determines them as well: an order has its customer's number, and
    not the e-mail address that would do too."""
    for lead, moved in leading.items():
        others = [each.left for each in cover if each.left <= moved & right and lead <= closure(each.left, cover)]
        if lead != own and others and not own & moved:
            right = (right - moved) | lead
    return right


def _refined(
    main: Columns, parts: list[Columns], cover: Sequence[Dependency], kept: Columns
) -> tuple[Columns, list[Columns]]:
    """Splits what is not in Boyce-Codd normal form yet, until all is, or only a split is left that would take away the
    key a part is joined by. Of a part that would have to be split only the columns it adds are needed."""
    done: list[Columns] = []
    known = main
    for part in _joinable(main, [_part(part, cover) for part in parts]):
        columns = part.columns
        if _offence(columns, cover, frozenset()):
            columns = part.key | (columns - known)
        known |= columns
        if columns > part.key:
            rest, split = _split(columns, cover, part.key)
            done += [rest, *split]
    main, split = _split(main, cover, kept)
    done += split
    return main, [part for part in dict.fromkeys(done) if not any(part < other for other in done)]


def _split(part: Columns, cover: Sequence[Dependency], kept: Columns) -> tuple[Columns, list[Columns]]:
    """What is left of a part, and what was split off, each in turn in parts."""
    off: list[Columns] = []
    while offence := _offence(part, cover, kept):
        rest, split = _split(offence.left | offence.right, cover, offence.left)
        off += [rest, *split]
        part -= offence.right
    return part, off


def _offence(part: Columns, cover: Sequence[Dependency], kept: Columns) -> Dependency | None:
    """The one that reaches the fewest columns: what a wider one would split off may hold it."""
    reached = [(each.left, closure(each.left, cover) & part) for each in project(cover, part)]
    wrong = [Dependency(left, all_ - left - kept) for left, all_ in reached if all_ != part and all_ - left - kept]
    return min(wrong, key=lambda each: len(each.left | each.right), default=None)


def _part(columns: Columns, cover: Sequence[Dependency]) -> Part:
    """Keys in the order their left sides are given in."""
    inside = project(cover, columns)
    keys = candidate_keys(columns, inside)
    order = {each.left: place for place, each in reversed(list(enumerate(cover)))}
    return Part(columns, tuple(sorted(keys, key=lambda key: order.get(key, len(order)))))


def _joinable(main: Columns, parts: list[Part]) -> tuple[Part, ...]:
    known, ordered, waiting = main, [], list(parts)
    while waiting:
        place = next(place for place, part in enumerate(waiting) if any(key <= known for key in part.keys))
        part = waiting.pop(place)
        key = next(key for key in part.keys if key <= known)
        ordered.append(Part(part.columns, (key, *(other for other in part.keys if other != key))))
        known |= part.columns
    return tuple(ordered)
