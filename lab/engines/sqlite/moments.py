"""Casts, times and intervals of PostgreSQL's queries, as SQLite means them.

SQLite keeps times as text, `2025-11-03 10:11:12.000000+00:00`, the zone left out where PostgreSQL's type has none, and
casts what it has no type for to a number: `CAST('7f31…' AS UUID)` is 7. What is said here compares and sorts as
PostgreSQL's does, to the millisecond (https://sqlite.org/lang_datefunc.html, https://sqlite.org/datatype3.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.errors import UnsupportedError

_WHOLE = "%Y-%m-%d %H:%M:%f000"
_SPELLED = 26
"""Characters of a time before its zone."""
_UNITS = {
    "s": "seconds",
    "sec": "seconds",
    "second": "seconds",
    "min": "minutes",
    "minute": "minutes",
    "h": "hours",
    "hr": "hours",
    "hour": "hours",
    "d": "days",
    "day": "days",
    "mon": "months",
    "month": "months",
    "y": "years",
    "year": "years",
}
_DAYS_OF_WEEK = 7
_PARTS = {
    "year": "%Y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "dow": "%w",
    "doy": "%j",
}
_BEGINNINGS = {
    "second": "%Y-%m-%d %H:%M:%S.000000",
    "minute": "%Y-%m-%d %H:%M:00.000000",
    "hour": "%Y-%m-%d %H:00:00.000000",
    "day": "%Y-%m-%d 00:00:00.000000",
    "week": "%Y-%m-%d 00:00:00.000000",
    "month": "%Y-%m-01 00:00:00.000000",
    "year": "%Y-01-01 00:00:00.000000",
}
_TO_MONDAY = ("-6 days", "weekday 1")
_UNIX_EPOCH = 2440587.5
"""In Julian days."""
_DAY_SECONDS = 86_400
_KEPT_CASTS = frozenset((*exp.DataType.NUMERIC_TYPES, *exp.DataType.TEXT_TYPES)) | {
    exp.DType.BOOLEAN,
    exp.DType.DATE,
    exp.DType.TIME,
    exp.DType.VARBINARY,
    exp.DType.ARRAY,
}
_MOMENTS = frozenset((exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ))


def in_sqlite(tree: exp.Expr) -> exp.Expr:
    """The tree with what SQLite says otherwise replaced. Raises sqlglot's UnsupportedError for what it cannot say."""
    for node in reversed([*tree.bfs()]):
        said = _said(node)
        if said is not node:
            tree = said if node is tree else tree
            node.replace(said)
    return tree


def _said(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Cast():
            return _cast(node)
        case exp.Add() | exp.Sub():
            return _moved(node)
        case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE() | exp.Between():
            return _between_dates(node)
        case exp.Extract():
            return _part(node.this.name.lower(), node.expression)
        case exp.TimestampTrunc() | exp.DateTrunc():
            return _beginning(node.this, node.args["unit"].name.lower())
        case exp.CurrentTimestamp():
            return exp.paren(exp.DPipe(this=_call("strftime", _WHOLE, "now"), expression=_text("+00:00")))
        case exp.AtTimeZone() if node.args["zone"].name.upper() == "UTC":
            moment: exp.Expr = node.this
            return moment
    return node


def _cast(node: exp.Cast) -> exp.Expr:
    kind, operand = node.to.this, node.this
    is_text = isinstance(operand, exp.Literal) and operand.is_string
    if kind in _MOMENTS:
        zone = "+00:00" if kind == exp.DType.TIMESTAMPTZ else ""
        # SQLite reads no zone without its minutes.
        spelled = re.sub(r"([+-]\d\d)$", r"\1:00", operand.name) if ":" in operand.name else operand.name
        return _call("strftime", _WHOLE + zone, spelled) if is_text else operand
    if kind == exp.DType.BOOLEAN and is_text:
        return exp.Boolean(this=operand.name.lower() in ("t", "true", "yes", "on", "1"))
    if kind == exp.DType.DECIMAL and len(node.to.expressions) > 1:
        real = exp.cast(operand, "double")
        return _call("round", real, node.to.expressions[1].this)
    return node if kind in _KEPT_CASTS or kind == exp.DType.INTERVAL else operand


def _moved(node: exp.Add | exp.Sub) -> exp.Expr:
    """A time and an interval, two dates, or a date and days."""
    left, right = node.this, node.expression
    is_back = isinstance(node, exp.Sub)
    if (steps := _steps(right, is_back)) is not None:
        return _stepped(left, steps)
    if not is_back and (steps := _steps(left, is_back)) is not None:
        return _stepped(right, steps)
    if not _is_date(left):
        return node
    if is_back and _is_date(right):
        return exp.cast(exp.paren(exp.Sub(this=_call("julianday", left), expression=_call("julianday", right))), "int")
    return _call("date", left, _step(exp.Neg(this=exp.paren(right)) if is_back else right, "days"))


def _between_dates(node: exp.Expr) -> exp.Expr:
    """A comparison in which a parameter stands beside a date, and so means one."""
    sides = [*node.iter_expressions()]
    if any(map(_is_date, sides)):
        for side in sides:
            if isinstance(side, exp.Placeholder):
                side.replace(_call("date", side))
    return node


def _stepped(moment: exp.Expr, steps: Sequence[exp.Expr]) -> exp.Expr:
    if any(step.sql().strip("'").endswith((" months", " years")) for step in steps) and not _is_first_of_month(moment):
        raise UnsupportedError(
            "an interval of months but from a month's first day: January 31 and one month is March 3"
        )
    return _spelled(_WHOLE, moment, *steps)


def _is_first_of_month(moment: exp.Expr) -> bool:
    """Whether it is what `date_trunc` became."""
    spelled = moment.unnest().find(exp.Anonymous)
    form = spelled.expressions[0].name if spelled is not None else ""
    return form in (_BEGINNINGS["month"], _BEGINNINGS["year"])


def _is_date(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentDate) or (isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE)


def _steps(node: exp.Expr, is_back: bool) -> list[exp.Expr] | None:
    """The modifiers an interval comes to; None for what is no interval. Raises UnsupportedError."""
    node = node.unnest()
    sign = -1 if is_back else 1
    if isinstance(node, exp.Interval):
        return _fixed(_written(node), sign)
    if isinstance(node, exp.Mul):
        ours, times = node.this.unnest(), node.expression
        ours, times = (ours, times) if isinstance(ours, exp.Interval) else (times.unnest(), node.this)
        return _multiplied(times, _written(ours), sign) if isinstance(ours, exp.Interval) else None
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.INTERVAL:
        return _cast_steps(node.this.unnest(), sign)
    if isinstance(node, exp.MakeInterval):
        return [*_made_steps(node, sign)]
    return None


def _written(interval: exp.Interval) -> str:
    return f"{interval.this.name} {interval.unit.name if interval.unit else ''}"


def _cast_steps(text: exp.Expr, sign: int) -> list[exp.Expr]:
    """Of `'3 days'::interval`, and of `(:n || ' days')::interval`."""
    if isinstance(text, exp.Literal):
        return _fixed(text.name, sign)
    unit = text.expression if isinstance(text, exp.DPipe) else None
    if not isinstance(unit, exp.Literal):
        raise UnsupportedError("an interval made of text")
    return _multiplied(text.this, f"1 {unit.name}", sign)


def _made_steps(node: exp.MakeInterval, sign: int) -> Iterator[exp.Expr]:
    for given in node.args.values():
        if not isinstance(given, exp.Kwarg):
            raise UnsupportedError("make_interval without names of its arguments")
        yield from _multiplied(given.expression, f"1 {given.this.name}", sign)


def _fixed(interval: str, sign: int) -> list[exp.Expr]:
    return [_text(f"{sign * amount:+g} {unit}") for amount, unit in _amounts(interval)]


def _multiplied(times: exp.Expr, interval: str, sign: int) -> list[exp.Expr]:
    number = exp.paren(times)
    return [_step(exp.Mul(this=number, expression=_number(sign * amount)), unit) for amount, unit in _amounts(interval)]


def _amounts(text: str) -> list[tuple[float, str]]:
    """`1 month 2 days` by unit. Raises UnsupportedError."""
    found = re.findall(r"([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]+)", text)
    if not found or re.sub(r"[+-]?\d+(?:\.\d+)?\s*[A-Za-z]+", "", text).strip():
        raise UnsupportedError(f"interval '{text.strip()}'")
    return [_amount(float(number), unit.lower()) for number, unit in found]


def _amount(number: float, unit: str) -> tuple[float, str]:
    if unit in ("w", "week", "weeks"):
        return number * _DAYS_OF_WEEK, "days"
    for name in (unit, unit.removesuffix("s")):
        if name in _UNITS:
            return number, _UNITS[name]
    raise UnsupportedError(f"an interval of {unit}")


def _part(part: str, moment: exp.Expr) -> exp.Expr:
    if part == "epoch":
        return _epoch(moment)
    if part == "second":
        return exp.cast(_call("strftime", "%f", moment), "double")
    if part == "quarter":
        months = exp.paren(exp.Add(this=_part("month", moment), expression=_number(2)))
        return exp.cast(exp.Div(this=months, expression=_number(3)), "int")
    if part not in _PARTS:
        raise UnsupportedError(f"extract({part} from …)")
    return exp.cast(_call("strftime", _PARTS[part], moment), "int")


def _epoch(moment: exp.Expr) -> exp.Expr:
    """Seconds since 1970, or between two times."""
    moment = moment.unnest()
    if isinstance(moment, exp.Sub):
        begin, end = _call("julianday", moment.expression), _call("julianday", moment.this)
    else:
        begin, end = _number(_UNIX_EPOCH), _call("julianday", moment)
    days = exp.paren(exp.Sub(this=end, expression=begin))
    return _call("round", exp.Mul(this=days, expression=_number(_DAY_SECONDS)), _number(3))


def _beginning(moment: exp.Expr, unit: str) -> exp.Expr:
    if unit not in _BEGINNINGS:
        raise UnsupportedError(f"date_trunc('{unit}', …)")
    return _spelled(_BEGINNINGS[unit], moment, *map(_text, _TO_MONDAY if unit == "week" else ()))


def _spelled(form: str, moment: exp.Expr, *steps: exp.Expr) -> exp.Expr:
    """A time in that form, with the zone of the one it is made of."""
    zone = _call("substr", moment, _number(_SPELLED + 1))
    return exp.paren(exp.DPipe(this=_call("strftime", form, moment, *steps), expression=zone))


def _step(number: exp.Expr, unit: str) -> exp.Expr:
    return exp.DPipe(this=exp.paren(number), expression=_text(f" {unit}"))


def _call(function: str, *arguments: exp.Expr | str) -> exp.Expr:
    made = (_text(given) if isinstance(given, str) else given.copy() for given in arguments)
    return exp.Anonymous(this=function, expressions=[*made])


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def _number(number: float) -> exp.Expr:
    return exp.Literal.number(f"{number:g}" if number != _UNIX_EPOCH else str(_UNIX_EPOCH))
