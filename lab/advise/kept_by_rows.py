"""A summary kept by triggers that fire for each changed row, as MySQL, MariaDB and SQLite have them.

The row stands in its table's place in the summary's query, so that what it contributes is joined with the other tables
as they are. Rows that a foreign key's action changes are the trouble: InnoDB tells no trigger of them (MySQL manual,
15.1.20.5 "FOREIGN KEY Constraints"), and SQLite fires one when the parent is gone already. So a trigger BEFORE the
parent goes does what the action would do, one statement earlier; and a parent whose key is changed has the summary made
anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from lab.advise.queries import identifier
from lab.advise.scripts import named
from lab.advise.summaries import COUNT, Summary
from lab.model.schema import ForeignKey, Schema, Table

_CASCADING = ("cascade", "set null", "set default")
_Taken = dict[str, list[tuple[Table, ForeignKey]]]
"""By parent, the children whose rows change with its own."""


def obstacle(summary: Summary, schema: Schema) -> str:
    """Why it cannot be kept; empty when it can."""
    twice = next((table for table, count in summary.tables.items() if count > 1), None)
    if twice:
        return f"{twice} is joined with itself: what a row of it contributes cannot be told from the row"
    for parent, taken in _taken(summary, schema).items():
        for child, key in taken:
            if child.name == parent:
                return f"rows of {parent} take others of {parent} with them, which no trigger of it may do"
            if key.on_delete == "set default":
                return f"rows of {child.name} get a default when one of {parent} goes, and no trigger hears of it"
    return ""


def up(summary: Summary, schema: Schema) -> Iterator[str]:
    yield f"CREATE TABLE {summary.quote(summary.name)} AS\n{summary.rows()};"
    yield _key(summary)
    rebuilt = _rebuilt(summary, schema)
    for table in summary.tables:
        yield _trigger(summary, table, "insert", "AFTER INSERT", [_added(summary, table, "NEW", "")])
        yield _trigger(summary, table, "delete", "AFTER DELETE", _removed(summary, table))
        yield _on_update(summary, table, rebuilt.get(table, ()))
    for table, columns in rebuilt.items():
        yield _trigger(
            summary, table, "key", "AFTER UPDATE", _made_anew(summary), _differs(summary, columns), tuple(columns)
        )
    for parent, taken in _taken(summary, schema).items():
        yield _trigger(summary, parent, "before", "BEFORE DELETE", [_before(summary, *each) for each in taken])


def down(summary: Summary, schema: Schema) -> Iterator[str]:
    names = [(table, event) for table in summary.tables for event in ("insert", "delete", "update")]
    names += [(table, "key") for table in _rebuilt(summary, schema)]
    names += [(table, "before") for table in _taken(summary, schema)]
    yield from (f"DROP TRIGGER {_name(summary, table, event)};" for table, event in names)
    yield f"DROP TABLE {summary.quote(summary.name)};"


def _key(summary: Summary) -> str:
    name, keys = summary.quote(summary.name), summary.listed(summary.key_names)
    if summary.dialect == "mysql":
        return f"ALTER TABLE {name} ADD PRIMARY KEY ({keys});"
    return f"CREATE UNIQUE INDEX {named(summary.name, 'key')} ON {name} ({keys});"


def _taken(summary: Summary, schema: Schema) -> _Taken:
    """Directly or not: a parent that goes with its own parent takes its children along."""
    needed, found = list(summary.tables), _Taken()
    for name in needed:
        for child, key in schema.foreign_keys():
            if child.name == name and key.on_delete in _CASCADING:
                found.setdefault(key.table, []).append((child, key))
                if key.on_delete == "cascade" and key.table not in needed:
                    needed.append(key.table)
    return found


def _rebuilt(summary: Summary, schema: Schema) -> dict[str, list[str]]:
    """Parents whose changed keys change rows of the summary's tables, and those keys."""
    needed, found = list(summary.tables), dict[str, list[str]]()
    for name in needed:
        for child, key in schema.foreign_keys():
            if child.name != name or key.on_update not in _CASCADING:
                continue
            own = found.setdefault(key.table, [])
            own += [column for column in key.referenced if column not in own]
            passes_on = any(set(own) & set(other.columns) for other in schema.table(key.table).foreign_keys)
            if passes_on and key.table not in needed:
                needed.append(key.table)
    return found


def _added(summary: Summary, table: str, row: str, sign: str) -> str:
    """The groups a row belongs to, with what it contributes added to them, or taken away."""
    name = summary.quote(summary.name)
    names = [*summary.key_names, *summary.sum_names]
    if summary.dialect == "mysql":
        told, new = "ON DUPLICATE KEY UPDATE", "VALUES({0})"
    else:
        told, new = f"ON CONFLICT ({summary.listed(summary.key_names)}) DO UPDATE SET", "excluded.{0}"
    sums = [summary.quote(each) for each in summary.sum_names]
    added = ", ".join(f"{each} = {name}.{each} + {new.format(each)}" for each in sums)
    return f"INSERT INTO {name} ({summary.listed(names)}) {_of_row(summary, table, row, sign)}\n  {told} {added};"


def _of_row(summary: Summary, table: str, row: str, sign: str = "") -> str:
    if summary.dialect == "mysql" and len(summary.tables) > 1:
        return summary.rows_beside(table, row, sign)
    names = [identifier(name) for name in summary.read_columns(table)]
    values = [exp.alias_(exp.column(name, table=exp.to_identifier(row)), name) for name in names]
    one = exp.select(*(values or [exp.alias_(exp.Literal.number(1), "one")]))
    return summary.rows(sign, (table, exp.Subquery(this=one)))


def _removed(summary: Summary, table: str) -> list[str]:
    name, keys = summary.quote(summary.name), [summary.quote(key) for key in summary.key_names]
    old = _of_row(summary, table, "OLD")
    gone = f"{name}.{COUNT} = 0"
    if not summary.keys:
        swept = f"DELETE FROM {name} WHERE {gone};"
    elif summary.dialect == "mysql":
        same = " AND ".join(f"{name}.{key} = gone.{key}" for key in keys)
        swept = f"DELETE {name} FROM {name} JOIN ({old}) AS gone ON {same} WHERE {gone};"
    else:
        listed = ", ".join(keys)
        swept = f"DELETE FROM {name} WHERE {gone} AND ({listed}) IN (SELECT {listed} FROM ({old}) AS gone);"
    return [_added(summary, table, "OLD", "-"), swept]


def _on_update(summary: Summary, table: str, keys: Sequence[str]) -> str:
    columns = summary.read_columns(table)
    condition = _differs(summary, columns) if columns else "FALSE"
    if keys:
        condition = f"({condition}) AND NOT ({_differs(summary, keys)})"
    body = [*_removed(summary, table), _added(summary, table, "NEW", "")]
    return _trigger(summary, table, "update", "AFTER UPDATE", body, condition, tuple(columns))


def _differs(summary: Summary, columns: Sequence[str]) -> str:
    same = "NOT (OLD.{0} <=> NEW.{0})" if summary.dialect == "mysql" else "OLD.{0} IS NOT NEW.{0}"
    return " OR ".join(same.format(summary.quote(column)) for column in columns)


def _made_anew(summary: Summary) -> list[str]:
    name = summary.quote(summary.name)
    return [f"DELETE FROM {name};", f"INSERT INTO {name} {summary.rows()};"]


def _before(summary: Summary, child: Table, key: ForeignKey) -> str:
    """What the key's action does, done while the parent is there yet."""
    pairs = zip(key.columns, key.referenced, strict=True)
    where = " AND ".join(f"{summary.quote(ours)} = OLD.{summary.quote(theirs)}" for ours, theirs in pairs)
    if key.on_delete == "cascade":
        return f"DELETE FROM {summary.quote(child.name)} WHERE {where};"
    emptied = ", ".join(f"{summary.quote(column)} = NULL" for column in key.columns)
    return f"UPDATE {summary.quote(child.name)} SET {emptied} WHERE {where};"


def _trigger(
    summary: Summary,
    table: str,
    event: str,
    when: str,
    body: Sequence[str],
    condition: str = "",
    columns: tuple[str, ...] = (),
) -> str:
    name, place = _name(summary, table, event), summary.quote(table)
    lines = "\n".join(f"  {line}" for statement in body for line in statement.splitlines())
    if summary.dialect == "mysql":
        within = f"  IF {condition} THEN\n{lines}\n  END IF;" if condition else lines
        return f"CREATE TRIGGER {name} {when} ON {place} FOR EACH ROW BEGIN\n{within}\nEND;"
    of = f" OF {summary.listed(columns)}" if columns else ""
    only = f" WHEN {condition}" if condition else ""
    return f"CREATE TRIGGER {name} {when}{of} ON {place} FOR EACH ROW{only} BEGIN\n{lines}\nEND;"


def _name(summary: Summary, table: str, event: str) -> str:
    return named(summary.name, table, event)
