"""DDL -> a server -> the live reader -> DDL -> the server again: the catalogs are the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read

HERE = Path(__file__).parent
CORPUS = [
    HERE / "live" / "kitchen_sink.sql",
    HERE / "dumped" / "library.sql",
    HERE / "migrated" / "platform.sql",
    HERE.parent.parent / "schemas" / "ecommerce" / "schema.prisma",
]
_SERIAL = re.compile(r" default nextval\('\S+_seq'::regclass\) ")
ENGINE = load_engine("postgres")


@contextmanager
def database(server: Server, name: str) -> Iterator[str]:
    """A database's address."""
    ENGINE.create_database(server, name)
    try:
        yield make_conninfo(server.address, dbname=server.prefix + name)
    finally:
        ENGINE.drop_database(server, name)


def catalog(server: Server, name: str, statements: list[str]) -> dict[str, str]:
    """What the catalogs say once the statements ran."""
    connection = ENGINE.connect(server, name)
    try:
        connection.run([Text(sql) for sql in statements])
        return connection.catalog()
    finally:
        connection.close()


def make_secret(server: Server) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(server.address)["password"])


def created(schema: Schema) -> list[str]:
    ddl = ENGINE.create_sql(schema)
    return [*ddl.before, *ddl.after]


def there_and_back(source: Path, server: Server) -> tuple[dict[str, str], dict[str, str], Schema]:
    statements = [source.read_text()] if source.parent.name == "live" else created(read(source))
    with database(server, "there") as address:
        before = catalog(server, "there", statements)
        schema = read(address_of(address))
    with database(server, "back"):
        return before, catalog(server, "back", created(schema)), schema


def address_of(conninfo: str) -> str:
    """As a person writes it."""
    said = psycopg.conninfo.conninfo_to_dict(conninfo)
    return f"postgres://{said['user']}:{said.get('password', '')}@{said['host']}:{said['port']}/{said['dbname']}"


def differences(one: dict[str, str], other: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """A serial column counts as an identity, which the model makes of it."""
    first, second = ({key: _SERIAL.sub(" d", text) for key, text in found.items()} for found in (one, other))
    return {key: (first.get(key), second.get(key)) for key in {*first, *second} if first.get(key) != second.get(key)}


@pytest.mark.parametrize("source", CORPUS, ids=lambda path: path.stem)
def test_what_is_read_of_a_server_makes_the_same_catalogs(source: Path, postgres_server: Server) -> None:
    before, after, schema = there_and_back(source, postgres_server)
    assert differences(before, after) == {}
    assert schema.provider == "postgres"


@pytest.mark.parametrize("source", CORPUS[:2], ids=lambda path: path.stem)
def test_the_oldest_server_is_read_too(source: Path, postgres_13_server: Server) -> None:
    before, after, _ = there_and_back(source, postgres_13_server)
    assert differences(before, after) == {}


def test_what_a_server_holds_beyond_the_model_is_named(postgres_server: Server) -> None:
    sql = """
        CREATE TABLE a (id integer PRIMARY KEY, b text, UNIQUE (b) INCLUDE (id) WITH (fillfactor = 70));
        CREATE AGGREGATE total (integer) (sfunc = int4pl, stype = integer);
    """
    with database(postgres_server, "there") as address:
        catalog(postgres_server, "there", [sql])
        losses = [loss.what for loss in read(address_of(address)).losses]
    assert "aggregate total" in losses


def test_nothing_can_be_written(postgres_server: Server) -> None:
    sql = "CREATE TABLE a (id integer); CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
    with database(postgres_server, "there") as address:
        before = catalog(postgres_server, "there", [sql])
        read(address_of(address))
        assert catalog(postgres_server, "there", ["SELECT 1"]) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.rsplit("/", 1)[0] + "/absent", 'database "absent" does not exist'),
        (lambda text: text.replace("lab:", "nobody:"), "cannot connect to postgres://nobody@"),
        (lambda text: "postgres://127.0.0.1:1/x", "cannot connect to postgres://127.0.0.1:1/x"),
        (lambda text: "postgres://h:port/x", "postgres://h:port/x"),
        (lambda text: "oracle://h/x", "there is no reader for oracle:// addresses"),
    ],
)
def test_a_wrong_address_is_a_sentence(change: Callable[[str], str], message: str, postgres_server: Server) -> None:
    with database(postgres_server, "there") as address, pytest.raises(LabError) as caught:
        read(change(address_of(address)))
    assert message in caught.value.message
    assert caught.value.hint
    assert make_secret(postgres_server) not in str(caught.value)
