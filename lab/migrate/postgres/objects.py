"""Views, functions, triggers, policies and whatever else the model keeps verbatim: made, unmade, exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote
from lab.engines.postgres.definitions import enum_sql
from lab.errors import LabError
from lab.migrate.changes import AlterEnum
from lab.migrate.postgres.words import alone, exclusive, way, writes_wait
from lab.migrate.step import NO_LOCK, Lock, Step, Way, step
from lab.model.schema import Enum, Schema, Statement, Table
from lab.readers.expressions import deparse_statement

EARLY = ("extension", "schema", "domain", "type", "sequence", "function", "procedure", "collation", "cast", "operator")
"""What tables may need."""
_STAR = re.compile(r"(?i)(?:\bSELECT\s+(?:DISTINCT\s+)?|,\s*|\.\s*)\*")
_ON_TABLE = re.compile(r".*\b(?:on|of) (\S+)$")


def is_early(statement: Statement) -> bool:
    return statement.what.startswith(EARLY)


def is_view(statement: Statement) -> bool:
    return statement.what.startswith(("view", "materialized view"))


def owner_of(statement: Statement) -> str | None:
    """The table a trigger, a policy or a constraint stands on."""
    found = _ON_TABLE.match(statement.what)
    return found[1].partition(".")[0] if found and not is_view(statement) and not is_early(statement) else None


def is_exclusion(statement: Statement) -> bool:
    """Whether it is a constraint no server can add unchecked, nor over an index that is there."""
    return statement.what.startswith("constraint") and re.search(r"(?i)\bEXCLUDE\b", statement.sql) is not None


def exclusions_of(statements: Iterable[Statement], table: str) -> tuple[Statement, ...]:
    return tuple(each for each in statements if is_exclusion(each) and owner_of(each) == table)


def exclusion_name(statement: Statement) -> str:
    return str(_exclusion(postgast.parse(statement.sql).stmts[0].stmt.alter_table_stmt).conname)


def exclusion_on(statement: Statement, table: str, name: str) -> str:
    """The same constraint of another table."""
    node: Any = postgast.parse(statement.sql).stmts[0].stmt.alter_table_stmt
    node.relation.relname = table
    _exclusion(node).conname = name
    return deparse_statement(alter_table_stmt=node)


def _exclusion(node: Any) -> Any:
    return getattr(node.cmds[0].alter_table_cmd, "def").constraint


def mentions(statement: Statement, names: Iterable[str]) -> bool:
    return any(re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", statement.sql) for name in names)


def add(statement: Statement) -> Step:
    undo = drop_sql(statement)
    if statement.what.startswith("index"):
        build = re.sub(r"(?i)^CREATE (UNIQUE )?INDEX ", r"CREATE \1INDEX CONCURRENTLY ", statement.sql)
        drop = undo[0].replace("DROP INDEX", "DROP INDEX CONCURRENTLY IF EXISTS")
        return step(f"build {statement.what}", alone(build, NO_LOCK), alone(drop, NO_LOCK))
    return step(f"create {statement.what}", way(_lock(statement), statement.sql), way(_lock(statement, True), *undo))


def _lock(statement: Statement, is_dropped: bool = False) -> Lock:
    owner = owner_of(statement)
    if statement.what.startswith("trigger") and owner and not is_dropped:
        return writes_wait(owner)
    if statement.what.startswith(("constraint", "exclusion")) and owner and not is_dropped:
        return exclusive(owner, is_brief=False)
    if owner or is_view(statement):
        return exclusive(owner or statement.what.split()[-1])
    return NO_LOCK


def replaced(old: Statement, new: Statement) -> Step:
    """One exchanged for the other in one transaction."""
    if new.what.startswith(("function", "procedure")) and _signature(old.sql) == _signature(new.sql):
        return step(f"replace {new.what}", way(NO_LOCK, _or_replace(new.sql)), way(NO_LOCK, _or_replace(old.sql)))
    lock = exclusive(*filter(None, [owner_of(new)])) if owner_of(new) else NO_LOCK
    up = way(lock, *drop_sql(old), new.sql)
    return step(f"replace {new.what}", up, way(lock, *drop_sql(new), old.sql))


def _or_replace(sql: str) -> str:
    return re.sub(r"(?i)^\s*CREATE\s+(OR\s+REPLACE\s+)?", "CREATE OR REPLACE ", sql, count=1)


def _signature(sql: str) -> tuple[object, ...]:
    node: Any = postgast.parse(sql).stmts[0].stmt.create_function_stmt
    return (str(node.funcname), str(node.parameters), str(node.return_type))


def views_step(title: str, old: Sequence[Statement], new: Sequence[Statement], inner: Way, back: Way) -> Step:
    """`inner` run while views are out of the way: the old ones dropped, the last first, then the new ones made."""
    lock = inner.lock if inner.lock.mode else exclusive(*(view.what.split()[-1] for view in (*old, *new)))
    up = [*_dropped(old), *inner.sql, *(view.sql for view in new)]
    down = [*_dropped(new), *back.sql, *(view.sql for view in old)]
    return step(title, way(lock, *up), way(lock, *down))


def under_stars(inner: Step, table: Table, schema: Schema) -> Step:
    """A column's drop, with the views made anew that read all of the table's columns by a star: they hold on to it."""
    reading = dependents(schema.statements, [table.relation])
    starred = {view.what.split()[-1] for view in reading if is_view(view) and _STAR.search(view.sql)}
    above = dependents(schema.statements, starred) if starred else []
    views = [view for view in reading if view in above or view.what.split()[-1] in starred]
    if not views:
        return inner
    made = views_step(inner.title, views, views, inner.up, inner.down)
    return replace(inner, up=made.up, down=made.down)


def _dropped(views: Sequence[Statement]) -> list[str]:
    return [sql for view in reversed(views) for sql in drop_sql(view)]


def dependents(statements: Sequence[Statement], names: Iterable[str]) -> list[Statement]:
    """Views that read one of these relations, directly or through others, in the order they were made, and what stands
    on them (an index of a materialized view)."""
    known, found = set(names), []
    for statement in statements:
        is_more = is_view(statement) or statement.what.startswith(("index", "refresh", "comment"))
        if is_more and mentions(statement, known) and _creates_after(statement, known):
            found.append(statement)
            if is_view(statement):
                known.add(statement.what.split()[-1])
    return found


def _creates_after(statement: Statement, known: set[str]) -> bool:
    return is_view(statement) or mentions(statement, known)


def drop_sql(statement: Statement) -> tuple[str, ...]:
    """What undoes a statement. Raises LabError for one whose undoing is not known."""
    node: Any = postgast.parse(statement.sql).stmts[0].stmt
    kind = node.WhichOneof("node")
    if kind in _DROPS:
        return tuple(_DROPS[kind](getattr(node, kind)))
    raise LabError(
        f"cannot tell how {statement.what} is undone: {statement.sql.splitlines()[0][:60]}",
        "leave it out of both schemas, and change it by hand",
    )


def _relation(node: Any) -> str:
    return f"{quote(node.schemaname)}.{quote(node.relname)}" if node.schemaname else quote(node.relname)


def _dotted(nodes: Any) -> str:
    return ".".join(quote(node.string.sval) for node in nodes)


def _drop_function(node: Any) -> list[str]:
    fetched = [parameter.function_parameter for parameter in node.parameters]
    taken = [p for p in fetched if p.mode not in (pb.FUNC_PARAM_OUT, pb.FUNC_PARAM_TABLE)]
    types = ", ".join(_type_name(parameter.arg_type) for parameter in taken)
    return [f"DROP {'PROCEDURE' if node.is_procedure else 'FUNCTION'} {_dotted(node.funcname)}({types})"]


def _type_name(node: Any) -> str:
    cast = pb.TypeCast(arg=pb.Node(a_const=pb.A_Const(isnull=True)), type_name=node)
    target = pb.Node(res_target=pb.ResTarget(val=pb.Node(type_cast=cast)))
    return deparse_statement(select_stmt=pb.SelectStmt(target_list=[target], op=pb.SETOP_NONE)).partition("NULL::")[2]


def _undo_alter(node: Any) -> list[str]:
    """Row security, constraints, storage: each clause by its opposite."""
    owner = _relation(node.relation)
    return [f"ALTER TABLE {owner} {_opposite(item.alter_table_cmd)}" for item in reversed(node.cmds)]


def _opposite(command: Any) -> str:
    kind = command.subtype
    if kind == pb.AT_AddConstraint:
        return f"DROP CONSTRAINT {quote(getattr(command, 'def').constraint.conname)}"
    if kind == pb.AT_SetRelOptions:
        items = getattr(command, "def").list.items
        return f"RESET ({', '.join(item.def_elem.defname for item in items)})"
    if kind in _OPPOSITES:
        return _OPPOSITES[kind]
    if kind in (pb.AT_SetStorage, pb.AT_SetCompression):
        word = "SET STORAGE" if kind == pb.AT_SetStorage else "SET COMPRESSION"
        value = "EXTENDED" if kind == pb.AT_SetStorage else "default"
        return f"ALTER COLUMN {quote(command.name)} {word} {value}"
    raise LabError("cannot tell how an ALTER TABLE kept verbatim is undone", "change it by hand, outside the migration")


_OPPOSITES = {
    pb.AT_EnableRowSecurity: "DISABLE ROW LEVEL SECURITY",
    pb.AT_DisableRowSecurity: "ENABLE ROW LEVEL SECURITY",
    pb.AT_ForceRowSecurity: "NO FORCE ROW LEVEL SECURITY",
    pb.AT_NoForceRowSecurity: "FORCE ROW LEVEL SECURITY",
    pb.AT_SetUnLogged: "SET LOGGED",
}


def _drop_comment(node: Any) -> list[str]:
    empty = pb.CommentStmt()
    empty.CopyFrom(node)
    empty.comment = ""
    return [deparse_statement(comment_stmt=empty)]


_DROPS: Mapping[str, Callable[[Any], list[str]]] = {
    "create_trig_stmt": lambda n: [f"DROP TRIGGER {quote(n.trigname)} ON {_relation(n.relation)}"],
    "create_policy_stmt": lambda n: [f"DROP POLICY {quote(n.policy_name)} ON {_relation(n.table)}"],
    "rule_stmt": lambda n: [f"DROP RULE {quote(n.rulename)} ON {_relation(n.relation)}"],
    "view_stmt": lambda n: [f"DROP VIEW {_relation(n.view)}"],
    "create_table_as_stmt": lambda n: [
        f"DROP {'MATERIALIZED VIEW' if n.objtype == pb.OBJECT_MATVIEW else 'TABLE'} {_relation(n.into.rel)}"
    ],
    "create_function_stmt": _drop_function,
    "create_seq_stmt": lambda n: [f"DROP SEQUENCE {_relation(n.sequence)}"],
    "create_extension_stmt": lambda n: [f"DROP EXTENSION {quote(n.extname)}"],
    "create_schema_stmt": lambda n: [f"DROP SCHEMA {quote(n.schemaname)}"],
    "create_domain_stmt": lambda n: [f"DROP DOMAIN {_dotted(n.domainname)}"],
    "composite_type_stmt": lambda n: [f"DROP TYPE {_relation(n.typevar)}"],
    "create_range_stmt": lambda n: [f"DROP TYPE {_dotted(n.type_name)}"],
    "create_stats_stmt": lambda n: [f"DROP STATISTICS {_dotted(n.defnames)}"],
    "index_stmt": lambda n: [f"DROP INDEX {quote(n.idxname)}"],
    "refresh_mat_view_stmt": lambda n: [],
    "do_stmt": lambda n: [],
    "alter_table_stmt": _undo_alter,
    "comment_stmt": _drop_comment,
}


def grow_enum(change: AlterEnum, schema: Schema, source: Schema) -> list[Step]:
    """ADD VALUE, one after the other; a value is taken away only with the type that has it."""
    up, values = [], list(change.old.values)
    name = quote(change.new.name)
    for place, value in enumerate(change.new.values):
        if value not in values:
            beside = f"BEFORE {literal(values[place])}" if place < len(values) else f"AFTER {literal(values[-1])}"
            up.append(f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS {literal(value)} {beside}")
            values.insert(place, value)
    users = [(table, c) for table in source.tables for c in table.columns if c.type.name == change.new.name]
    down = _shrink(change.old, users)
    lock = exclusive(*(table for table, _ in users), is_brief=False) if users else NO_LOCK
    note = "the way back writes the tables that use it anew, and fails while a row holds the new value" if users else ""
    added = ", ".join(value for value in change.new.values if value not in change.old.values)
    return [step(f"add {added} to enum {change.new.name}", way(NO_LOCK, *up), way(lock, *down), note=note)]


def _shrink(enum: Enum, users: Sequence[tuple[Table, Any]]) -> list[str]:
    name, aside = quote(enum.name), quote(f"{enum.name}__more")
    sql = [f"ALTER TYPE {name} RENAME TO {aside}", enum_sql(enum)]
    for table, column in users:
        array = "[]" * column.type.dimensions
        target = quote(column.name)
        clauses = [f"ALTER COLUMN {target} DROP DEFAULT"] if column.default is not None else []
        clauses.append(f"ALTER COLUMN {target} TYPE {name}{array} USING {target}::text{array}::{name}{array}")
        if column.default is not None:
            clauses.append(f"ALTER COLUMN {target} SET DEFAULT {column.default}")
        sql.append(f"ALTER TABLE {qualified(table)} {', '.join(clauses)}")
    return [*sql, f"DROP TYPE {aside}"]
