"""A rehearsal on an empty database: users' mistakes come to light in seconds, before a row is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from lab.engines.engine import Database, Engine, Server, StatementError, Text, UnknownName
from lab.errors import LabError
from lab.model.change import BASE, Script, Variant
from lab.model.design import Design
from lab.model.workload import Operation

_DATABASE = "lab_rehearsal"


def rehearse(engine: Engine, server: Server, design: Design, variants: Iterable[Variant]) -> None:
    """Creates the schema, walks every variant up and down, and prepares every operation on each.

    Raises LabError, with file and line, at the first statement that is wrong or the first variant whose `down`
    does not bring the catalog back. What an engine merely cannot say is no mistake: it shows later as a gap.
    """
    ddl = engine.create_sql(design.schema)
    engine.create_database(server, _DATABASE)
    try:
        database = engine.connect(server, _DATABASE)
        try:
            database.run(Text(sql) for sql in ddl.before + ddl.after)
            _check_operations(engine, database, design.workload.for_variant(BASE.name))
            for variant in variants:
                _walk(engine, database, design, variant)
        finally:
            database.close()
    finally:
        engine.drop_database(server, _DATABASE)


def _walk(engine: Engine, database: Database, design: Design, variant: Variant) -> None:
    try:
        scripts = migration_texts(engine, variant)
    except LabError:
        return  # a gap, reported when the variants are built
    before = database.catalog()
    remedy = _remedy(engine, variant, scripts[0])
    _run(database, scripts[0], f"variant {variant.name} cannot be applied", remedy)
    try:
        _check_operations(engine, database, design.workload.for_variant(variant.name))
    except UnknownName as error:
        raise _explained(error, engine, variant) from error
    _run(database, scripts[1], f"variant {variant.name} cannot be undone", remedy)
    difference = first_difference(before, database.catalog())
    if difference:
        where = scripts[1][0].position
        raise LabError(
            f"{where}: after its down, variant {variant.name} leaves the schema changed: {difference}",
            "make migrate:down undo everything migrate:up does",
        )


def _explained(error: UnknownName, engine: Engine, variant: Variant) -> LabError:
    """Of an operation that asks for a collection which a mapping has moved into another."""
    for change in variant.changes:
        mapping = change.mapping if isinstance(change, Script) else None
        for embedding in mapping.embeddings if mapping else ():
            if not embedding.is_copy and f"no collection {embedding.child} " in error.message:
                home = f"{variant.name} keeps {embedding.child} in {embedding.parent}.{embedding.field}"
                return LabError(
                    error.message, f"{home}: write the operation anew in {variant.name}.{engine.name}.py beside it"
                )
    return error


def migration_texts(engine: Engine, variant: Variant) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """Up and down of all changes of a variant, down in reverse order. Raises LabError when one cannot be said."""
    changes = [engine.change_sql(change) for change in variant.changes]
    up = tuple(text for change in changes for text in change.up)
    down = tuple(text for change in reversed(changes) for text in change.down)
    return up, down


def _remedy(engine: Engine, variant: Variant, texts: tuple[Text, ...]) -> str:
    """What helps where a file of all engines is wrong for one."""
    own = f"{variant.name}.{engine.name}.sql"
    position = texts[0].position if texts else None
    is_own = position is not None and position.file.endswith(own)
    return "" if is_own else f"mend it, or write what {engine.title} takes into {own} beside it"


def _run(database: Database, texts: tuple[Text, ...], failure: str, remedy: str) -> None:
    try:
        database.run(texts)
    except StatementError as error:
        raise LabError(f"{error.message} ({failure})", "; ".join(filter(None, (error.hint, remedy)))) from error


def _check_operations(engine: Engine, database: Database, operations: tuple[Operation, ...]) -> None:
    for operation in operations:
        with suppress(Unsupported):
            operation_text(engine, database, operation)


class Unsupported(LabError):
    """An operation an engine cannot serve."""


def spoken(engine: Engine, operation: Operation) -> Text:
    """The operation's SQL, in its session where it has one. Raises Unsupported."""
    if engine.name in operation.gaps and engine.name not in operation.sql:
        raise Unsupported(operation.gaps[engine.name])
    try:
        text = engine.query_sql(operation)
    except LabError as error:
        raise Unsupported(error.message, error.hint) from error
    if not operation.session:
        return text
    in_session = getattr(engine, "session_sql", None)
    if in_session is None:
        raise Unsupported(f"{engine.title} has no sessions with settings such as {next(iter(operation.session))}")
    return replace(text, sql=in_session(operation.session, text.sql))


def operation_text(engine: Engine, database: Database, operation: Operation) -> Text:
    """As `spoken`, known to prepare. Raises Unsupported, or StatementError for a mistake of the user's."""
    text = spoken(engine, operation)
    try:
        database.check(text)
    except UnknownName as error:
        raise UnknownName(f"{error.message} (in operation {operation.name})", error.hint) from error
    except StatementError as error:
        if text.source:
            remedy = f"add a text of its own below `-- engine: {engine.name}`"
            raise Unsupported(f"{error.message}, after translation", remedy) from error
        raise StatementError(f"{error.message} (in operation {operation.name})", error.hint) from error
    return text


def first_difference(before: dict[str, str], after: dict[str, str]) -> str:
    """The first object that is missing, new or changed; empty when the catalogs are equal."""
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            return f"{name} is gone"
        if name not in before:
            return f"{name} is left over"
        if before[name] != after[name]:
            return f"{name} was `{before[name]}` and is `{after[name]}`"
    return ""
