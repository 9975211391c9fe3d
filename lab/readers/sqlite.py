"""SQL of SQLite: definitions are run in a database in memory, by SQLite itself, and that is read.

Rows are not written, other files are not attached, and nothing of the script but its definitions runs.
Source: SQLite's manual, "Command Line Shell For SQLite" for what a dump holds.
"""

from __future__ import annotations

import re
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.errors import LabError
from lab.model.schema import Index, Loss, Position, Schema, Table
from lab.readers.live.sqlite import SHADOWS, read_connection
from lab.readers.sqlite_text import Piece, definitions, pieces

_QUIET = frozenset("PRAGMA BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE ANALYZE VACUUM REINDEX SELECT EXPLAIN".split())
_ROWS = frozenset("INSERT REPLACE UPDATE DELETE WITH VALUES".split())
_NEAR = re.compile(r'near "(.*?)": syntax error|no such \w+: (\S+)|duplicate column name: (\S+)|unknown column "(.*?)"')
_INCLUDES = (".read", ".open", ".import", ".restore")


@dataclass(slots=True)
class _Script:
    """A file, and where in it each thing was made."""

    file: str
    text: str
    line_starts: list[int]
    places: dict[tuple[str, str], Position] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)

    def position(self, offset: int) -> Position:
        line = bisect_right(self.line_starts, offset)
        return Position(self.file, line, offset - self.line_starts[line - 1] + 1)

    def lose_once(self, what: str, consequence: str, offset: int) -> None:
        if all(loss.what != what for loss in self.losses):
            self.losses.append(Loss(what, consequence, self.position(offset)))


def read(texts: list[tuple[Path, str]]) -> Schema:
    """The schema one file describes. Raises LabError with file and line where SQLite refuses a statement."""
    path, text = texts[0]
    script = _Script(str(path), text, [0, *(found.end() for found in re.finditer("\n", text))])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.set_authorizer(_judge)
        for statement in _statements(script):
            _run(statement, script, connection)
        schema = read_connection(connection)
    return _placed(schema, script)


def _judge(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH) else sqlite3.SQLITE_OK


def _statements(script: _Script) -> Iterator[list[Piece]]:
    """Each statement's pieces; a trigger's body is one with it."""
    found: list[Piece] = []
    for piece in pieces(script.text):
        if piece.is_command and not found:
            _judge_command(piece.text, piece.start, script)
            continue
        found.append(piece)
        if piece.text == ";" and sqlite3.complete_statement(script.text[found[0].start : piece.end]):
            if len(found) > 1:
                yield found[:-1]
            found = []
    if found:
        yield found


def _judge_command(command: str, offset: int, script: _Script) -> None:
    if command.split()[0] in _INCLUDES:
        raise LabError(
            f"{script.position(offset)}: {command.strip()} reads another file", "put that file's text here instead"
        )


def _run(statement: list[Piece], script: _Script, connection: sqlite3.Connection) -> None:
    verb, start = statement[0].text.upper(), statement[0].start
    if verb in _ROWS:
        script.lose_once("statements that write rows", "not run: the lab makes its own rows", start)
        return
    if verb in _QUIET or verb in ("ATTACH", "DETACH"):
        return
    if [piece.text.upper() for piece in statement[:2]] == ["CREATE", "VIRTUAL"]:
        name = next(piece for piece in statement[3:] if piece.text.upper() not in ("IF", "NOT", "EXISTS"))
        script.losses.append(Loss(f"virtual table {name.name}", "left out: it is SQLite's own", script.position(start)))
        return
    end = statement[-1].end
    try:
        connection.execute(script.text[start:end])
    except sqlite3.Error as error:
        raise _refused(error, statement, script) from error
    _note(statement, script)


def _refused(error: sqlite3.Error, statement: list[Piece], script: _Script) -> LabError:
    """At the word SQLite names, if it names one."""
    found = _NEAR.search(str(error))
    named = next((group for group in found.groups() if group), "") if found else ""
    places = [piece.start for piece in statement if named and piece.name.lower() == named.lower()]
    place = places[0] if places else statement[0].start
    at = script.position(place)
    return LabError(
        f"{at.file}:{at.line}:{at.column}: {error}",
        "the mistake is there or just before; the file was taken as SQLite's: --dialect says otherwise",
    )


def _note(statement: list[Piece], script: _Script) -> None:
    """Where a table, its columns, an index, a view or a trigger was made."""
    words = [piece.text.upper() for piece in statement]
    at = script.position(statement[0].start)
    kind = next((word for word in words[:4] if word in ("TABLE", "INDEX", "VIEW", "TRIGGER")), "")
    if words[0] == "CREATE" and kind:
        number = words.index(kind) + 1
        number += 3 if words[number] == "IF" else 0
        if words[number + 1 : number + 2] == ["."]:
            number += 2
        name = statement[number].name.lower()
        script.places.setdefault((kind, name), at)
        if kind == "TABLE":
            start = statement[0].start
            for made in definitions(script.text[start : statement[-1].end]):
                script.places.setdefault((name, made.name.lower()), script.position(start + made.start))
    elif words[:2] == ["ALTER", "TABLE"] and "ADD" in words:
        number = words.index("ADD") + 1
        number += words[number] == "COLUMN"
        script.places.setdefault((statement[2].name.lower(), statement[number].name.lower()), at)
    elif words[:2] == ["ALTER", "TABLE"] and words[3:5] == ["RENAME", "TO"]:
        old, new = statement[2].name.lower(), statement[5].name.lower()
        moved = {
            (new if owner == old else owner, new if name == old else name): place
            for (owner, name), place in script.places.items()
            if owner == old or (owner, name) == ("TABLE", old)
        }
        script.places.update(moved)


def _placed(schema: Schema, script: _Script) -> Schema:
    """With the places in the file."""
    virtual = [loss.what.split()[-1] for loss in script.losses if loss.what.startswith("virtual table")]
    shadows = {f"{name}_{part}" for name in virtual for part in SHADOWS}
    kept = [table for table in schema.tables if table.name not in shadows]
    losses = [*script.losses, *(_placed_loss(loss, script) for loss in schema.losses)]
    losses.sort(key=lambda loss: loss.position.line if loss.position else 0)
    return replace(schema, tables=tuple(_placed_table(table, script) for table in kept), losses=tuple(losses))


def _placed_loss(loss: Loss, script: _Script) -> Loss:
    kind, _, name = loss.what.rpartition(" ")
    owner, _, column = name.lower().partition(".")
    places = (script.places.get((kind.upper(), name.lower())), script.places.get((owner, column)))
    if foreign := re.match(r"foreign key \(([^,)]+).*\) of (.+)", loss.what):
        places = (script.places.get((foreign[2].lower(), foreign[1].lower())), None)
    found = next((place for place in (*places, script.places.get(("TABLE", owner))) if place), None)
    return replace(loss, position=found)


def _placed_table(table: Table, script: _Script) -> Table:
    own = table.name.lower()
    at = script.places.get(("TABLE", own))

    def index(found: Index) -> Index:
        return replace(found, position=script.places.get(("INDEX", found.name.lower()), at))

    return replace(
        table,
        position=at,
        columns=tuple(replace(c, position=script.places.get((own, c.name.lower()), at)) for c in table.columns),
        primary_key=table.primary_key and replace(table.primary_key, position=at),
        uniques=tuple(
            replace(key, position=script.places.get((own, key.columns[0].lower()), at)) for key in table.uniques
        ),
        foreign_keys=tuple(
            replace(key, position=script.places.get((own, key.columns[0].lower()), at)) for key in table.foreign_keys
        ),
        checks=tuple(replace(check, position=at) for check in table.checks),
        indexes=tuple(map(index, table.indexes)),
    )
