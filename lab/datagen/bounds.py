"""What CHECK constraints and partitions ask of values, as far as they compare columns with constants or each other.

A check this module does not understand is left to the database, which judges the rows itself. Of `one OR other` only
one side is enforced: the one that leaves the values most freedom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.datagen import conditions, formulas, grid, patterns
from lab.errors import LabError
from lab.model.schema import Column, Table

_Number = TypeVar("_Number", int, float)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.GTE: ">=",
    exp.GT: ">",
    exp.LTE: "<=",
    exp.LT: "<",
    exp.EQ: "=",
    exp.NEQ: "<>",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a column's values must satisfy. Moments are bounded in microseconds since 1970."""

    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    case: Literal["lower", "upper"] | None = None
    presence: Literal["always", "never"] | None = None
    """Whether the value is never, or always, NULL."""
    above: tuple[str, ...] = ()
    """Columns of the row it may not fall below."""
    is_strictly_above: bool = False
    unlike: tuple[str, ...] = ()
    """Columns of the row it may not equal."""
    expression: str | None = None
    """What it must equal."""
    patterns: tuple[str, ...] = ()
    """Regular expressions it must match."""
    required: tuple[str, ...] = ()
    """Conditions on other columns of the row under which it is not NULL."""
    absent: tuple[str, ...] = ()
    """Conditions on other columns of the row under which it is NULL."""
    missing_with: str | None = None
    """A column of the row without which it is NULL, too."""

    @property
    def cost(self) -> int:
        """How much freedom it takes."""
        never = 100 if self.presence == "never" else 0
        return never + (10 if self.values else 0) + (5 if self.excluded else 0) + 1


_Conditions = list[tuple[str, Bounds]]
_Columns = Mapping[str, Column]


def bounds_of(table: Table) -> dict[str, Bounds]:
    """By column; columns nothing bounds are missing."""
    columns = {column.name: column for column in table.columns}
    found: dict[str, Bounds] = {}
    for check in table.checks:
        for name, bound in _of_check(check.expression, columns):
            found[name] = _both(found.get(name, Bounds()), bound)
    for name, bound in _of_partitions(table, columns):
        found[name] = _both(found.get(name, Bounds()), bound)
    found = {name: _settled(bounds, found) for name, bounds in found.items()}
    order = [column.name for column in table.columns]
    return _spread(_one_way(found, order), columns)


def _settled(bounds: Bounds, found: Mapping[str, Bounds]) -> Bounds:
    """Conditions on columns that have none of their own: presence is decided in no circle."""

    def is_free(condition: str) -> bool:
        tree = sqlglot.parse_one(condition, read="postgres")
        others = (found.get(column.name, Bounds()) for column in tree.find_all(exp.Column))
        return not any(other.required or other.absent for other in others)

    return replace(
        bounds, required=tuple(filter(is_free, bounds.required)), absent=tuple(filter(is_free, bounds.absent))
    )


def _both(one: Bounds, other: Bounds) -> Bounds:
    common = tuple(value for value in one.values if value in other.values)
    return Bounds(
        _largest(one.low, other.low),
        _smallest(one.high, other.high),
        common or one.values or other.values,
        one.excluded + other.excluded,
        _largest(one.shortest, other.shortest),
        _smallest(one.longest, other.longest),
        one.case or other.case,
        one.presence or other.presence,
        one.above + other.above,
        one.is_strictly_above or other.is_strictly_above,
        one.unlike + other.unlike,
        one.expression or other.expression,
        one.patterns + other.patterns,
        one.required + other.required,
        one.absent + other.absent,
    )


def _largest(one: _Number | None, other: _Number | None) -> _Number | None:
    return max((number for number in (one, other) if number is not None), default=None)


def _smallest(one: _Number | None, other: _Number | None) -> _Number | None:
    return min((number for number in (one, other) if number is not None), default=None)


def _one_way(found: Mapping[str, Bounds], order: list[str]) -> dict[str, Bounds]:
    """Each pair of columns is compared by one of the two: values are made in no circle."""
    kept = {name: replace(bounds, above=(), unlike=()) for name, bounds in found.items()}
    for name in sorted(found, key=order.index):
        for other in found[name].above:
            if name not in _reached(other, kept):
                kept[name] = replace(kept[name], above=(*kept[name].above, other))
    for name in sorted(found, key=order.index, reverse=True):
        for other in found[name].unlike:
            if name not in _reached(other, kept):
                kept[name] = replace(kept[name], unlike=(*kept[name].unlike, other))
    return kept


def _reached(name: str, kept: Mapping[str, Bounds]) -> set[str]:
    """The column and all it is compared with, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += (*kept[current].above, *kept[current].unlike) if current in kept else ()
    return reached


def _spread(found: dict[str, Bounds], columns: _Columns) -> dict[str, Bounds]:
    """Bounds carried from a number to those it is compared with, so that there is room between them."""
    for _ in range(len(found)):
        for name, bounds in tuple(found.items()):
            step = grid.step_of(columns[name].type) if bounds.is_strictly_above else 0.0
            for other in bounds.above:
                lower = found.get(other, Bounds())
                if lower.low is not None:
                    found[name] = replace(found[name], low=_largest(found[name].low, lower.low + step))
                if bounds.high is not None:
                    found[other] = replace(lower, high=_smallest(lower.high, bounds.high - step))
    return found


def _of_check(expression: str, columns: _Columns) -> Iterator[tuple[str, Bounds]]:
    try:
        tree = sqlglot.parse_one(expression, read="postgres")
    except SqlglotError:
        return
    for conjunct in _flattened(tree, exp.And):
        yield from _conditional(conjunct, columns) or _conditions(conjunct, columns) or []


def _conditional(tree: exp.Expr, columns: _Columns) -> _Conditions | None:
    """`status <> 'paid' OR paid_on IS NOT NULL`, `(status = 'paid') = (paid_on IS NOT NULL)`: a value that is there,
    or is not, as other columns of the row say."""
    tree = tree.unnest()
    if isinstance(tree, exp.Or):
        sides = list(_flattened(tree, exp.Or))
        presences = [side for side in sides if _presence(side, columns) is not None]
        others = [side for side in sides if side not in presences]
        if len(presences) != 1 or not others:
            return None
        unless = " OR ".join(f"({other.sql(dialect='postgres')})" for other in others)
        return _on_condition(presences[0], f"NOT ({unless})", others, columns, is_both=False)
    if isinstance(tree, exp.EQ | exp.NEQ):
        left, right = tree.left.unnest(), tree.right.unnest()
        condition, presence = (right, left) if _presence(left, columns) is not None else (left, right)
        text = condition.sql(dialect="postgres")
        when = text if isinstance(tree, exp.EQ) else f"NOT ({text})"
        return _on_condition(presence, when, [condition], columns, is_both=True)
    return None


def _presence(tree: exp.Expr, columns: _Columns) -> tuple[str, bool] | None:
    """The column of an IS NULL or IS NOT NULL, and whether it is the latter."""
    tree, is_not = tree.unnest(), False
    if isinstance(tree, exp.Not):
        tree, is_not = tree.this.unnest(), True
    if not isinstance(tree, exp.Is) or not isinstance(tree.expression, exp.Null):
        return None
    name = _column(tree.this, columns)
    return (name, is_not != bool(tree.args.get("negate"))) if name is not None else None


def _on_condition(
    presence: exp.Expr, when: str, others: list[exp.Expr], columns: _Columns, is_both: bool
) -> _Conditions | None:
    """What `presence` says holds when a condition does, and the contrary otherwise where it says both."""
    found = _presence(presence, columns)
    used = {column.name for other in others for column in other.find_all(exp.Column)}
    if (
        found is None
        or not all(map(conditions.is_known, others))
        or not used
        or not used <= columns.keys() - {found[0]}
    ):
        return None
    name, is_required = found
    contrary = (f"NOT ({when})",) if is_both else ()
    required, absent = ((when,), contrary) if is_required else (contrary, (when,))
    return [(name, Bounds(required=required, absent=absent))]


def _flattened(tree: exp.Expr, connector: type[exp.Connector]) -> Iterator[exp.Expr]:
    tree = tree.unnest()
    if isinstance(tree, connector):
        yield from _flattened(tree.left, connector)
        yield from _flattened(tree.right, connector)
    else:
        yield tree


def _conditions(tree: exp.Expr, columns: _Columns) -> _Conditions | None:
    """Conditions under which an expression surely holds; None where it is not understood."""
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        parts = [_conditions(side, columns) for side in _flattened(tree, exp.And)]
        return None if None in parts else [condition for part in parts for condition in part or []]
    if isinstance(tree, exp.Or):
        return _alternative(list(_flattened(tree, exp.Or)), columns)
    if isinstance(tree, exp.Between):
        low = _compared(tree.this, ">=", tree.args["low"], columns)
        high = _compared(tree.this, "<=", tree.args["high"], columns)
        return low + high if low and high else None
    if isinstance(tree, exp.In):
        return _listed(tree.this, tree.expressions, columns)
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return _present(tree.this, "always" if tree.args.get("negate") else "never", columns)
    if isinstance(tree, exp.Like | exp.ILike | exp.RegexpLike | exp.RegexpILike):
        return _matching(tree, columns)
    if isinstance(tree, exp.Not):
        return _negated(tree.this.unnest(), columns)
    if type(tree) in _OPERATORS:
        return _comparison(tree, _OPERATORS[type(tree)], columns)
    name = _column(tree, columns)
    return [(name, Bounds(values=("true",)))] if name and columns[name].type.name == "boolean" else None


def _alternative(sides: list[exp.Expr], columns: _Columns) -> _Conditions | None:
    """The cheapest side; of equalities of one column all."""
    understood = [side for side in (_conditions(side, columns) for side in sides) if side]
    names = {name for side in understood for name, _ in side}
    if len(understood) == len(sides) and len(names) == 1 and all(len(s) == 1 and s[0][1].values for s in understood):
        return [(names.pop(), Bounds(values=tuple(value for side in understood for value in side[0][1].values)))]
    return min(understood, key=lambda side: sum(bounds.cost for _, bounds in side), default=None)


def _matching(tree: exp.Expr, columns: _Columns) -> _Conditions | None:
    name, pattern = _column(tree.this, columns), _constant(tree.expression)
    if name is None or pattern is None:
        return None
    found = patterns.of_like(pattern) if isinstance(tree, exp.Like | exp.ILike) else pattern
    if isinstance(tree, exp.ILike | exp.RegexpILike):
        found = f"(?i){found}"
    return [(name, Bounds(patterns=(found,)))] if patterns.is_regular(found) else None


def _negated(tree: exp.Expr, columns: _Columns) -> _Conditions | None:
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return _present(tree.this, "never" if tree.args.get("negate") else "always", columns)
    if isinstance(tree, exp.In):
        listed = _listed(tree.this, tree.expressions, columns)
        return [(name, Bounds(excluded=bounds.values)) for name, bounds in listed] if listed else None
    name = _column(tree, columns)
    return [(name, Bounds(values=("false",)))] if name and columns[name].type.name == "boolean" else None


def _present(tree: exp.Expr, presence: Literal["always", "never"], columns: _Columns) -> _Conditions | None:
    name = _column(tree, columns)
    return [(name, Bounds(presence=presence))] if name else None


def _listed(tree: exp.Expr, items: Iterable[exp.Expr], columns: _Columns) -> _Conditions | None:
    name, values = _column(tree, columns), [_constant(item) for item in items]
    if name is None or not values or None in values:
        return None
    return [(name, Bounds(values=tuple(value for value in values if value is not None)))]


def _comparison(tree: exp.Expr, operator: str, columns: _Columns) -> _Conditions | None:
    left, right = _bare(tree.this), _bare(tree.expression)
    if isinstance(right, exp.Any) and operator == "=":
        array = _bare(right.this)
        return _listed(left, array.expressions, columns) if isinstance(array, exp.Array) else None
    if isinstance(left, exp.Is) and isinstance(right, exp.Is):
        return _both_or_one(left, right, operator, columns)
    if operator == "=" and (found := _equation(left, right, columns) or _equation(right, left, columns)):
        return found
    return _compared(left, operator, right, columns) or _compared(right, _MIRRORED[operator], left, columns)


def _equation(left: exp.Expr, right: exp.Expr, columns: _Columns) -> _Conditions | None:
    """`total = quantity * price`: a number worked out from others."""
    name = _column(left, columns)
    if name is None or not isinstance(right, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Round):
        return None
    others = [_column(column, columns) for column in right.find_all(exp.Column)]
    if not others or None in others or name in others or not grid.is_number(columns[name].type):
        return None
    text = right.sql(dialect="postgres")
    try:
        formulas.parse(text)
    except LabError:
        return None
    return [(name, Bounds(expression=text))]


def _both_or_one(left: exp.Is, right: exp.Is, operator: str, columns: _Columns) -> _Conditions | None:
    """`(a IS NULL) = (b IS NULL)`: both are there. `(a IS NULL) <> (b IS NULL)`: the first is."""
    one, other = _present(left.this, "always", columns), _present(right.this, "always", columns)
    is_same = (left.args.get("negate") == right.args.get("negate")) == (operator == "=")
    if one is None or other is None or operator not in ("=", "<>"):
        return None
    return one + (other if is_same else [(name, Bounds(presence="never")) for name, _ in other])


def _compared(left: exp.Expr, operator: str, right: exp.Expr, columns: _Columns) -> _Conditions | None:
    left, right = _bare(left), _bare(right)
    if isinstance(left, exp.Length):
        return _length(left, operator, right, columns)
    name, other = _column(left, columns), _column(right, columns)
    if name is None:
        return None
    if isinstance(right, exp.Lower | exp.Upper) and operator == "=" and _column(right.this, columns) == name:
        return [(name, Bounds(case="lower" if isinstance(right, exp.Lower) else "upper"))]
    if other is not None:
        return _between_columns(name, operator, other)
    return _against_constant(columns[name], operator, right)


def _length(call: exp.Length, operator: str, right: exp.Expr, columns: _Columns) -> _Conditions | None:
    name, number = _column(_bare(call.this), columns), _number(right)
    if name is None or number is None or operator == "<>":
        return None
    length = int(number)
    shortest = {">": length + 1, ">=": length, "=": length}.get(operator)
    longest = {"<": length - 1, "<=": length, "=": length}.get(operator)
    return [(name, Bounds(shortest=shortest, longest=longest))]


def _between_columns(name: str, operator: str, other: str) -> _Conditions | None:
    if operator == "<>":
        return [(name, Bounds(unlike=(other,))), (other, Bounds(unlike=(name,)))]
    if operator[0] == ">":
        return [(name, Bounds(above=(other,), is_strictly_above=operator == ">"))]
    if operator[0] == "<":
        return [(other, Bounds(above=(name,), is_strictly_above=operator == "<"))]
    return None


def _against_constant(column: Column, operator: str, right: exp.Expr) -> _Conditions | None:
    value = _constant(right)
    if value is None:
        return None
    if operator == "<>":
        return [(column.name, Bounds(excluded=(value,)))]
    number = _moment(value) if grid.is_moment(column.type) else _number(right) if grid.is_number(column.type) else None
    if number is None:
        return [(column.name, Bounds(values=(value,)))] if operator == "=" else None
    step = grid.step_of(column.type) if operator in ("<", ">") else 0.0
    low = number + step if operator[0] in ">=" else None
    high = number - step if operator[0] in "<=" else None
    return [(column.name, Bounds(low=low, high=high))]


def _bare(tree: exp.Expr) -> exp.Expr:
    """Without parentheses and casts, which `pg_dump` writes wherever it can."""
    tree = tree.unnest()
    return _bare(tree.this) if isinstance(tree, exp.Cast) else tree


def _column(tree: exp.Expr, columns: _Columns) -> str | None:
    tree = _bare(tree)
    if not isinstance(tree, exp.Column) or not isinstance(tree.this, exp.Identifier):
        return None
    name = tree.name if tree.this.quoted else tree.name.lower()
    return name if name in columns else None


def _constant(tree: exp.Expr) -> str | None:
    tree = _bare(tree)
    if isinstance(tree, exp.Neg):
        inner = _constant(tree.this)
        return None if inner is None else f"-{inner}"
    if isinstance(tree, exp.Boolean):
        return "true" if tree.this else "false"
    return str(tree.this) if isinstance(tree, exp.Literal | exp.ByteString) else None


def _number(tree: exp.Expr) -> float | None:
    constant = _constant(tree)
    try:
        return None if constant is None else float(constant)
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000


def _of_partitions(table: Table, columns: _Columns) -> Iterator[tuple[str, Bounds]]:
    """What the partitions of one column have room for; anything, where one of them is the default."""
    partitioning = table.partitioning
    if partitioning is None or len(partitioning.keys) != 1 or partitioning.keys[0] not in columns:
        return
    column, clauses = columns[partitioning.keys[0]], [clause for _, clause in partitioning.partitions]
    if not clauses or any(clause.strip().upper() == "DEFAULT" for clause in clauses):
        return
    if partitioning.strategy == "list":
        listed = [value for clause in clauses for value in re.findall(r"'((?:[^']|'')*)'|(-?[\d.]+)", clause)]
        yield column.name, Bounds(values=tuple((text or number).replace("''", "'") for text, number in listed))
    elif partitioning.strategy == "range":
        yield from _of_ranges(column, clauses)


def _of_ranges(column: Column, clauses: list[str]) -> Iterator[tuple[str, Bounds]]:
    lows, highs = [], []
    for clause in clauses:
        ends = re.findall(r"\(\s*'?([^')]+?)'?\s*\)", clause)
        if len(ends) != 2:
            return
        lows.append(_end(ends[0], column))
        highs.append(_end(ends[1], column))
    step = grid.step_of(column.type)
    low = min((end for end in lows if end is not None), default=None) if None not in lows else None
    high = max((end for end in highs if end is not None), default=None) if None not in highs else None
    yield column.name, Bounds(low=low, high=None if high is None else high - step)


def _end(text: str, column: Column) -> float | None:
    if grid.is_moment(column.type):
        return _moment(text)
    try:
        return float(text) if grid.is_number(column.type) else None
    except ValueError:
        return None
