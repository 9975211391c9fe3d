"""SQL DDL, as the engine that will run it spells it."""

from __future__ import annotations

from lab.engines import load_engine
from lab.model.schema import Schema
from lab.writers import Written


def write(schema: Schema, engine: str) -> Written:
    """What creates the schema, a statement after the other. Raises LabError for an unknown engine."""
    ddl = load_engine(engine).create_sql(schema)
    statements = [sql.rstrip().rstrip(";") for sql in (*ddl.before, *ddl.after)]
    return Written("".join(f"{sql};\n\n" for sql in statements), (*schema.losses, *ddl.losses))
