"""Schemas by chance: tables with columns, keys, references, checks and indexes of many kinds."""

from __future__ import annotations

from hypothesis import strategies as st

from lab.model.schema import Action, Check, Column, Enum, ForeignKey, Index, IndexPart, Key, Schema, Table, Type

_NAMES = st.sampled_from(
    "id name user_id createdAt order Status tenant_id parent_id value type is_active Größe x1 class".split()
)
_TABLES = ("users", "order_items", "Category", "people", "news", "audit_log")
_TYPES = (
    Type("integer"),
    Type("bigint"),
    Type("smallint"),
    Type("text"),
    Type("varchar", (40,)),
    Type("char", (3,)),
    Type("numeric", (10, 2)),
    Type("boolean"),
    Type("timestamptz"),
    Type("timestamp", (3,)),
    Type("date"),
    Type("uuid"),
    Type("jsonb"),
    Type("double precision"),
    Type("bytea"),
    Type("mood"),
    Type("text", dimensions=1),
    Type("interval"),
    Type("int4range"),
)
_DEFAULTS = {
    "integer": ("0", "-5"),
    "bigint": ("9007199254740993",),
    "text": ("''", "'it''s \\ \"quoted\" `${x}`'", "lower('A')"),
    "varchar": ("'x'",),
    "numeric": ("1.50",),
    "boolean": ("true", "false"),
    "timestamptz": ("now()", "CURRENT_TIMESTAMP"),
    "date": ("CURRENT_DATE",),
    "uuid": ("gen_random_uuid()",),
    "jsonb": ("'{\"a\": 1}'",),
    "mood": ("'happy'", "'it''s ok'"),
}
_ACTIONS: tuple[Action, ...] = ("no action", "restrict", "cascade", "set null", "set default")
_KEY_TYPES = (Type("integer"), Type("bigint"), Type("uuid"), Type("varchar", (40,)))
_COMMENTS = st.sampled_from(["", "plain", "two\nlines", 'of "quotes" and */ ends', "über"])


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """One to four tables; later ones refer to earlier ones, and to themselves."""
    names = draw(st.lists(st.sampled_from(_TABLES), min_size=1, max_size=4, unique=True))
    tables: list[Table] = []
    for name in names:
        tables.append(draw(_table(name, tables)))
    return Schema(tuple(tables), (Enum("mood", ("happy", "it's ok", "9")),))


@st.composite
def _table(draw: st.DrawFn, name: str, earlier: list[Table]) -> Table:
    columns = [draw(_column(column)) for column in draw(st.lists(_NAMES, min_size=2, max_size=7, unique=True))]
    first = columns[0]
    key_type = draw(st.sampled_from(_KEY_TYPES))
    identity = draw(st.sampled_from([None, "by default", "always"])) if "int" in key_type.name else None
    columns[0] = Column(first.name, key_type, is_nullable=False, identity=identity, comment=first.comment)
    primary = Key((first.name,), draw(st.sampled_from([None, f"{name}_pkey", f"pk of {name}"])))
    table = Table(name, tuple(columns), primary, comment=draw(_COMMENTS))
    table = draw(_with_reference(table, [*earlier, table])) if draw(st.booleans()) else table
    return draw(_with_extras(table))


@st.composite
def _column(draw: st.DrawFn, name: str) -> Column:
    type_ = draw(st.sampled_from(_TYPES))
    known = _DEFAULTS.get(type_.name, ()) if not type_.dimensions else ("'{}'",)
    default = draw(st.sampled_from([None, *known]))
    return Column(name, type_, draw(st.booleans()), default, comment=draw(_COMMENTS))


@st.composite
def _with_reference(draw: st.DrawFn, table: Table, targets: list[Table]) -> Table:
    target = draw(st.sampled_from(targets))
    theirs = target.columns[0]
    column = Column("ref_id", theirs.type, draw(st.booleans()))
    actions = draw(st.sampled_from(_ACTIONS)), draw(st.sampled_from(_ACTIONS))
    name = draw(st.sampled_from([None, f"{table.name}_to_{target.name}"]))
    key = ForeignKey(("ref_id",), target.name, (theirs.name,), *actions, draw(st.booleans()), name)
    uniques = (Key(("ref_id",), None),) if draw(st.booleans()) else ()
    return Table(
        table.name,
        (*table.columns, column),
        table.primary_key,
        uniques,
        (key,),
        comment=table.comment,
    )


@st.composite
def _with_extras(draw: st.DrawFn, table: Table) -> Table:
    plain = [c.name for c in table.columns if c.type in (*_KEY_TYPES, Type("boolean"), Type("date"))]
    indexes = []
    if draw(st.booleans()):
        parts = draw(st.lists(st.sampled_from(plain), min_size=1, max_size=3, unique=True))
        indexes.append(draw(_index(table, tuple(parts))))
    checks = ()
    if draw(st.booleans()):
        name = draw(st.sampled_from([None, f"{table.name}_ok"]))
        checks = (Check(f'"{table.columns[0].name}" IS NOT NULL', name),)
    return Table(
        table.name,
        table.columns,
        table.primary_key,
        table.uniques,
        table.foreign_keys,
        checks,
        tuple(indexes),
        comment=table.comment,
    )


@st.composite
def _index(draw: st.DrawFn, table: Table, columns: tuple[str, ...]) -> Index:
    parts = tuple(
        IndexPart(column, is_descending=draw(st.booleans()), nulls=draw(st.sampled_from([None, "first", "last"])))
        for column in columns
    )
    where = draw(st.sampled_from([None, f'"{table.columns[0].name}" IS NOT NULL']))
    return Index(f"{table.name}_by_chance", table.name, parts, draw(st.booleans()), where=where)
