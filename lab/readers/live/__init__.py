"""A running database -> the model. Nothing is ever written to it: every session is read-only, and every statement
has a timeout.

Each kind of server is a module with `read(address)`; PostgreSQL's makes DDL of the catalogs, which the SQL reader
reads, so that what the model has no field for is kept verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import urlsplit

from lab.errors import LabError, did_you_mean
from lab.model.schema import Schema, Table

if TYPE_CHECKING:
    import pyarrow as pa

TIMEOUT_SECONDS = 60
"""For one question to the catalogs."""
SERVERS = {
    "postgres": "lab.readers.live.postgres",
    "postgresql": "lab.readers.live.postgres",
    "mysql": "lab.readers.live.mysql",
    "mariadb": "lab.readers.live.mysql",
    "sqlite": "lab.readers.live.sqlite",
    "mongodb": "lab.readers.live.mongodb",
    "mongodb+srv": "lab.readers.live.mongodb",
}
_SCHEME = re.compile(r"^([A-Za-z][\w+.-]*):/")
_SQLITE_MAGIC = b"SQLite format 3\x00"


class LiveReader(Protocol):
    def read(self, address: str) -> Schema: ...

    def rows(self, address: str, table: Table, most: int) -> pa.Table: ...


def is_live(source: str | Path) -> bool:
    """Whether a source is a database: an address such as `postgres://…`, or a file of SQLite."""
    return _SCHEME.match(str(source)) is not None or _is_sqlite(Path(source))


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except OSError:
        return False


def read(source: str | Path) -> Schema:
    """The schema of a database. Raises LabError when it does not answer, or there is no reader for its kind."""
    return _reader(source).read(str(source))


def rows(source: str | Path, table: Table, most: int) -> pa.Table:
    """The first rows of a table, `most` of them, as texts: a column for each of the table's. Raises LabError."""
    return _reader(source).rows(str(source), table, most)


def is_refuted(source: str | Path, table: Table, left: Sequence[str], right: str) -> bool | None:
    """Whether any rows of the whole table are equal in `left` and differ in `right`; None where the server has no
    question for it. Raises LabError."""
    ask = getattr(_reader(source), "is_refuted", None)
    return None if ask is None else bool(ask(str(source), table, left, right))


def _reader(source: str | Path) -> LiveReader:
    found = _SCHEME.match(str(source))
    scheme = found[1].lower() if found else "sqlite"
    if scheme not in SERVERS:
        raise LabError(
            f"there is no reader for {scheme}:// addresses",
            did_you_mean(scheme, SERVERS, "kinds of databases that are read"),
        )
    try:
        reader = import_module(SERVERS[scheme])
    except ModuleNotFoundError as error:
        raise LabError(
            f"reading {scheme}:// needs {error.name}", f'pip install "schema-performance-lab[{scheme}]"'
        ) from error
    return cast(LiveReader, reader)


def name_of(source: str | Path) -> str:
    """The database's name, as far as it can name a design."""
    path = urlsplit(str(source)).path
    return re.sub(r"\W+", "_", Path(path).stem).strip("_")
