"""The normal form of a table, by the dependencies that are known of it.

Source: Codd, "Further normalization of the data base relational model" (1971) and "Recent investigations in relational
data base systems" (1974): a dependency whose left side is no superkey breaks the second form if its left is a part of
a key and its right is in none, the third if its right is in no key, and Boyce-Codd's in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from lab.model.schema import Table
from lab.normalize.dependencies import Columns, Dependency, candidate_keys, closure, depends, grouped, minimal_cover
from lab.normalize.first_form import Repeated

NormalForm = Literal["none", "1NF", "2NF", "3NF", "BCNF"]
FORMS: tuple[NormalForm, ...] = get_args(NormalForm)


@dataclass(frozen=True, slots=True)
class Offence:
    """A dependency that keeps a table out of a normal form."""

    dependency: Dependency
    breaks: NormalForm


@dataclass(frozen=True, slots=True)
class Judgement:
    form: NormalForm
    keys: tuple[Columns, ...]
    offences: tuple[Offence, ...]
    cover: tuple[Dependency, ...]
    """A minimal cover of all that is known, keys included."""


def key_dependencies(table: Table) -> tuple[Dependency, ...]:
    """What declared keys say: of the primary key, and of unique constraints and indexes that hold no NULL."""
    everything = [column.name for column in table.columns]
    keys = [key.columns for key in table.keys]
    keys += [i.columns for i in table.indexes if i.is_unique and i.where is None and len(i.columns) == len(i.parts)]
    nullable = {column.name for column in table.columns if column.is_nullable} - set(
        table.primary_key.columns if table.primary_key else ()
    )
    return tuple(depends(key, set(everything) - set(key)) for key in dict.fromkeys(keys) if not nullable & set(key))


def judge(columns: Sequence[str], dependencies: Sequence[Dependency], repeated: Sequence[Repeated] = ()) -> Judgement:
    """Judges a table of these columns; keys are dependencies of all columns. Of dependencies that can stand for each
    other the first given is named."""
    cover = minimal_cover(dependencies)
    keys = candidate_keys(columns, cover)
    offences = tuple(_offences(columns, keys, cover))
    broken = {offence.breaks for offence in offences} | {"1NF" for each in repeated if each.is_certain}
    form: NormalForm = next((FORMS[place - 1] for place, form in enumerate(FORMS) if form in broken), "BCNF")
    return Judgement(form, keys, offences, cover)


def _offences(columns: Sequence[str], keys: Sequence[Columns], cover: Sequence[Dependency]) -> Iterator[Offence]:
    everything = frozenset(columns)
    prime = frozenset().union(*keys)
    found: dict[NormalForm, list[Dependency]] = {"2NF": [], "3NF": [], "BCNF": []}
    for each in cover:
        if everything <= closure(each.left, cover):
            continue
        if each.right <= prime:
            found["BCNF"].append(each)
        elif any(each.left < key for key in keys):
            found["2NF"].append(each)
        else:
            found["3NF"].append(each)
    for form, dependencies in found.items():
        for each in grouped(dependencies):
            yield Offence(each, form)
