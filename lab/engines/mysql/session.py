"""Sessions with MySQL and MariaDB: addresses, connections, and what is asked of a server as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lab.engines.engine import Server
from lab.engines.mysql.dialect import Dialect, literal, quote
from lab.engines.mysql.driver import CLIENT, Connection, err, pymysql
from lab.engines.mysql.errors import cannot_connect, message_of, translated
from lab.errors import LabError

_CONNECT_SECONDS = 10
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")
_FORBIDDEN = (1044, 1142, 1227)


@dataclass(frozen=True, slots=True)
class Address:
    """`mysql://user:password@host:3306/?ssl-mode=DISABLED`, as MySQL's own URI-like connection strings have it.

    `data` is where a server of the lab's own keeps its files, so that they can be copied.
    """

    host: str
    port: int
    user: str
    password: str
    socket: str
    ssl_mode: str
    ssl_ca: str
    data: Path | None

    def __str__(self) -> str:
        return self.socket or f"{self.host}:{self.port}"


def parse_address(text: str, dialect: Dialect) -> Address:
    """Raises LabError for what is no address."""
    parts = urlsplit(text)
    options = {key.lower(): value for key, value in parse_qsl(parts.query)}
    try:
        port = parts.port or dialect.port
    except ValueError as error:
        raise LabError(f"cannot read the port of a {dialect.title} address", example(dialect)) from error
    data = options.get("data")
    return Address(
        parts.hostname or "127.0.0.1",
        port,
        unquote(parts.username or "root"),
        unquote(parts.password or ""),
        options.get("socket", ""),
        options.get("ssl-mode", "PREFERRED").upper(),
        options.get("ssl-ca", ""),
        Path(data) if data else None,
    )


def example(dialect: Dialect) -> str:
    return f"{dialect.name}://user:password@host:{dialect.port}"


def connect(dialect: Dialect, address: Address, database: str | None = None) -> Connection:
    """A connection as the lab uses it. Raises pymysql's errors."""
    connection = _plain_connection(address, database)
    settings = ", ".join(f"{name} = {value}" for name, value in dialect.session.items())
    ask(connection, f"SET NAMES utf8mb4 COLLATE {dialect.collation}")
    ask(connection, f"SET SESSION {settings}")
    return connection


def _plain_connection(address: Address, database: str | None = None) -> Connection:
    try:
        return _open(address, database)
    except RuntimeError:
        # Without encryption a password that is new to the server cannot be sent; once it is known, its hash can.
        _open(address, database, {"check_hostname": False, "verify_mode": "none"}).close()
        return _open(address, database)


def _open(address: Address, database: str | None, ssl: Mapping[str, object] | None = None) -> Connection:
    options: dict[str, Any] = {"ssl": ssl} if ssl else _encryption(address)
    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password.encode(),
        unix_socket=address.socket or None,
        database=database,
        charset="utf8mb4",
        autocommit=True,
        local_infile=True,
        client_flag=CLIENT.FOUND_ROWS,
        connect_timeout=_CONNECT_SECONDS,
        **options,
    )


def _encryption(address: Address) -> dict[str, Any]:
    match address.ssl_mode:
        case "DISABLED":
            return {"ssl_disabled": True}
        case "REQUIRED":
            return {"ssl": {"check_hostname": False, "verify_mode": "none"}}
        case "VERIFY_CA" | "VERIFY_IDENTITY":
            return {
                "ssl_ca": address.ssl_ca or None,
                "ssl_verify_cert": True,
                "ssl_verify_identity": address.ssl_mode == "VERIFY_IDENTITY",
            }
    return {}


@contextmanager
def session(dialect: Dialect, address: str, is_set: bool = True) -> Iterator[Connection]:
    """A session outside the lab's own databases, with the lab's settings. Raises LabError when there is none."""
    place = parse_address(address, dialect)
    try:
        connection = connect(dialect, place) if is_set else _plain_connection(place)
    except (err.Error, OSError) as error:
        raise cannot_connect(error, dialect.title, str(place), example(dialect)) from error
    try:
        with translated(dialect.title):
            yield connection
    finally:
        connection.close()


def ask(connection: Connection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query without parameters."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def server_version(dialect: Dialect, address: str) -> str:
    """Raises LabError when the server is not of the product its address says."""
    with session(dialect, address, is_set=False) as connection:
        found = str(ask(connection, "SELECT version()")[0][0])
    if ("MariaDB" in found) != dialect.is_mariadb:
        other = "MySQL" if dialect.is_mariadb else "MariaDB"
        raise LabError(f"the server there is {other} {found}", f"begin its address with {other.lower()}://")
    match = re.match(r"[\d.]+", found)
    return match[0] if match else found


def create_database(dialect: Dialect, server: Server, name: str) -> None:
    options = f"CHARACTER SET utf8mb4 COLLATE {dialect.collation}"
    administer(dialect, server, f"CREATE DATABASE {quote(server.prefix + name)} {options}")


def drop_database(dialect: Dialect, server: Server, name: str) -> None:
    administer(dialect, server, f"DROP DATABASE IF EXISTS {quote(server.prefix + name)}")


def list_databases(dialect: Dialect, server: Server) -> list[str]:
    with session(dialect, server.address) as connection:
        names = [name for (name,) in ask(connection, "SHOW DATABASES") if name not in _SYSTEM]
    return sorted(name.removeprefix(server.prefix) for name in names if name.startswith(server.prefix))


def administer(dialect: Dialect, server: Server, statement: str) -> None:
    with session(dialect, server.address) as connection:
        try:
            ask(connection, statement)
        except err.Error as error:
            if error.args[0] not in _FORBIDDEN:
                raise
            raise LabError(
                f"the user may not do this on {server.spec}: {statement}: {message_of(error)}",
                "the lab makes databases of its own: GRANT ALL ON `lab\\_%`.* TO the user, or name another",
            ) from error


def settings(dialect: Dialect, server: Server) -> Mapping[str, str]:
    wanted = ", ".join(map(literal, dialect.settings))
    with session(dialect, server.address) as connection:
        found = dict(ask(connection, f"SHOW VARIABLES WHERE Variable_name IN ({wanted})"))
    return {name: str(value) or "none" for name, value in sorted(found.items())}
