"""How a query's text reaches the rows of each table: what an index could serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from lab.advise.names import qualified
from lab.model.schema import Schema
from lab.model.spoken import text_key
from lab.model.workload import Operation

_DIALECTS = {"sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}
_IMMUTABLE = (exp.Cast, exp.Substring, exp.Lower, exp.Upper, exp.Coalesce, exp.Length, exp.Abs)
_Columns = dict[str, set[str]]
_Own = Callable[[exp.Expr], str | None]
"""The name of the column when it is one of the table at hand."""


@dataclass(frozen=True, slots=True)
class Access:
    """One table in one SELECT (or UPDATE, DELETE) of an operation. Columns in the order they are written."""

    operation: str
    table: str
    equal: tuple[str, ...] = ()
    """Columns held equal to a parameter or to an outer query's column."""
    fixed: tuple[tuple[str, str], ...] = ()
    """Columns a condition without parameters is about, and that condition: (`deleted_at`, `deleted_at IS NULL`)."""
    ranges: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    """Columns held equal to a column of another table."""
    order: tuple[tuple[str, bool], ...] = ()
    """(column, is descending), when the rows are ordered by this table's columns alone."""
    used: tuple[str, ...] = ()
    """Every column that is read."""
    constants: tuple[str, ...] = ()
    """Every condition on this table's columns alone that is the same at each execution, as SQL."""
    needed: tuple[str, ...] = ()
    """The columns that are read for anything else than those constant conditions."""
    groups: tuple[str, ...] = ()
    """The columns of this table the rows are grouped by."""


def find_accesses(operation: Operation, engine: str, schema: Schema) -> tuple[Access, ...]:
    """Every table access of an operation as `engine` runs it; none when its text cannot be parsed. Of an engine
    without SQL, the accesses of the operation's SQL: they are for the same rows."""
    key = text_key(engine, operation.sql)
    text = operation.sql.get(key, "")
    if text.lstrip().startswith(("{", "[")):
        key, text = "", operation.sql.get("", "")
    dialect = _DIALECTS.get(key, "postgres")
    columns = {table.name: {column.name for column in table.columns} for table in schema.tables}
    try:
        tree = qualified(text, engine, dialect, schema)
    except SqlglotError:
        return ()
    if isinstance(tree, exp.Update | exp.Delete):
        return tuple(_changed_rows(operation.name, tree, columns))
    return tuple(access for scope in traverse_scope(tree) for access in _in_scope(operation.name, scope, columns))


def _in_scope(operation: str, scope: Scope, columns: _Columns) -> Iterator[Access]:
    select = scope.expression
    if not isinstance(select, exp.Select):
        return
    conditions = list(_conditions(select))
    for alias, source in scope.sources.items():
        if not isinstance(source, exp.Table) or source.name not in columns:
            continue
        own = _own(alias, columns[source.name])
        access = _sorted_out(Access(operation, source.name), conditions, own, set(scope.sources) - {alias})
        columns_read = [column for column in scope.columns if column.table == alias]
        settled = {id(c) for part in conditions if _is_constant(part, own) for c in part.find_all(exp.Column)}
        yield replace(
            access,
            order=_order(select, own),
            used=_names(columns_read),
            needed=_names(column for column in columns_read if id(column) not in settled),
            groups=_groups(select, own),
        )


def _names(read: Iterable[exp.Column]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column.name for column in read))


def _groups(select: exp.Select, own: _Own) -> tuple[str, ...]:
    group = select.args.get("group")
    found = (own(key) for key in group.expressions) if group else ()
    return tuple(dict.fromkeys(name for name in found if name))


def _changed_rows(operation: str, tree: exp.Expr, columns: _Columns) -> Iterator[Access]:
    table, where = tree.this, tree.args.get("where")
    if isinstance(table, exp.Table) and table.name in columns and where:
        own = _own(table.alias_or_name, columns[table.name], is_bare=True)
        yield _sorted_out(Access(operation, table.name), list(_conjuncts(where.this)), own, set())


def _own(alias: str, known: Set[str], is_bare: bool = False) -> _Own:
    def own(node: exp.Expr) -> str | None:
        is_own = isinstance(node, exp.Column) and (node.table == alias or (is_bare and not node.table))
        return node.name if is_own and node.name in known else None

    return own


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    """Conjuncts of WHERE and of the joins' ON."""
    where = select.args.get("where")
    if where:
        yield from _conjuncts(where.this)
    for join in select.args.get("joins") or ():
        if join.args.get("on"):
            yield from _conjuncts(join.args["on"])


def _conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that all hold. Of an OR, those that each of its sides holds."""
    for part in tree.flatten() if isinstance(tree, exp.And) else (tree,):
        plain = part.unnest()
        yield plain
        if isinstance(plain, exp.Or):
            first, *others = (list(_conjuncts(side.unnest())) for side in plain.flatten())
            yield from (condition for condition in first if all(condition in other for other in others))


def _sorted_out(access: Access, conditions: list[exp.Expr], own: _Own, others: Set[str]) -> Access:
    """The access with the conjuncts about its table, by the kind of search they allow."""
    equal: dict[str, None] = {}
    fixed: dict[str, str] = {}
    ranges: dict[str, None] = {}
    joins: dict[str, None] = {}
    constants = dict.fromkeys(_bare(condition) for condition in conditions if _is_constant(condition, own))
    for condition in conditions:
        if name := _fixed_column(condition, own):
            fixed[name] = _bare(condition)
        elif isinstance(condition, exp.EQ):
            for mine, other in ((condition.left, condition.right), (condition.right, condition.left)):
                if name := own(mine):
                    is_join = any(column.table in others for column in other.find_all(exp.Column))
                    (joins if is_join else equal)[name] = None
        elif isinstance(condition, exp.In) and (name := own(condition.this)):
            (joins if condition.args.get("query") else equal)[name] = None
        elif isinstance(condition, exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Between):
            sides = (condition.this,) if isinstance(condition, exp.Between) else (condition.left, condition.right)
            ranges |= dict.fromkeys(name for side in sides if (name := own(side)))
    return replace(
        access,
        equal=tuple(equal),
        fixed=tuple(fixed.items()),
        ranges=tuple(ranges),
        joins=tuple(joins),
        constants=tuple(constants),
    )


def _is_constant(condition: exp.Expr, own: _Own) -> bool:
    """Whether an index may hold only the rows a condition keeps: its columns are of one table, and it says the same
    every time. Functions are those that PostgreSQL, MySQL and SQLite all call immutable."""
    if condition.find(exp.Placeholder, exp.Parameter, exp.Query):
        return False
    columns = list(condition.find_all(exp.Column))
    functions = [node for node in condition.find_all(exp.Func) if not isinstance(node, exp.Connector)]
    casts = [node for node in functions if isinstance(node, exp.Cast)]
    return (
        bool(columns)
        and all(own(column) for column in columns)
        and all(isinstance(node, _IMMUTABLE) for node in functions)
        and all(node.to.is_type("date", *exp.DataType.NUMERIC_TYPES) for node in casts)
    )


def _fixed_column(condition: exp.Expr, own: _Own) -> str | None:
    """The one column a simple condition is about that has no parameters, functions or other columns."""
    if condition.find(exp.Placeholder, exp.Parameter, exp.Select, exp.Func):
        return None
    names = {own(column) for column in condition.find_all(exp.Column)}
    is_simple = isinstance(condition, exp.Is | exp.EQ | exp.NEQ | exp.In | exp.Not | exp.Column)
    return next(iter(names)) if len(names) == 1 and is_simple else None


def _bare(condition: exp.Expr) -> str:
    """The condition as SQL, its columns without their table."""
    plain = condition.copy()
    for column in plain.find_all(exp.Column):
        column.set("table", None)
    return plain.sql(dialect="postgres")


def _order(select: exp.Select, own: _Own) -> tuple[tuple[str, bool], ...]:
    order = select.args.get("order")
    if order is None or select.args.get("group") or select.args.get("distinct"):
        return ()
    keys: list[tuple[str, bool]] = []
    named = {item.alias_or_name: item.unalias() for item in select.expressions}
    for key in order.expressions:
        column = key.this
        name = own(named.get(column.name, column) if isinstance(column, exp.Column) and not column.table else column)
        if name is None:
            return ()
        keys.append((name, bool(key.args.get("desc"))))
    return tuple(keys)
