"""A generated column with an index, for what a query works out of a row, and the query rewritten to read it.

MySQL indexes no text out of a document (JSON_UNQUOTE gives a long one), and MariaDB no expression at all; both keep a
virtual column's values in its index alone (MySQL manual, 15.1.20.9 "Secondary Indexes and Generated Columns"; MariaDB
manual, "Generated Columns").
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from lab.advise.queries import Query, identifier, of_row
from lab.advise.scripts import free_name, named
from lab.model.change import Script
from lab.model.run import Proposal

_LONGEST = 255
_RISK = (
    f"a value of more than {_LONGEST} characters is refused; the column shows in SELECT *, and in no INSERT: name the "
    "columns of both"
)
_WHOLE = (*exp.DataType.INTEGER_TYPES,)
_TEXTS = (exp.Lower, exp.Upper, exp.Trim, exp.Concat, exp.Substring)


def by_generated_column(
    rule: str, query: Query, number: int, alias: str, side: exp.Expr, equal: Sequence[str]
) -> Proposal | None:
    """None for an expression whose type is not known. `side` is in the engine's own words; `equal` are columns that
    lead the index."""
    kind = _type(side)
    if kind is None:
        return None
    again = query.again()
    select = again.selects()[number]
    table, bare = select.tables[alias], _sql(of_row(side))
    column = free_name(table, named(bare)[:40].strip("_"))
    for place in [node for node in select.node.walk() if node == side]:
        place.replace(select.column(column, alias))
    t, index = _sql(identifier(table.name)), named(table.name, *equal, column, "idx")
    keys = ", ".join(_sql(identifier(name)) for name in (*equal, column))
    up = f"ALTER TABLE {t} ADD COLUMN {column} {kind} GENERATED ALWAYS AS ({bare}) VIRTUAL;\n"
    up += f"CREATE INDEX {index} ON {t} ({keys});"
    down = f"DROP INDEX {index} ON {t};\nALTER TABLE {t} DROP COLUMN {column};"
    operation = query.operation.name
    script = Script(named(operation, "by", column), {query.engine: up}, {query.engine: down})
    reason = f"`{operation}` asks for {bare} of {table.name}, which no index of a column serves"
    return Proposal(rule, script, reason, (operation,), (again.rewritten(),), _RISK)


def takes_text_of_document(side: exp.Expr) -> bool:
    return side.find(exp.JSONExtractScalar) is not None or any(
        call.name.upper() == "JSON_UNQUOTE" for call in side.find_all(exp.Anonymous)
    )


def _type(side: exp.Expr) -> str | None:
    if isinstance(side, exp.Cast):
        return "BIGINT" if side.to.this in _WHOLE else None
    if isinstance(side, exp.Collate):
        return f"VARCHAR({_LONGEST}) COLLATE {side.expression.name}"
    return f"VARCHAR({_LONGEST})" if isinstance(side, _TEXTS) or _unquotes(side) else None


def _unquotes(side: exp.Expr) -> bool:
    return isinstance(side, exp.Anonymous) and side.name.upper() == "JSON_UNQUOTE"


def _sql(tree: exp.Expr) -> str:
    return tree.sql(dialect="mysql")
