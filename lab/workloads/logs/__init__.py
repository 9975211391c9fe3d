"""A workload out of what a database was really asked: a log, or the statistics a server keeps.

Statements that differ in their constants alone become one operation, weighted by its calls; what cannot become one is
listed with the reason. docs/workload-from-logs.md is the manual.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lab.errors import LabError
from lab.model.schema import Schema
from lab.model.workload import LeftOut, Operation, Workload
from lab.workloads.derived import unique_names
from lab.workloads.logs import mysql_log, postgres_log
from lab.workloads.logs.operations import to_operations
from lab.workloads.logs.python_text import join_functions, split_functions
from lab.workloads.logs.seen import Logged, Seen
from lab.workloads.logs.shapes import Normalized, gather, normalize_mysql, normalize_postgres
from lab.workloads.script import read_script, write_script
from lab.workloads.script_python import read_functions

__all__ = ["LeftOut", "Logged", "read_log"]

_HEAD_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class _Source:
    """A log's module is loaded when it is read: some need a driver, which `extra` of the lab's brings."""

    title: str
    module: str
    reader: str
    dialect: str
    extra: str = ""

    def load(self) -> ModuleType:
        try:
            return import_module(f"lab.workloads.logs.{self.module}")
        except ModuleNotFoundError as error:
            raise LabError(
                f"{self.title} needs a Python package that is not installed: {error.name}",
                f"run `pip install 'schema-performance-lab[{self.extra}]'`",
            ) from error

    def statements(self, argument: str) -> Iterable[Seen]:
        """`argument` is a log's text, or a server's address."""
        read: Callable[[str], Iterable[Seen]] = getattr(self.load(), self.reader)
        return read(argument)

    def normalizer(self, schema: Schema) -> Callable[[Seen], Normalized]:
        if self.dialect == "mongodb":
            made: Callable[[Seen], Normalized] = self.load().normalizer(schema)
            return made
        return normalize_mysql if self.dialect == "mysql" else normalize_postgres


def _is_profile(head: str) -> bool:
    return head.lstrip().startswith(("{", "[")) and '"ns"' in head and '"op"' in head


FORMATS: tuple[tuple[Callable[[str], bool], _Source], ...] = (
    (postgres_log.is_json, _Source("PostgreSQL's JSON log", "postgres_log", "read_json", "postgres")),
    (_is_profile, _Source("MongoDB's profile", "mongodb_profile", "read_profile", "mongodb", "mongodb")),
    (postgres_log.is_csv, _Source("PostgreSQL's CSV log", "postgres_log", "read_csv", "postgres")),
    (mysql_log.is_slow_log, _Source("MySQL's slow log", "mysql_log", "read_slow_log", "mysql")),
    (postgres_log.is_stderr, _Source("PostgreSQL's log", "postgres_log", "read_stderr", "postgres")),
)
"""Files, told by how they begin."""
_STATEMENTS = _Source("pg_stat_statements", "live_postgres", "read", "postgres")
_DIGESTS = _Source("performance_schema", "live_mysql", "read", "mysql", "mysql")
_PROFILE = _Source("MongoDB's profile", "mongodb_profile", "read", "mongodb", "mongodb")
LIVE = {
    "postgresql": _STATEMENTS,
    "postgres": _STATEMENTS,
    "mysql": _DIGESTS,
    "mariadb": _DIGESTS,
    "mongodb": _PROFILE,
    "mongodb+srv": _PROFILE,
}
"""Servers, by the scheme of their address."""


def read_log(source: str, schema: Schema) -> Logged:
    """The workload in a log file, or at an address. Raises LabError for what is no log, cannot be read, or holds
    nothing that could be used."""
    found_in, statements = _opened(source)
    shapes, left_out = gather(statements, found_in.normalizer(schema))
    operations, refused = to_operations(shapes, schema)
    plain, functions = split_functions(unique_names(operations))
    usable, unread = _readable(plain, functions, schema)
    left_out = sorted([*left_out, *refused, *unread], key=lambda other: -other.calls)
    if not usable:
        reasons = "; ".join(dict.fromkeys(f"{other.reason} ({other.calls} calls)" for other in left_out[:3]))
        raise LabError(
            f"{found_in.title} at {_shown(source)} has nothing this schema could be asked: {reasons or 'it is empty'}",
            "docs/workload-from-logs.md says how to make a server write statements down",
        )
    kept = {operation.name for operation in usable}
    text = join_functions(functions[name] for name in functions if name in kept)
    return Logged(Workload(tuple(usable), {}, f"from {found_in.title}"), tuple(left_out), text)


def _opened(source: str) -> tuple[_Source, Iterable[Seen]]:
    scheme = re.match(r"([a-z+]+)://", source)
    if scheme is None:
        text = _text(Path(source))
        for is_it, found in FORMATS:
            if is_it(text[:_HEAD_CHARACTERS]):
                return found, found.statements(text)
        known = ", ".join(found.title for _, found in FORMATS)
        raise LabError(f"{source} is no log the lab knows", f"it knows {known} by how they begin")
    if scheme[1] not in LIVE:
        raise LabError(f"the lab reads no workload from {scheme[1]}://", f"it reads from {', '.join(LIVE)}")
    live = LIVE[scheme[1]]
    return live, live.statements(source)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}", "name a log file, or a server's address") from error


def _shown(source: str) -> str:
    return re.sub(r"(?<=://)[^/@]*@", "", source)


def _readable(
    operations: Iterable[Operation], functions: Mapping[str, str], schema: Schema
) -> tuple[list[Operation], list[LeftOut]]:
    """Each is read back as its files will hold it, so that nothing is written that the lab would refuse."""
    found, left_out = [], []
    with tempfile.TemporaryDirectory() as folder:
        queries, script = Path(folder) / "queries.sql", Path(folder) / "mongodb.py"
        for operation in operations:
            queries.write_text(write_script(Workload((operation,))))
            try:
                read = read_script(queries, schema)
                if operation.name in functions:
                    script.write_text(functions[operation.name])
                    read_functions(script, read, schema)
            except LabError as error:
                reason = re.sub(rf"^{re.escape(folder)}\S*: ", "", error.message)
                left_out.append(LeftOut(operation.text(""), round(operation.weight), reason))
            else:
                found.append(operation)
    return found, left_out
