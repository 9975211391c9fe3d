"""`queries.sql`: each query below a header of `-- key: value` lines; see workloads/README.md."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from lab.errors import LabError, did_you_mean
from lab.model.placeholder import placeholders
from lab.model.rule_text import print_rule
from lab.model.schema import Position, Schema
from lab.model.workload import Operation, Parameter, TargetClass, Workload
from lab.text_files import read_text
from lab.workloads.inferred import inferred_rules, with_dates
from lab.workloads.parameters import parse_rule
from lab.workloads.session import in_session
from lab.workloads.uses import Unusable

_HEADER = re.compile(r"^--\s*(name|class|weight|doc|param|session|engine)\s*:\s*(.*)$")
_LIKE_HEADER = re.compile(r"^--\s*(\w+)\s*:\s*\S")
_KEYS = ("name", "class", "weight", "doc", "param", "session", "engine")
_DIALECTS = {"": "postgres", "postgres": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}


Header = tuple[str, str, Position]
"""Its key, its value, and where it stands."""


@dataclass(slots=True)
class _Block:
    """One query's lines, before they are understood."""

    name: str
    position: Position
    headers: list[Header] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    starts: dict[str, Position] = field(default_factory=dict)


def read_script(path: Path, schema: Schema, originals: Mapping[str, Operation] | None = None) -> tuple[Operation, ...]:
    """The operations of a file, in order. With `originals` it is a variant's: each operation must be one of them,
    and inherits what its header leaves out; a session above them all is every original's. Raises LabError with file
    and line."""
    blocks, head = _split(path)
    operations: dict[str, Operation] = {}
    for block in blocks:
        if block.name in operations:
            raise LabError(f"{block.position}: there are two queries called {block.name}", "rename one of them")
        original = None
        if originals is not None:
            if block.name not in originals:
                raise LabError(
                    f"{block.position}: {block.name} is no query of queries.sql",
                    did_you_mean(block.name, list(originals)),
                )
            original = originals[block.name]
        if not any(key == "session" for key, _, _ in block.headers):
            block.headers += head
        operations[block.name] = in_session(_operation(block, schema, original), block.headers)
    others = {name: original for name, original in (originals or {}).items() if head and name not in operations}
    operations |= {name: in_session(original, head) for name, original in others.items()}
    return tuple(operations.values())


def _split(path: Path) -> tuple[list[_Block], list[Header]]:
    """The file's queries, and the sessions that stand above them all."""
    blocks: list[_Block] = []
    head: list[Header] = []
    engine = ""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        position = Position(str(path), number)
        header = _HEADER.match(line)
        if header and header[1] == "name":
            blocks.append(_Block(_name(header[2].strip(), position), position))
            engine = ""
        elif header and header[1] == "session" and not blocks:
            head.append((header[1], header[2].strip(), position))
        elif header and not blocks:
            raise LabError(f"{position}: `{header[1]}` stands before any query", "begin with `-- name: …`")
        elif header and header[1] == "engine":
            engine = _engine(header[2].strip(), position)
        elif header:
            blocks[-1].headers.append((header[1], header[2].strip(), position))
        elif line.strip() and blocks:
            _add_line(blocks[-1], engine, line, position)
        elif blocks and engine in blocks[-1].texts:
            blocks[-1].texts[engine].append(line)
        elif line.startswith("--"):
            _check_header(line, position, ("name",))
        elif line.strip():
            raise LabError(f"{position}: this query has no name", "put `-- name: …` above it")
    return blocks, head


def _add_line(block: _Block, engine: str, line: str, position: Position) -> None:
    """A comment before the query or after its end belongs to the file, not to the query."""
    text = block.texts.get(engine)
    if line.startswith("--") and (text is None or _is_ended(text)):
        _check_header(line, position)
        return
    if text is None:
        block.starts[engine] = position
        block.texts[engine] = []
    block.texts[engine].append(line)


def _is_ended(text: list[str]) -> bool:
    last = next((line for line in reversed(text) if line.strip() and not line.startswith("--")), "")
    return last.rstrip().endswith(";")


def _check_header(line: str, position: Position, keys: Sequence[str] = _KEYS) -> None:
    """Raises LabError for a comment that looks like a header with its key misspelt."""
    like = _LIKE_HEADER.match(line)
    close = difflib.get_close_matches(like[1].lower(), keys, 1, 0.7) if like else []
    if like and close:
        raise LabError(f"{position}: there is no header {like[1]!r}", f"did you mean `-- {close[0]}: …`?")


def _name(text: str, position: Position) -> str:
    if not re.fullmatch(r"\w[\w-]*", text):
        raise LabError(
            f"{position}: {text!r} cannot name a query", "use letters, digits and _: `-- name: order_history`"
        )
    return text


def _engine(text: str, position: Position) -> str:
    if not text or text not in _DIALECTS:
        raise LabError(
            f"{position}: there is no engine called {text!r}", did_you_mean(text, [e for e in _DIALECTS if e])
        )
    return text


def _operation(block: _Block, schema: Schema, original: Operation | None) -> Operation:
    _check_repeated(block)
    if original is not None and {key for key, _, _ in block.headers} == {"session"} and not block.texts:
        return original
    if not block.texts:
        raise LabError(f"{block.position}: {block.name} has no SQL", "write the query below its header")
    sql = {engine: "\n".join(lines).strip().removesuffix(";") for engine, lines in block.texts.items()}
    trees = {engine: _parse(text, engine, block.starts[engine]) for engine, text in sql.items()}
    if original is not None and "" not in sql:
        sql = {**original.sql, **sql}
    tree = trees.get("") or next(iter(trees.values()))
    operation = Operation(
        block.name,
        original.target_class if original else "simple",
        sql,
        original.parameters if original else (),
        original.weight if original else 1.0,
        _is_write(tree),
        tree.args.get("order") is not None,
        original.description if original else "",
        block.position,
        {**(original.positions if original is not None and "" not in block.texts else {}), **block.starts},
        session=original.session if original else {},
    )
    for key, value, position in block.headers:
        operation = _with_header(operation, key, value, position, schema)
    operation, reason = _with_inferred(with_dates(operation, tree, schema), tree, schema)
    _check_parameters(operation, schema, block, reason)
    return operation


def _with_inferred(operation: Operation, tree: exp.Expr, schema: Schema) -> tuple[Operation, str]:
    """With the rules the query itself tells, and why it tells none, where that is known."""
    ruled = {parameter.name: parameter.rule for parameter in operation.parameters}
    used = dict.fromkeys(name for text in operation.sql.values() for name, _ in placeholders(text))
    missing = [name for name in used if name not in ruled]
    if not missing:
        return operation, ""
    try:
        found = inferred_rules(tree, ruled, missing, schema)
    except Unusable as reason:
        return operation, str(reason)
    parameters = (Parameter(name, rule, operation.position, is_inferred=True) for name, rule in found.items())
    return replace(operation, parameters=(*operation.parameters, *parameters)), ""


def _check_repeated(block: _Block) -> None:
    """Raises LabError for a header, or a parameter's rule, that is given twice."""
    seen: dict[str, Position] = {}
    for key, value, position in block.headers:
        what = f"{key}: {value.partition('=')[0].strip()}" if key in ("param", "session") else key
        if what in seen:
            raise LabError(f"{position}: {block.name} has `{what}` already, in line {seen[what].line}", "keep one")
        seen[what] = position


def _with_header(operation: Operation, key: str, value: str, position: Position, schema: Schema) -> Operation:
    match key:
        case "class":
            classes: Sequence[TargetClass] = get_args(TargetClass)
            for known in classes:
                if value == known:
                    return replace(operation, target_class=known)
            raise LabError(f"{position}: there is no class {value!r}", f"write one of: {', '.join(classes)}")
        case "weight":
            return replace(operation, weight=_weight(value, position))
        case "doc":
            return replace(operation, description=value)
        case "session":
            return operation
    name, equals, rule = value.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
        raise LabError(f"{position}: cannot read `{value}`", "write `-- param: user_id = users.id`")
    parameter = Parameter(name.strip(), parse_rule(rule, schema, position), position)
    others = tuple(known for known in operation.parameters if known.name != parameter.name)
    return replace(operation, parameters=(*others, parameter))


def _weight(text: str, position: Position) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 < weight < float("inf"):
        raise LabError(f"{position}: {text!r} is no weight", "write a number above 0: `-- weight: 10`")
    return weight


def _parse(sql: str, engine: str, start: Position) -> exp.Expr:
    """The one statement of a text. A text below `-- engine:` is taken as it stands: it may hold what sqlglot cannot
    read, and then only its first word is known."""
    try:
        parsed = sqlglot.parse(sql, read=_DIALECTS[engine])
        trees = [tree for tree in parsed if tree is not None and not isinstance(tree, exp.Semicolon)]
    except SqlglotError as error:
        if engine:
            return exp.Command(this=sql.split(maxsplit=1)[0])
        details = error.errors if isinstance(error, ParseError) else []
        line = start.line + (details[0].get("line") or 1 if details else 1) - 1
        said = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
        raise LabError(
            f"{Position(start.file, line)}: cannot read this SQL: {said}",
            "mend the query, or put `-- engine: postgres` above it to have it taken as it stands",
        ) from error
    if len(trees) != 1:
        raise LabError(f"{start}: {len(trees)} statements stand here", "write one statement a query; name each")
    return trees[0]


def _is_write(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Command):
        return tree.name.lower() not in ("select", "with", "values", "table")
    return tree.find(exp.Insert, exp.Update, exp.Delete, exp.Merge) is not None


def _check_parameters(operation: Operation, schema: Schema, block: _Block, reason: str) -> None:
    ruled = {parameter.name for parameter in operation.parameters}
    told = f", and none can be read off the query: it {reason}" if reason else ""
    used = {name for key, value, _ in block.headers if key == "session" for name, _ in placeholders(value)}
    for engine, text in operation.sql.items():
        for name, offset in placeholders(text):
            used.add(name)
            if name not in ruled:
                start = operation.positions[engine]
                position = Position(start.file, start.line + text[:offset].count("\n"))
                raise LabError(
                    f"{position}: parameter :{name} of {operation.name} has no rule{told}",
                    f"add `-- param: {name} = {_guess(name, text, schema)}` above the query",
                )
    for key, value, position in block.headers:
        name = value.partition("=")[0].strip()
        if key == "param" and name not in used:
            raise LabError(f"{position}: {operation.name} does not use :{name}", did_you_mean(name, sorted(used)))


def _guess(name: str, sql: str, schema: Schema) -> str:
    """A column of that name, in a table the query mentions if there is one; a word of it, where it is searched."""
    compared = re.search(
        rf"(\w+)\W*\s*(=|<=|>=|<|>|<>|I?LIKE)\s*(?:lower\(|upper\(|'%'\s*\|\|)?\s*:{name}\b", sql, re.I
    )
    wanted = [name, compared[1]] if compared else [name]
    word = "word " if compared and compared[2].upper().endswith("LIKE") else ""
    tables = sorted(schema.tables, key=lambda table: not re.search(rf"\b{re.escape(table.name)}\b", sql))
    for table in tables:
        for column in table.columns:
            if column.name in wanted:
                return f"{word}{table.name}.{column.name}"
    return "1..100"


def write_script(workload: Workload) -> str:
    """A workload as `queries.sql`; reading it gives the same operations."""
    head = f"-- {workload.origin[:1].upper()}{workload.origin[1:]}.\n\n" if workload.origin else ""
    return head + "\n".join(map(_printed, workload.operations))


def _printed(operation: Operation) -> str:
    lines = [f"-- name: {operation.name}", f"-- class: {operation.target_class}", f"-- weight: {_weighed(operation)}"]
    if operation.description:
        lines.append(f"-- doc: {' '.join(operation.description.split())}")
    lines += [f"-- param: {parameter.name} = {print_rule(parameter.rule)}" for parameter in operation.parameters]
    lines += [f"-- session: {name} = {value}" for name, value in operation.session.items()]
    for engine, text in operation.sql.items():
        lines += [f"-- engine: {engine}"] if engine else []
        lines.append(f"{text};")
    return "\n".join(lines) + "\n"


def _weighed(operation: Operation) -> str:
    short = f"{operation.weight:g}"
    return short if float(short) == operation.weight else repr(operation.weight)
