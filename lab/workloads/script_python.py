"""Operations in an engine's own terms: `workloads/<design>/mongodb.py` and `redis.py`, and `<variant>.mongodb.py`.

Each function bears an operation's name, takes its parameters and returns the engine's commands. It is called once,
with a placeholder for each parameter, so that what it returns can be written down; the text is all the lab keeps.
workloads/README.md describes the contract.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import FunctionType
from typing import Any, NoReturn
from uuid import UUID

from lab.errors import LabError, did_you_mean
from lab.model.schema import Position, Schema, Table
from lab.model.workload import Operation, Parameter
from lab.workloads.parameters import parse_rule

ENGINES = ("mongodb", "redis")
_WIDTH = 100
_KINDS = ("date", "decimal", "long", "uuid", "epoch")


class Placeholder:
    """Stands for a parameter's value: `user_id`, `user_id.long`, or `{user_id}` inside a string."""

    def __init__(self, name: str, kind: str = "") -> None:
        self.name = name
        self.kind = kind

    def __getattr__(self, kind: str) -> Placeholder:
        if self.kind or kind not in _KINDS:
            raise AttributeError(f"{self.name} cannot be had as {kind}: write one of {', '.join(_KINDS)}")
        return Placeholder(self.name, kind)

    def __format__(self, specification: str) -> str:
        if specification:
            raise TypeError(f"{self.name} has no value yet that could be formatted as {specification!r}")
        return f"{{{self.name}.{self.kind}}}" if self.kind else f"{{{self.name}}}"

    def __str__(self) -> str:
        return format(self)

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name} has no value yet: the function is called once, to write the command down")

    def __eq__(self, other: object) -> bool:
        return bool(self)

    __hash__ = object.__hash__


def read_functions(path: Path, operations: Iterable[Operation], schema: Schema) -> tuple[Operation, ...]:
    """The operations, with the texts and gaps the file has for them. Raises LabError with file and line."""
    engine, module = engine_of(path), _load(path)
    known = {operation.name: operation for operation in operations}
    gaps: Mapping[str, str] = module.get("GAPS", {})
    for name in gaps:
        _require(name, known, Position(str(path), _line_of(path, name)), "GAPS names {name}, which")
    for name, function in _functions(module, path).items():
        position = Position(str(path), function.__code__.co_firstlineno)
        _require(name, known, position, "function {name}")
        if name in gaps:
            raise LabError(f"{position}: {name} is a gap and a function", "remove one of them")
        known[name] = _with_text(known[name], engine, function, position, schema)
    return tuple(
        replace(operation, gaps={**operation.gaps, engine: gaps[operation.name]})
        if operation.name in gaps
        else operation
        for operation in known.values()
    )


def engine_of(path: Path) -> str:
    """`mongodb` of `mongodb.py` and of `embedded.mongodb.py`."""
    return path.stem.rpartition(".")[2]


def read_rewrites(path: Path, operations: Iterable[Operation], schema: Schema) -> tuple[Operation, ...]:
    """The operations a variant's file has other texts, or gaps, for. Raises LabError with file and line."""
    before = {operation.name: operation for operation in operations}
    engine = engine_of(path)
    found = []
    for operation in read_functions(path, before.values(), schema):
        original = before[operation.name]
        if operation == original:
            continue
        if operation.parameters != original.parameters:
            new = next(p.name for p in operation.parameters if p not in original.parameters)
            place = operation.text_position(engine)
            raise LabError(f"{place}: {operation.name} draws {new}, which the base does not", "give it to both")
        if engine in operation.gaps and engine not in original.gaps:
            texts = {name: text for name, text in operation.sql.items() if name != engine}
            operation = replace(operation, sql=texts)
        found.append(operation)
    if not found:
        raise LabError(f"{path}:1: no operation stands here", "write a function by an operation's name, or remove it")
    return tuple(found)


def read_layout(path: Path, schema: Schema) -> str | None:
    """The file's LAYOUT as text: for each table the commands that keep a row of it. Raises LabError with file and
    line for a table or column there is not."""
    layout = _load(path).get("LAYOUT")
    if layout is None:
        return None
    tables = {table.name: table for table in schema.tables}
    for name, commands in layout.items():
        if name not in tables:
            _complain(path, name, f"there is no table {name}", tables)
        for command in commands:
            _check_columns(path, command, tables[name])
    return _spread(layout)


def _check_columns(path: Path, command: Iterable[Any], table: Table) -> None:
    columns = [column.name for column in table.columns]
    for part in command:
        for name in re.findall(r"\{(\w+)(?:\.\w+)?\}", str(part)):
            if name not in columns:
                _complain(path, str(part), f"table {table.name} has no column {name}", columns, name)


def _complain(path: Path, text: str, message: str, known: Iterable[str], word: str = "") -> NoReturn:
    raise LabError(f"{path}:{_line_of(path, text)}: {message}", did_you_mean(word or text, known))


def _load(path: Path) -> dict[str, Any]:
    """The file's names, after it ran. The user put it there to be run."""
    module: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        with _neighbours(path.parent.resolve()):
            exec(compile(path.read_text(), str(path), "exec"), module)
    except Exception as error:
        raise _mistake(path, error) from error
    return module


@contextmanager
def _neighbours(folder: Path) -> Iterator[None]:
    """Files of the same folder can be imported, as from any script, and are forgotten again: another design's bear
    the same names."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).parent == folder:
                del sys.modules[name]


def _functions(module: Mapping[str, Any], path: Path) -> dict[str, FunctionType]:
    """Those defined in the file itself whose name does not begin with `_`."""
    return {
        name: value
        for name, value in module.items()
        if isinstance(value, FunctionType) and not name.startswith("_") and value.__code__.co_filename == str(path)
    }


def _require(name: str, known: Mapping[str, object], position: Position, what: str) -> None:
    if name not in known:
        raise LabError(
            f"{position}: {what.format(name=name)} is no operation of this workload",
            f"{did_you_mean(name, known)} (a function of one's own begins with _)",
        )


def _with_text(
    operation: Operation, engine: str, function: FunctionType, position: Position, schema: Schema
) -> Operation:
    own = _own_parameters(operation, function, position, schema)
    operation = replace(operation, parameters=operation.parameters + own)
    _check_arguments(operation, function, position)
    arguments = {name: Placeholder(name) for name in inspect.signature(function).parameters}
    text = _text_of(function, arguments, Path(position.file), position)
    return replace(
        operation,
        sql={**operation.sql, engine: text},
        positions={**operation.positions, engine: position},
    )


def _own_parameters(
    operation: Operation, function: FunctionType, position: Position, schema: Schema
) -> tuple[Parameter, ...]:
    """Arguments with a default, which is a rule as `-- param` has it: `def open_session(…, id="fresh sessions.id")`."""
    known = {parameter.name: parameter for parameter in operation.parameters}
    found = []
    for name, argument in inspect.signature(function).parameters.items():
        if argument.default is inspect.Parameter.empty:
            continue
        rule = parse_rule(str(argument.default), schema, position)
        if name in known and known[name].rule != rule:
            raise LabError(f"{position}: {name} of {operation.name} has another rule elsewhere", "remove one of them")
        if name not in known:
            found.append(Parameter(name, rule, position))
    return tuple(found)


def _check_arguments(operation: Operation, function: FunctionType, position: Position) -> None:
    names = list(inspect.signature(function).parameters)
    expected = [parameter.name for parameter in operation.parameters]
    for name in names:
        if name not in expected:
            hint = f"{did_you_mean(name, expected)}; or say how it is drawn: {name}='1..100'"
            raise LabError(f"{position}: {operation.name} has no parameter {name}", hint)
    required = [parameter.name for parameter in operation.parameters if not _is_from_function(parameter)]
    for name in required:
        if name not in names:
            signature = f"def {operation.name}({', '.join(required)}):"
            raise LabError(f"{position}: {operation.name} lacks the parameter {name}", f"write `{signature}`")


def _is_from_function(parameter: Parameter) -> bool:
    return parameter.position is not None and parameter.position.file.endswith(".py")


def _text_of(function: Callable[..., Any], arguments: Mapping[str, Placeholder], path: Path, position: Position) -> str:
    try:
        made = function(**arguments)
        text = _spread(made)
    except Exception as error:
        raise _mistake(path, error, position) from error
    if not isinstance(made, dict | list | tuple) or not made:
        raise LabError(f"{position}: {function.__name__} returns {made!r}", "return a command, or a list of commands")
    return text


def _mistake(path: Path, error: Exception, position: Position | None = None) -> LabError:
    """The error a user's code raised, at the deepest line of the user's file."""
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = error.lineno if isinstance(error, SyntaxError) else frames[-1] if frames else position and position.line
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return LabError(f"{path}:{line or 1}: {type(error).__name__}: {message}", "mend the function")


def _spread(value: Any, indent: int = 0) -> str:
    """JSON as a person would lay it out: on one line what fits, below each other what does not."""
    whole = json.dumps(value, default=_extended, ensure_ascii=False)
    if len(whole) + indent <= _WIDTH or not isinstance(value, dict | list | tuple) or not value:
        return whole
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        items = [f"{json.dumps(str(key))}: {_spread(item, indent + 2)}" for key, item in value.items()]
        marks = "{}"
    else:
        items = [_spread(item, indent + 2) for item in value]
        marks = "[]"
    lines = ",\n".join(f"{inner}{item}" for item in items)
    return f"{marks[0]}\n{lines}\n{' ' * indent}{marks[1]}"


def _extended(value: object) -> object:
    """What JSON has no words for: parameters, and MongoDB's extended JSON for dates, decimals and uuids."""
    match value:
        case Placeholder():
            return {"$param": value.name, **({"as": value.kind} if value.kind else {})}
        case datetime():
            zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
            return {"$date": zoned.isoformat()}
        case date():
            return _extended(datetime.combine(value, time(), UTC))
        case Decimal():
            return {"$numberDecimal": str(value)}
        case UUID():
            return {"$uuid": str(value)}
    raise TypeError(f"a command cannot hold {value!r}")


def _line_of(path: Path, text: str) -> int:
    """The first line that holds a text; the first of all when none does."""
    lines = path.read_text().splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)
