"""PostgreSQL's queries and expressions in the words of MySQL and MariaDB, where sqlglot alone would say less or other.

What cannot be said raises; what the server then refuses is found by `check`. Three things are decided here: times are
UTC, so AT TIME ZONE 'UTC' says nothing; NULLs sort where the engine puts them unless the query says NULLS FIRST or
LAST, since to sort by `x IS NULL` first would keep every index from being used; and a cast to a type the engine has
not (uuid, inet, an enum) falls away, because the column is text.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from lab.engines.mysql.dialect import Dialect
from lab.engines.statements import below, error_line, first_line
from lab.errors import LabError
from lab.model.schema import Position
from lab.model.spoken import texts_for

_NO_TYPE = (exp.DType.UUID, exp.DType.INET, exp.DType.USERDEFINED, exp.DType.NAME)
_DOCUMENTS = (exp.DType.JSON, exp.DType.JSONB)
_MOMENTS = (exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMP)
_FREE_TEXTS = (exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR)
_FUNCTIONS = {
    "jsonb_build_object": "JSON_OBJECT",
    "json_build_object": "JSON_OBJECT",
    "jsonb_build_array": "JSON_ARRAY",
    "json_build_array": "JSON_ARRAY",
    "gen_random_uuid": "UUID",
    "uuid_generate_v4": "UUID",
    "uuid_generate_v1": "UUID",
}
_MADE = ("JSON_UNQUOTE", "JSON_CONTAINS", "JSON_OVERLAPS", "DATE_FORMAT")
"""What else is written here, and may stand in a table's definition."""
_TRUNCATIONS = {
    "YEAR": "%Y-01-01",
    "MONTH": "%Y-%m-01",
    "DAY": "%Y-%m-%d",
    "HOUR": "%Y-%m-%d %H:00:00",
    "MINUTE": "%Y-%m-%d %H:%i:00",
}


def remedy(dialect: Dialect) -> str:
    own = texts_for(dialect.name)[-1]
    return (
        f"give {dialect.title} a text of its own: `-- engine: {own}` in a workload, <variant>.{own}.sql for a variant"
    )


def refusal(message: str, position: Position | None, dialect: Dialect) -> LabError:
    return LabError(f"{position}: {message}" if position else message, remedy(dialect))


def parse(sql: str, position: Position | None, dialect: Dialect) -> exp.Expr:
    """The tree of one statement of PostgreSQL's. Raises LabError with its line."""
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        where = below(position, error_line(error))
        raise refusal(f"cannot read this as PostgreSQL: {first_line(error)}", where, dialect) from error
    if isinstance(tree, exp.Command):
        raise refusal(f"{dialect.title} has no {tree.name.upper()} as written here", position, dialect)
    return tree


def translate(sql: str, position: Position | None, dialect: Dialect) -> str:
    """A query or write in the engine's words. Raises LabError when it cannot be said."""
    return render(parse(sql, position, dialect), sql, position, dialect)


def render(tree: exp.Expr, sql: str, position: Position | None, dialect: Dialect) -> str:
    """The engine's text of a tree read from `sql`."""
    try:
        adapted = adapt(tree, dialect, re.search(r"(?i)\bNULLS\s+(FIRST|LAST)\b", sql) is not None)
        return adapted.sql(dialect="mysql", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise refusal(f"cannot be said in {dialect.title}: {first_line(error)}", position, dialect) from error


def expression(sql: str, dialect: Dialect) -> str | None:
    """An expression of a table's definition; None when the engine has none for it.

    Casts that pg_dump writes around texts and literals (`(email)::text`, `'new'::status`) fall away.
    """
    try:
        tree = adapt(_without_idle_casts(sqlglot.parse_one(sql, read="postgres")), dialect)
        if not all(_is_known(node) for node in tree.find_all(exp.Anonymous, exp.Command)):
            return None
        return tree.sql(dialect="mysql", unsupported_level=ErrorLevel.RAISE, identify=True)
    except SqlglotError:
        return None


def _is_known(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and (node.name in _FUNCTIONS.values() or node.name in _MADE)


def _without_idle_casts(tree: exp.Expr) -> exp.Expr:
    def strip(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Cast):
            return node
        inner = node.this.unnest()
        is_idle = isinstance(inner, exp.Literal) or (
            isinstance(inner, exp.Column | exp.Cast) and node.to.this in _FREE_TEXTS and not node.to.expressions
        )
        return inner if is_idle else node

    return _rewritten(tree, strip)


def adapt(tree: exp.Expr, dialect: Dialect, keeps_nulls: bool = False) -> exp.Expr:
    """A tree of PostgreSQL's as the engine has it. Raises SqlglotError for what it has not."""

    def one(node: exp.Expr) -> exp.Expr:
        return _adapted(node, dialect, keeps_nulls)

    return _rewritten(tree, one)


def _rewritten(tree: exp.Expr, rewrite: object) -> exp.Expr:
    """The tree with every node rewritten, the innermost first."""
    assert callable(rewrite)
    for node in reversed(list(tree.bfs())):
        found = rewrite(node)
        if found is not node:
            if node is tree:
                tree = found
            node.replace(found)
    return tree


def _adapted(node: exp.Expr, dialect: Dialect, keeps_nulls: bool) -> exp.Expr:
    """One node; those without a rule are sqlglot's to say."""
    match node:
        case exp.Ordered() if not keeps_nulls:
            node.set("nulls_first", not node.args.get("desc"))
        case exp.CTE():
            node.set("materialized", None)
        case exp.AtTimeZone():
            return _at_time_zone(node)
        case exp.Cast():
            return _cast(node, dialect)
        case exp.Filter():
            return _filter(node)
        case exp.CurrentTimestamp() | exp.Localtimestamp() if node.this is None:
            return exp.CurrentTimestamp(this=exp.Literal.number(6))
        case exp.TimestampTrunc():
            return _truncate(node)
        case exp.JSONExtractScalar():
            return _unquoted(node, exp.JSONExtract(this=node.this, expression=node.expression), dialect)
        case exp.JSONBExtractScalar():
            return _unquoted(node, exp.func("JSON_EXTRACT", node.this, _path(node.expression)), dialect)
        case exp.ArrayContainsAll():
            return exp.func("JSON_CONTAINS", node.this, _json_array(node.expression))
        case exp.ArrayOverlaps():
            return exp.func("JSON_OVERLAPS", node.this, _json_array(node.expression))
        case exp.Anonymous() if node.name.lower() in _FUNCTIONS:
            return exp.Anonymous(this=_FUNCTIONS[node.name.lower()], expressions=node.expressions)
        case exp.Div() if _is_whole(node.this) and _is_whole(node.expression):
            return exp.IntDiv(this=node.this, expression=node.expression)
        case exp.EQ() | exp.NEQ():
            return _membership(node, dialect)
        case exp.OnConflict():
            return _on_conflict(node)
    return node


def _at_time_zone(node: exp.AtTimeZone) -> exp.Expr:
    zone = node.args["zone"].name
    if zone.upper() not in ("UTC", "Z", "+00:00"):
        raise SqlglotError(f"AT TIME ZONE '{zone}', since the lab's clock is UTC's")
    return _expr(node.this)


def _cast(node: exp.Cast, dialect: Dialect) -> exp.Expr:
    target = node.to.this
    if target in _NO_TYPE or (target in _DOCUMENTS and not dialect.has_json_type):
        return _expr(node.this)
    if target == exp.DType.JSONB:
        return exp.cast(node.this, "json")
    if target in _MOMENTS and not node.to.expressions:
        return exp.cast(node.this, exp.DataType.build("datetime(6)", dialect="mysql"))
    if target == exp.DType.DECIMAL and not node.to.expressions:
        return exp.cast(node.this, "decimal(38, 10)")
    return node


def _filter(node: exp.Filter) -> exp.Expr:
    """`count(*) FILTER (WHERE x)` -> `COUNT(CASE WHEN x THEN 1 END)`."""
    aggregate, condition = node.this, node.expression.this
    counted = exp.Literal.number(1) if isinstance(aggregate.this, exp.Star) else aggregate.this
    if not isinstance(counted, exp.Expr) or isinstance(counted, exp.Distinct | exp.Order):
        raise SqlglotError(f"FILTER on {aggregate.sql()}")
    aggregate.set("this", exp.Case().when(condition, counted))
    return _expr(aggregate)


def _truncate(node: exp.TimestampTrunc) -> exp.Expr:
    unit = node.args["unit"].name.upper()
    if unit not in _TRUNCATIONS:
        raise SqlglotError(f"date_trunc('{unit.lower()}')")
    arguments = [node.this, exp.Literal.string(_TRUNCATIONS[unit])]
    text = exp.Anonymous(this="DATE_FORMAT", expressions=arguments)
    return exp.cast(text, exp.DataType.build("datetime(6)", dialect="mysql"))


def _path(keys: exp.Expr) -> exp.Expr:
    """`'{a,b}'` -> `'$."a"."b"'`."""
    names = keys.name.strip("{}").split(",")
    steps = (f"[{name}]" if name.isdigit() else f'."{name}"' for name in names)
    return exp.Literal.string(f"${''.join(steps)}")


def _is_whole(node: exp.Expr) -> bool:
    """Whether an operand is an integer for certain, so that PostgreSQL divides without a remainder."""
    if isinstance(node, exp.Paren):
        return _is_whole(node.this)
    if isinstance(node, exp.Cast):
        return node.to.this in exp.DataType.INTEGER_TYPES
    return isinstance(node, exp.Count | exp.Length) or (isinstance(node, exp.Literal) and node.is_int)


def _unquoted(node: exp.Expr, document: exp.Expr, dialect: Dialect) -> exp.Expr:
    """A value out of a document, as text. Compared, it takes the tables' collation: MySQL gives it one of its own,
    which goes with no text of the session's (error 1267)."""
    text = exp.func("JSON_UNQUOTE", document)
    is_compared = dialect.has_json_type and node.find_ancestor(exp.Predicate) is not None
    return exp.Collate(this=text, expression=exp.var(dialect.collation)) if is_compared else text


def _json_array(node: exp.Expr) -> exp.Expr:
    """`ARRAY[a, b]` as a document; anything else as it is."""
    inner = node.this if isinstance(node, exp.Cast) else node
    return exp.Anonymous(this="JSON_ARRAY", expressions=inner.expressions) if isinstance(inner, exp.Array) else node


def _membership(node: exp.EQ | exp.NEQ, dialect: Dialect) -> exp.Expr:
    """`x = ANY (ARRAY[…])` -> `x IN (…)`, `x <> ALL (ARRAY[…])` -> `NOT x IN (…)`, `x = ANY (tags)` -> what asks a
    document for an element."""
    listed = node.expression
    if isinstance(listed, exp.Any):
        wanted = isinstance(node, exp.EQ)
        inner = listed.this
    elif isinstance(listed, exp.Anonymous) and listed.name.upper() == "ALL" and len(listed.expressions) == 1:
        wanted = isinstance(node, exp.NEQ)
        inner = listed.expressions[0]
    else:
        return node
    while isinstance(inner, exp.Paren | exp.Cast):
        inner = inner.this
    if wanted and isinstance(inner, exp.Column) and isinstance(node, exp.EQ):
        if dialect.is_mariadb:
            return exp.func("JSON_CONTAINS", inner, exp.Anonymous(this="JSON_ARRAY", expressions=[node.this]))
        return exp.JSONArrayContains(this=node.this, expression=inner)
    if not wanted or not isinstance(inner, exp.Array):
        return node
    found = exp.In(this=node.this, expressions=inner.expressions)
    return found if isinstance(node, exp.EQ) else exp.Not(this=found)


def _on_conflict(node: exp.OnConflict) -> exp.Expr:
    """`DO UPDATE SET x = excluded.y` -> `ON DUPLICATE KEY UPDATE x = VALUES(y)`."""
    if node.args.get("where") or node.args.get("constraint"):
        raise SqlglotError("ON CONFLICT with a condition")
    if not node.expressions:
        raise SqlglotError("ON CONFLICT DO NOTHING")
    updates = [_rewritten(update, _excluded) for update in node.expressions]
    return exp.OnConflict(duplicate=True, expressions=updates, action=exp.var("UPDATE"))


def _excluded(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column) and node.table.lower() == "excluded":
        return exp.Anonymous(this="VALUES", expressions=[exp.column(node.name)])
    return node


def _expr(node: object) -> exp.Expr:
    assert isinstance(node, exp.Expr)
    return node
