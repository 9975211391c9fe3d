"""Ask for a range of a column, not for a value worked out from it.

`date(placed_at) = :day` works out a date for every row; `placed_at >= :day AND placed_at < :day + 1` says the same of
the column itself, so that an index on it, its statistics and partitions by it can be used ("sargable" conditions:
Selinger et al., SIGMOD 1979; Winand, "SQL Performance Explained", chapter 2). The same goes for a year or a month taken
from a moment, for a sum with a number, and for a number compared as text. Where no index begins with the column, one is
part of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from lab.advise.propose import new_index
from lab.advise.queries import Select, queries
from lab.advise.scripts import named, with_index
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Index

RULE = "widen_to_ranges"
_MOMENTS = ("timestamptz", "timestamp", "date")
_WHOLE = ("smallint", "integer", "bigint")
_UNITS = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
_RISK = (
    "the session's time zone must be the one the query meant, as before; a parameter that is no date or number becomes "
    "an error where it matched nothing; the new text must be deployed"
)


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for query in queries(run, engine):
        again = query.again()
        # What PostgreSQL's text says of days and months cannot all be said in SQLite.
        spoken = query.dialect if engine != "sqlite" or query.key else ""
        indexes: dict[str, Index] = {}
        places: list[str] = []
        for select in again.selects():
            for condition in list(select.conditions()):
                if isinstance(condition, exp.EQ) and (found := _widened(select, condition, spoken)):
                    alias, column, better = found
                    condition.replace(better)
                    places.append(f"{column.name} of {select.tables[alias].name}")
                    if index := _missing_index(select, alias, column):
                        indexes[index.name] = index
        if places:
            script = with_index(named(query.operation.name, "by_range"), *indexes.values())
            reason = f"`{query.operation.name}` compares a value worked out from {', '.join(dict.fromkeys(places))}"
            yield Proposal(RULE, script, reason, (query.operation.name,), (again.rewritten(),), _RISK)


def _widened(select: Select, condition: exp.EQ, dialect: str) -> tuple[str, Column, exp.Expr] | None:
    for side, value in ((condition.left, condition.right), (condition.right, condition.left)):
        if value.find(exp.Column, exp.Query, exp.AggFunc):
            continue
        for find in _FORMS:
            if better := find(select, side.unnest(), value, dialect):
                return better
    return None


_Found = tuple[str, Column, exp.Expr] | None


def _a_day(select: Select, side: exp.Expr, value: exp.Expr, dialect: str) -> _Found:
    """A date made of a moment."""
    is_cast = isinstance(side, exp.Cast) and side.to.is_type(exp.DType.DATE)
    if not dialect or not (is_cast or isinstance(side, exp.Date | exp.TsOrDsToDate)) or side.expressions:
        return None
    owner = select.owner(side.this.unnest())
    if owner is None or owner[1].type.name not in _MOMENTS:
        return None
    if dialect == "sqlite":
        # Counting from it, the 30th of February is the 2nd of March.
        day, next_day = (_days_after(value, days) for days in (0, 1))
        return *owner, exp.and_(_between(side.this, day, next_day), exp.EQ(this=day, expression=value.copy()))
    date = exp.cast(value.copy(), "date")
    return *owner, _between(side.this, date, _later(date, 1, "DAY"))


def _a_unit(select: Select, side: exp.Expr, value: exp.Expr, dialect: str) -> _Found:
    """A moment cut to the day, month, …: `date_trunc('month', x) = :m`. A value that is no such beginning matches no
    row, which is asked beside."""
    if dialect != "postgres" or not isinstance(side, exp.TimestampTrunc) or side.args.get("zone"):
        return None
    owner, unit = select.owner(side.this.unnest()), side.args["unit"].name.upper()
    if owner is None or unit not in _UNITS or owner[1].type.name not in ("timestamptz", "timestamp"):
        return None
    start = exp.cast(value.copy(), owner[1].type.name, dialect="postgres")
    is_start = exp.EQ(this=exp.TimestampTrunc(this=start.copy(), unit=exp.var(unit)), expression=start.copy())
    return *owner, exp.and_(_between(side.this, start, _later(start, 1, unit)), is_start)


def _a_year(select: Select, side: exp.Expr, value: exp.Expr, dialect: str) -> _Found:
    is_extract = isinstance(side, exp.Extract) and side.this.name.upper() == "YEAR"
    if not is_extract and not isinstance(side, exp.Year):
        return None
    inner = side.expression if is_extract else side.this
    inner = inner.this if isinstance(inner, exp.TsOrDsToDate) else inner
    owner = select.owner(inner.unnest())
    if dialect in ("", "sqlite") or owner is None or owner[1].type.name not in _MOMENTS:
        return None
    return *owner, _between(inner, *(_first_of_year(value, more, owner[1], dialect) for more in (0, 1)))


def _first_of_year(value: exp.Expr, more: int, column: Column, dialect: str) -> exp.Expr:
    year: exp.Expr = value.copy()
    if dialect == "postgres":
        year = exp.cast(year, "integer")
        day = exp.func("make_date", exp.Add(this=year, expression=exp.Literal.number(more)) if more else year, *_ONES)
        return exp.cast(day, column.type.name, dialect="postgres")
    year = exp.Add(this=exp.Paren(this=year), expression=exp.Literal.number(more)) if more else year
    return exp.cast(exp.func("CONCAT", year, exp.Literal.string("-01-01")), "date")


_ONES = (exp.Literal.number(1), exp.Literal.number(1))


def _a_sum(select: Select, side: exp.Expr, value: exp.Expr, dialect: str) -> _Found:
    """`x + 1 = :y` as `x = :y - 1`."""
    if not isinstance(side, exp.Add | exp.Sub) or not isinstance(side.right, exp.Literal) or side.right.is_string:
        return None
    owner = select.owner(side.left.unnest())
    if owner is None or owner[1].type.name not in (*_WHOLE, "numeric"):
        return None
    opposite = exp.Sub if isinstance(side, exp.Add) else exp.Add
    number = exp.cast(value.copy(), owner[1].type.name) if isinstance(value, exp.Placeholder) else exp.paren(value)
    return *owner, exp.EQ(this=side.left.copy(), expression=opposite(this=number, expression=side.right.copy()))


def _a_number(select: Select, side: exp.Expr, value: exp.Expr, dialect: str) -> _Found:
    """`CAST(x AS text) = :y` as `x = CAST(:y AS bigint)`."""
    is_text = isinstance(side, exp.Cast) and side.to.is_type(*exp.DataType.TEXT_TYPES)
    owner = select.owner(side.this.unnest()) if is_text else None
    if owner is None or owner[1].type.name not in (*_WHOLE, "uuid") or dialect == "sqlite":
        return None
    return *owner, exp.EQ(this=side.this.copy(), expression=exp.cast(value.copy(), owner[1].type.name))


_FORMS: tuple[Callable[[Select, exp.Expr, exp.Expr, str], _Found], ...] = (_a_day, _a_unit, _a_year, _a_sum, _a_number)


def _between(column: exp.Expr, low: exp.Expr, high: exp.Expr) -> exp.Expr:
    return exp.and_(
        exp.GTE(this=column.copy(), expression=low.copy()), exp.LT(this=column.copy(), expression=high.copy())
    )


def _later(start: exp.Expr, count: int, unit: str) -> exp.Expr:
    if unit == "QUARTER":
        count, unit = 3, "MONTH"
    return exp.Add(this=start.copy(), expression=exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit)))


def _days_after(value: exp.Expr, days: int) -> exp.Expr:
    """As SQLite counts them."""
    return exp.Anonymous(this="date", expressions=[value.copy(), exp.Literal.string(f"+{days} days")])


def _missing_index(select: Select, alias: str, column: Column) -> Index | None:
    return new_index(select.tables[alias], [(column.name, False)])
