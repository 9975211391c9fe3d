"""One table: its keys, what is declared of it and what its rows say -> its normal form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb

import pyarrow as pa
import pyarrow.compute as pc

from lab.model.schema import Column, Table
from lab.normalize.codes import Coded, code
from lab.normalize.declared import Declared
from lab.normalize.dependencies import Columns, Dependency, closure, depends
from lab.normalize.evidence import Evidence, Scales
from lab.normalize.first_form import Repeated, repeated_values
from lab.normalize.judge import Judgement, judge, key_dependencies
from lab.normalize.mine import MOST_LEFT, Mined, mine
from lab.normalize.snapshots import snapshot_reason

NEARLY = 0.01
"""A dependency nearly holds when this share of the rows with company, at most, contradicts it."""
WIDE = 24
"""From so many columns on, left sides of two columns at most are looked at."""
_NO_DETERMINANTS = (
    "real",
    "double precision",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "interval",
    "json",
    "jsonb",
    "xml",
    "bytea",
    "boolean",
    "tsvector",
    "money",
)
_LONGEST_NAME = 48.0


@dataclass(frozen=True, slots=True)
class Known:
    """A dependency, of one column on the right if it was found in rows; where it was declared, or its evidence, or
    both; and why it may be a snapshot, which does not count."""

    dependency: Dependency
    declared_at: str = ""
    evidence: tuple[Evidence, ...] = ()
    """For each column on the right, by name."""
    snapshot: str = ""
    values: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Of what contradicts it: pairs of rows, the values of left and right sides by name."""

    @property
    def violations(self) -> int:
        return max((each.violations for each in self.evidence), default=0)

    @property
    def stray_rows(self) -> int:
        return max((each.stray_rows for each in self.evidence), default=0)


@dataclass(frozen=True, slots=True)
class TableVerdict:
    """The verdict on a table. `known` are the dependencies it is judged by, keys apart; `nearly` hold but for some
    rows; `snapshots` are held for deliberate. `rows` is how many were looked at, None when there were none."""

    table: Table
    judgement: Judgement
    known: tuple[Known, ...]
    nearly: tuple[Known, ...] = ()
    snapshots: tuple[Known, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    rows: int | None = None
    found_keys: tuple[Columns, ...] = ()
    """Of a table that declares none: what is unique in its rows."""
    is_narrowed: bool = False
    """Whether, for the table's width, not all left sides of three columns were looked at."""
    is_cut: bool = False
    """Whether the table has more rows than were looked at, for all that is known."""
    refuted: tuple[Dependency, ...] = ()
    """What those rows say, and the rest of the table contradicts."""
    unasked: tuple[Dependency, ...] = ()
    """What those rows say, and the rest was not asked about."""

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """All that is known, keys first."""
        everything = [column.name for column in self.table.columns]
        found = [depends(key, set(everything) - key) for key in self.found_keys]
        return (*key_dependencies(self.table), *found, *(each.dependency for each in self.known))


def examine(table: Table, said: Sequence[Declared] = (), rows: pa.Table | None = None) -> TableVerdict:
    """Judges a table by its declared keys and dependencies, and by rows where there are any; `rows` has a column for
    each of the table's that was read."""
    names = [column.name for column in table.columns]
    coded = {name: code(rows.column(name)) for name in names if rows is not None and name in rows.column_names}
    judged = [column for column in table.columns if column.generated is None and column.name in coded]
    mined = _mined(table, judged, coded, rows) if rows is not None and rows.num_rows else Mined((), (), frozenset())
    keys = key_dependencies(table)
    found_keys = () if keys or rows is None else _likely_keys(table, mined.keys)
    scales = Scales(coded, _tried(len(judged)))
    own = [_declared(each, scales, coded, rows) for each in said]
    asserted = [*keys, *(depends(key, set(names) - key) for key in found_keys), *(each.dependency for each in own)]
    found, snapshots = _found(table, mined, scales, asserted)
    known = sorted([*own, *found], key=lambda each: _rank(table, each))
    repeated = repeated_values(table, rows)
    verdict = TableVerdict(
        table,
        judge(names, asserted, repeated),
        tuple(known),
        tuple(_nearly(mined, scales, [*asserted, *(each.dependency for each in found)], rows)),
        tuple(snapshots),
        repeated,
        None if rows is None else rows.num_rows,
        found_keys,
        len(judged) > WIDE,
    )
    return replace(verdict, judgement=judge(names, verdict.dependencies, repeated))


def without(verdict: TableVerdict, refuted: Sequence[Dependency]) -> TableVerdict:
    """Judged again, by what the rows beyond those looked at do not contradict."""
    known = tuple(each for each in verdict.known if each.declared_at or each.dependency not in refuted)
    kept = replace(verdict, known=known, refuted=tuple(refuted))
    names = [column.name for column in verdict.table.columns]
    return replace(kept, judgement=judge(names, kept.dependencies, kept.repeated))


def _mined(table: Table, judged: Sequence[Column], coded: Mapping[str, Coded], rows: pa.Table) -> Mined:
    lefts = [column.name for column in judged if _may_determine(table, column, rows)]
    most_left = MOST_LEFT if len(judged) <= WIDE else 2
    return mine({column.name: coded[column.name] for column in judged}, lefts, most_left, NEARLY)


def _may_determine(table: Table, column: Column, rows: pa.Table) -> bool:
    """Whether it may name a thing: no measure, moment, document or long text does, unless it is part of a key."""
    if any(column.name in key.columns for key in table.keys):
        return True
    has_fraction = column.type.name == "numeric" and (len(column.type.arguments) != 2 or column.type.arguments[1] > 0)
    if column.type.dimensions or column.type.name in _NO_DETERMINANTS or has_fraction:
        return False
    values = rows.column(column.name).slice(0, 10_000)
    if not pa.types.is_string(values.type):
        return True
    return float(pc.mean(pc.utf8_length(values)).as_py() or 0.0) <= _LONGEST_NAME


def _tried(columns: int) -> int:
    """How many dependencies there are to be tried."""
    return sum(comb(columns, size) for size in range(1, MOST_LEFT + 1)) * max(columns - 1, 1)


def _likely_keys(table: Table, keys: Sequence[Columns]) -> tuple[Columns, ...]:
    """The unique sets of the fewest columns; of several the one whose columns stand first."""
    order = {column.name: place for place, column in enumerate(table.columns)}
    return tuple(sorted(keys, key=lambda key: (len(key), sorted(order[name] for name in key)))[:1])


def _declared(said: Declared, scales: Scales, coded: Mapping[str, Coded], rows: pa.Table | None) -> Known:
    dependency = said.dependency
    if rows is None or not dependency.left | dependency.right <= coded.keys():
        return Known(dependency, said.where)
    evidence = tuple(scales.weigh(depends(dependency.left, [name])) for name in sorted(dependency.right))
    return _with_values(Known(dependency, said.where, evidence), rows)


def _found(
    table: Table, mined: Mined, scales: Scales, asserted: Sequence[Dependency]
) -> tuple[list[Known], list[Known]]:
    """What the rows convince of and is not known already; and what is held for a snapshot."""
    everything = {column.name for column in table.columns}
    found: list[Known] = []
    snapshots: list[Known] = []
    for each in sorted(mined.dependencies, key=lambda each: (len(each.left), sorted(each.left))):
        reached = closure(each.left, asserted)
        if everything <= reached or each.right <= reached:
            continue
        evidence = scales.weigh(each)
        if evidence.is_convincing:
            known = Known(each, evidence=(evidence,), snapshot=snapshot_reason(table, each))
            (snapshots if known.snapshot else found).append(known)
    return found, snapshots


def _nearly(mined: Mined, scales: Scales, asserted: Sequence[Dependency], rows: pa.Table | None) -> Iterator[Known]:
    for each in sorted(mined.nearly, key=lambda each: (len(each.left), sorted(each.left))):
        if rows is None or each.right <= closure(each.left, asserted):
            continue
        evidence = scales.weigh(each)
        if evidence.is_nearly_convincing:
            yield _with_values(Known(each, evidence=(evidence,)), rows)


def _with_values(known: Known, rows: pa.Table) -> Known:
    """With the rows that contradict it spelled out."""
    evidence = next((each for each in known.evidence if each.examples), None)
    if evidence is None:
        return known
    names = (*sorted(known.dependency.left), *sorted(known.dependency.right))
    pairs = tuple(tuple(_spelled(rows, names, row) for row in pair) for pair in evidence.examples)
    return replace(known, values=tuple((one, other) for one, other in pairs))


def _spelled(rows: pa.Table, names: Sequence[str], row: int) -> tuple[str, ...]:
    values = (rows.column(name)[row].as_py() for name in names)
    return tuple("NULL" if value is None else str(value) for value in values)


def _rank(table: Table, known: Known) -> tuple[bool, bool, int, bool, list[int]]:
    """What leads: what is declared, references, few columns, numbers before texts, the order of the table."""
    left = known.dependency.left
    columns = [place for place, column in enumerate(table.columns) if column.name in left]
    references = [set(key.columns) for key in table.foreign_keys]
    is_text = any(table.columns[place].type.name in ("text", "varchar", "char", "citext") for place in columns)
    return (not known.declared_at, set(left) not in references, len(left), is_text, columns)
