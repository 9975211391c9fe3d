"""SQL DDL, as the engine that will run it spells it; for MongoDB a script of mongosh."""

from __future__ import annotations

from lab import engines
from lab.model.schema import Schema
from lab.writers import Written

ENGINES = tuple(engines.ENGINES)
_SCRIPTS = {"mongodb": "db.runCommand(EJSON.deserialize({}));"}
"""How a statement is written where it is no SQL."""


def write(schema: Schema, engine: str) -> Written:
    """What creates the schema, a statement after the other. Raises LabError for an unknown engine."""
    ddl = engines.load_engine(engine).create_sql(schema)
    statements = [sql.rstrip().rstrip(";") for sql in (*ddl.before, *ddl.after)]
    written = [_SCRIPTS[engine].replace("{}", sql) if engine in _SCRIPTS else f"{sql};" for sql in statements]
    return Written("".join(f"{sql}\n\n" for sql in written), (*schema.losses, *ddl.losses))
