"""The algebra of functional dependencies: closure, minimal cover, candidate keys.

Sources: Armstrong, "Dependency structures of data base relationships" (1974); Maier, "The Theory of Relational
Databases" (1983), chapters 4 to 6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

Columns = frozenset[str]
_MOST_KEYS = 64


@dataclass(frozen=True, slots=True)
class Dependency:
    """`left -> right`: rows that agree in all of `left` agree in all of `right`."""

    left: Columns
    right: Columns

    def __str__(self) -> str:
        return f"{', '.join(sorted(self.left))} -> {', '.join(sorted(self.right))}"


def depends(left: Iterable[str], right: Iterable[str]) -> Dependency:
    return Dependency(frozenset(left), frozenset(right))


def closure(columns: Iterable[str], dependencies: Sequence[Dependency]) -> Columns:
    """All the columns that these determine."""
    known = set(columns)
    waiting = list(dependencies)
    while True:
        fired = [each for each in waiting if each.left <= known]
        if not fired:
            return frozenset(known)
        waiting = [each for each in waiting if not each.left <= known]
        for each in fired:
            known |= each.right


def implies(dependencies: Sequence[Dependency], wanted: Dependency) -> bool:
    return wanted.right <= closure(wanted.left, dependencies)


def minimal_cover(dependencies: Sequence[Dependency]) -> tuple[Dependency, ...]:
    """An equivalent set, each of one column on the right, without a column or a dependency to spare. Of two that can
    stand for each other the one given first is kept."""
    single = [depends(each.left, [column]) for each in dependencies for column in sorted(each.right - each.left)]
    reduced = list(dict.fromkeys(_without_extra_columns(each, single) for each in single))
    for each in reversed(list(reduced)):
        others = [other for other in reduced if other != each]
        if implies(others, each):
            reduced = others
    return tuple(reduced)


def _without_extra_columns(dependency: Dependency, dependencies: Sequence[Dependency]) -> Dependency:
    left = dependency.left
    for column in sorted(left):
        if len(left) > 1 and dependency.right <= closure(left - {column}, dependencies):
            left -= {column}
    return Dependency(left, dependency.right)


def grouped(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Dependencies of the same left side as one."""
    rights: dict[Columns, Columns] = {}
    for each in dependencies:
        rights[each.left] = rights.get(each.left, frozenset()) | each.right
    return tuple(Dependency(left, right) for left, right in rights.items())


def candidate_keys(columns: Collection[str], dependencies: Sequence[Dependency]) -> tuple[Columns, ...]:
    """The minimal sets that determine all columns, the smallest first; at most 64.

    Each key is reduced from a superkey, and each dependency tried on each key gives further superkeys (Lucchesi and
    Osborn, "Candidate keys for relations", 1978).
    """
    everything = frozenset(columns)
    keys = [_reduced(everything, everything, dependencies)]
    for key in keys:
        for each in dependencies:
            wider = each.left | (key - each.right)
            if len(keys) < _MOST_KEYS and not any(known <= wider for known in keys):
                keys.append(_reduced(wider, everything, dependencies))
    return tuple(sorted(keys, key=lambda key: (len(key), sorted(key))))


def _reduced(superkey: Columns, everything: Columns, dependencies: Sequence[Dependency]) -> Columns:
    for column in sorted(superkey):
        if everything <= closure(superkey - {column}, dependencies):
            superkey -= {column}
    return superkey


def project(dependencies: Sequence[Dependency], columns: Columns) -> tuple[Dependency, ...]:
    """What holds among these columns alone. Only left sides made up of those that are given are looked at, one or
    two at a time: a set of all subsets would be exponential in the number of columns."""
    lefts = _lefts(dependencies, columns)
    found = [Dependency(left, (closure(left, dependencies) & columns) - left) for left in lefts]
    return minimal_cover([each for each in found if each.right])


def _lefts(dependencies: Sequence[Dependency], columns: Columns) -> Iterator[Columns]:
    own = [each.left for each in dependencies if each.left <= columns]
    replaced = [
        frozenset((each.left - other.right) | other.left)
        for each in dependencies
        for other in dependencies
        if each.left & other.right
    ]
    both = [one | two for one, two in combinations(own, 2)]
    yield from dict.fromkeys(left for left in (*own, *replaced, *both) if left <= columns)
