"""Columns that move to another table, one row for one row: both places are kept equal until the old one goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.engines.ddl import qualified
from lab.engines.engine import quote, quote_all
from lab.migrate.changes import MoveColumn
from lab.migrate.postgres import backfill
from lab.migrate.postgres.columns import sync_name
from lab.migrate.postgres.words import DEFINER, exclusive, in_space, way, writes_wait
from lab.migrate.step import Step, step
from lab.model.schema import Schema, Table


@dataclass(frozen=True, slots=True)
class Move:
    """`link` and `pairs` name columns of the giver and of the taker. The taker refers to the giver when it
    `is_child`: then a row is made in it for each of the giver's; otherwise its rows are there."""

    giver: Table
    taker: Table
    link: tuple[tuple[str, str], ...]
    pairs: tuple[tuple[str, str], ...]
    is_child: bool

    @property
    def back(self) -> Move:
        link, pairs = ([(theirs, ours) for ours, theirs in found] for found in (self.link, self.pairs))
        return Move(self.taker, self.giver, tuple(link), tuple(pairs), not self.is_child)


def grouped(changes: Sequence[MoveColumn]) -> list[Move]:
    found: dict[tuple[str, str], list[MoveColumn]] = {}
    for change in changes:
        found.setdefault((change.source.name, change.target.name), []).append(change)
    moves = []
    for group in found.values():
        first = group[0]
        is_child = any(key.table == first.source.name for key in first.target.foreign_keys)
        pairs = tuple((change.column.name, change.new.name) for change in group)
        moves.append(Move(first.source, first.target, first.link, pairs, is_child))
    return moves


def sync_steps(move: Move) -> list[Step]:
    title = f"keep {move.giver.name} and {move.taker.name} equal"
    up, down = [], []
    for each in (move, move.back):
        name = sync_name(f"move_to_{each.taker.name}", each.giver)
        up += [_function(each, name), _trigger(each, name)]
        down += [
            f"DROP TRIGGER IF EXISTS {quote(name)} ON {qualified(each.giver)}",
            f"DROP FUNCTION IF EXISTS {in_space(each.giver, name)}()",
        ]
    child = move if move.is_child else move.back
    name = sync_name("drop_from_" + child.taker.name, child.giver)
    up += [_deleting(child, name)]
    up += [_trigger(child, name, "BEFORE DELETE")]
    down += [
        f"DROP TRIGGER IF EXISTS {quote(name)} ON {qualified(child.giver)}",
        f"DROP FUNCTION IF EXISTS {in_space(child.giver, name)}()",
    ]
    locks = (move.giver, move.taker)
    return [step(title, way(writes_wait(*locks), *up), way(exclusive(*locks), *down))]


def _function(move: Move, name: str) -> str:
    body = _upsert(move, "VALUES (" + ", ".join(f"NEW.{quote(ours)}" for ours, _ in (*move.link, *move.pairs)) + ")")
    if not move.is_child:
        body = _update(move, "NEW", "")
    return (
        f"CREATE FUNCTION {in_space(move.giver, name)}() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $lab$\n"
        f"BEGIN\n  {body};\n  RETURN NULL;\nEND $lab$"
    )


def _deleting(child: Move, name: str) -> str:
    """The child's row goes with its parent's, of which alone the old application knows."""
    match = " AND ".join(f"{quote(theirs)} = OLD.{quote(ours)}" for ours, theirs in child.link)
    return (
        f"CREATE FUNCTION {in_space(child.giver, name)}() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $lab$\n"
        f"BEGIN\n  DELETE FROM {qualified(child.taker)} WHERE {match};\n  RETURN OLD;\nEND $lab$"
    )


def _trigger(move: Move, name: str, when: str = "AFTER INSERT OR UPDATE") -> str:
    return (
        f"CREATE TRIGGER {quote(name)} {when} ON {qualified(move.giver)} "
        f"FOR EACH ROW EXECUTE FUNCTION {in_space(move.giver, name)}()"
    )


def _upsert(move: Move, rows: str) -> str:
    link, pairs = ([theirs for _, theirs in found] for found in (move.link, move.pairs))
    sets = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in pairs)
    differ = " OR ".join(f"lab_row.{quote(name)} IS DISTINCT FROM EXCLUDED.{quote(name)}" for name in pairs)
    return (
        f"INSERT INTO {qualified(move.taker)} AS lab_row ({quote_all([*link, *pairs])}) {rows}\n"
        f"  ON CONFLICT ({quote_all(link)}) DO UPDATE SET {sets} WHERE {differ}"
    )


def _update(move: Move, row: str, source: str) -> str:
    sets = ", ".join(f"{quote(theirs)} = {row}.{quote(ours)}" for ours, theirs in move.pairs)
    match = " AND ".join(f"lab_row.{quote(theirs)} = {row}.{quote(ours)}" for ours, theirs in move.link)
    differ = " OR ".join(f"lab_row.{quote(theirs)} IS DISTINCT FROM {row}.{quote(ours)}" for ours, theirs in move.pairs)
    return f"UPDATE {qualified(move.taker)} lab_row SET {sets} {source}WHERE {match} AND ({differ})"


def copy_steps(move: Move, schema: Schema) -> list[Step]:
    """The giver's rows, batch by batch, into the taker."""
    key = backfill.row_key(move.giver)
    title = f"copy {', '.join(ours for ours, _ in move.pairs)} of {move.giver.name} to {move.taker.name}"
    values = quote_all([ours for ours, _ in (*move.link, *move.pairs)])

    def change(span: str) -> str:
        if move.is_child:
            rows = f"SELECT {values} FROM {qualified(move.giver)} WHERE {span} FOR SHARE"
            return _upsert(move, f"SELECT * FROM ({rows}) lab_source")
        return _update(move, "lab_source", f"FROM (SELECT * FROM {qualified(move.giver)} WHERE {span}) lab_source ")

    assert key is not None
    return [step(title, backfill.by_key(title, move.giver, key, schema, change))]
