"""Changes of a schema as MySQL and MariaDB are told them: as written for them, or translated from the common text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.engines.engine import ChangeSql, Text
from lab.engines.mysql.ddl import TableWords, keys_and_indexes, references
from lab.engines.mysql.dialect import Dialect, Losses, quote
from lab.engines.mysql.indexes import Fitted, fitted_index
from lab.engines.mysql.model import index_of, table_of, with_part
from lab.engines.mysql.split import split
from lab.engines.mysql.translate import expression, parse, refusal, render, translate
from lab.engines.statements import below, statements
from lab.errors import LabError
from lab.model.change import AddIndex, Change, DropIndex, Script
from lab.model.schema import Index, Loss, Position, Schema, Table
from lab.model.spoken import text_key, texts_for
from lab.model.workload import Operation

_SPOKEN = (exp.Select, exp.SetOperation, exp.Insert, exp.Update, exp.Delete, exp.TruncateTable)


def query_sql(dialect: Dialect, operation: Operation) -> Text:
    position, text = operation.text_position(dialect.name), operation.text(dialect.name)
    if text_key(dialect.name, operation.sql):
        return Text(text, position)
    return Text(translate(text, position, dialect), position, text)


def change_sql(dialect: Dialect, change: Change) -> ChangeSql:
    match change:
        case AddIndex(index):
            create, drop, losses = _index_texts(dialect, index)
            return ChangeSql((create,), (drop,), losses)
        case DropIndex(index):
            create, drop, losses = _index_texts(dialect, index)
            return ChangeSql((drop,), (create,), losses)
    return _script_sql(dialect, change)


def _index_texts(dialect: Dialect, index: Index) -> tuple[Text, Text, tuple[Loss, ...]]:
    losses = Losses()
    fitted = _fitted(dialect, index, losses)
    return Text(fitted.create(index.table)), Text(drop_index(index.name, index.table)), tuple(losses)


def _fitted(dialect: Dialect, index: Index, losses: Losses) -> Fitted:
    fitted = fitted_index(index, dialect, losses, {})
    if fitted is None:
        reason = losses[-1].consequence.removeprefix("not created: ")
        raise refusal(f"index {index.name} cannot be built: {reason}", index.position, dialect)
    return fitted


def drop_index(name: str, table: str) -> str:
    return f"DROP INDEX {quote(name)} ON {quote(table)}"


def _script_sql(dialect: Dialect, script: Script) -> ChangeSql:
    if own := text_key(dialect.name, script.up):
        up, down = script.positions.get(own, (None, None))
        return ChangeSql(tuple(split(script.up[own], up)), tuple(split(script.down[own], down)))
    if "" not in script.up:
        raise LabError(
            f"variant {script.name} has no migration for {dialect.title}",
            f"write {script.name}.{texts_for(dialect.name)[-1]}.sql beside the others",
        )
    up, down = script.positions.get("", (None, None))
    owners = _index_owners(dialect, script)
    losses = Losses()
    return ChangeSql(
        tuple(_translated(dialect, script.up[""], up, owners, losses)),
        tuple(_translated(dialect, script.down[""], down, owners, Losses())),
        tuple(losses),
    )


def _index_owners(dialect: Dialect, script: Script) -> Mapping[str, str]:
    """The tables of indexes the script makes, on the way up or back: DROP INDEX names none in PostgreSQL."""
    owners = {}
    for text in (script.up[""], script.down[""]):
        for sql, _ in statements(text):
            tree = parse(sql, None, dialect)
            if isinstance(tree, exp.Create) and tree.kind == "INDEX":
                index = index_of(tree, None)
                owners[index.name] = index.table
    return owners


def _translated(
    dialect: Dialect, script: str, position: Position | None, owners: Mapping[str, str], losses: Losses
) -> Iterator[Text]:
    for sql, line in statements(script):
        where = below(position, line)
        tree = parse(sql, where, dialect)
        try:
            for text in _say(dialect, tree, sql, where, owners, losses):
                yield Text(text, where, sql)
        except SqlglotError as error:
            raise refusal(f"cannot be said in {dialect.title}: {error}", where, dialect) from error


def _say(
    dialect: Dialect,
    tree: exp.Expr,
    sql: str,
    position: Position | None,
    owners: Mapping[str, str],
    losses: Losses,
) -> Iterator[str]:
    match tree:
        case exp.Create() if tree.kind == "INDEX":
            index = index_of(tree, position)
            yield _fitted(dialect, index, losses).create(index.table)
        case exp.Drop() if tree.kind == "INDEX":
            yield from (_drop_index(index.name, owners) for index in tree.args["tables"])
        case exp.Create() if tree.kind == "TABLE" and isinstance(tree.this, exp.Schema):
            yield from _create_table(dialect, table_of(tree, position), losses)
        case exp.Create() if tree.kind in ("TABLE", "VIEW") and not _is_materialized(tree):
            yield render(tree, sql, position, dialect)
        case exp.Alter() if tree.kind == "TABLE":
            yield _alter_table(dialect, tree, position, losses)
        case exp.Drop() if tree.kind in ("TABLE", "VIEW") and not tree.args.get("materialized"):
            yield render(tree, sql, position, dialect)
        case exp.Expr() if isinstance(tree, _SPOKEN):
            yield render(tree, sql, position, dialect)
        case _:
            raise SqlglotError(sql.split("\n")[0])


def _is_materialized(tree: exp.Create) -> bool:
    return tree.find(exp.MaterializedProperty) is not None


def _drop_index(name: str, owners: Mapping[str, str]) -> str:
    if name not in owners:
        raise SqlglotError(f"DROP INDEX {name}, since nothing here tells its table")
    return drop_index(name, owners[name])


def _create_table(dialect: Dialect, table: Table, losses: Losses) -> Iterator[str]:
    words = TableWords(dialect, Schema((table,)), table, losses)
    yield words.create()
    yield from keys_and_indexes(words)
    yield from references(words)


def _alter_table(dialect: Dialect, tree: exp.Alter, position: Position | None, losses: Losses) -> str:
    table = Table(tree.this.name, (), position=position)
    clauses: list[str] = []
    for action in tree.args["actions"]:
        clauses += _alter_clauses(dialect, table, action, losses)
    return f"ALTER TABLE {quote(table.name)} " + ", ".join(clauses)


def _alter_clauses(dialect: Dialect, table: Table, action: exp.Expr, losses: Losses) -> list[str]:
    match action:
        case exp.ColumnDef():
            return _additions(dialect, with_part(table, action), losses)
        case exp.AddConstraint():
            for part in action.expressions:
                table = with_part(table, part)
            return _additions(dialect, table, losses)
        case exp.Drop() if action.kind in ("COLUMN", "CONSTRAINT"):
            return [f"DROP {action.kind} {quote(dropped.name)}" for dropped in action.args["tables"]]
        case exp.RenameColumn():
            return [f"RENAME COLUMN {quote(action.name)} TO {quote(action.args['to'].name)}"]
        case exp.AlterRename():
            return [f"RENAME TO {quote(action.name)}"]
        case exp.AlterColumn() if action.args.get("drop"):
            return [f"ALTER COLUMN {quote(action.name)} DROP DEFAULT"]
        case exp.AlterColumn() if action.args.get("default"):
            default = expression(action.args["default"].sql(dialect="postgres"), dialect)
            if default is not None:
                return [f"ALTER COLUMN {quote(action.name)} SET DEFAULT ({default})"]
    raise SqlglotError(f"ALTER TABLE … {action.sql(dialect='postgres')}")


def _additions(dialect: Dialect, table: Table, losses: Losses) -> list[str]:
    """What a table holds as clauses that add it to one there is."""
    words = TableWords(dialect, Schema((table,)), table, losses)
    clauses = [f"ADD COLUMN {words.column(column)}" for column in table.columns]
    if table.primary_key:
        clauses.append(f"ADD {words.primary_key(table.primary_key)}")
    clauses += [clause for key in table.uniques if (clause := words.unique(key))]
    clauses += [f"ADD {check}" for check in words.checks()]
    return clauses + [clause for key in table.foreign_keys if (clause := words.reference(key))]
