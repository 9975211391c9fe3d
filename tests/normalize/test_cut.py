"""A table of which only the first rows were looked at: what they say is held against all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.model.schema import Column, Table, Type
from lab.normalizing import normal_forms
from lab.readers import live

ROWS = 400
TABLE = Table("Places", tuple(Column(name, Type("text")) for name in ("zip", "city", "name")), namespace=None)


def places(last: str = "c1") -> list[tuple[str, str | None]]:
    return [(f"{n % 20:05}", f"c{n % 20 % 7}") for n in range(ROWS)] + [("00001", last)]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "places.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE places (id INTEGER PRIMARY KEY, zip TEXT, city TEXT)")
    connection.executemany("INSERT INTO places (zip, city) VALUES (?, ?)", places())
    connection.commit()
    yield path
    connection.close()


def change_last(file: Path, city: str | None) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE places SET city = ? WHERE id = ?", (city, ROWS + 1))
    connection.close()


def test_what_all_rows_keep_to_counts(file: Path) -> None:
    (judged,) = normal_forms(str(file), most_rows=ROWS).tables
    assert judged.verdict.is_cut and not judged.verdict.refuted
    assert judged.verdict.judgement.form == "2NF"


@pytest.mark.parametrize("city", ["elsewhere", None])
def test_what_a_row_beyond_contradicts_does_not(city: str | None, file: Path) -> None:
    change_last(file, city)
    (judged,) = normal_forms(str(file), most_rows=ROWS).tables
    assert [str(dependency) for dependency in judged.verdict.refuted] == ["zip -> city"]
    assert judged.verdict.judgement.form == "BCNF"


def test_of_files_it_is_said_that_the_rest_was_not_looked_at(tmp_path: Path) -> None:
    lines = [f"{n},{zip_},{city}" for n, (zip_, city) in enumerate(places())]
    (tmp_path / "places.csv").write_text("\n".join(["id,zip,city", *lines]))
    (judged,) = normal_forms(str(tmp_path / "places.csv"), most_rows=ROWS).tables
    assert "zip -> city" in [str(dependency) for dependency in judged.verdict.unasked]


@pytest.mark.parametrize("kind", ["postgres", "mysql", "mariadb"])
def test_servers_compare_byte_by_byte(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{kind}_server")
    engine = load_engine(server.engine)
    engine.create_database(server, "cut")
    connection = engine.connect(server, "cut")
    quoted = '"Places"' if kind == "postgres" else "`Places`"
    try:
        connection.run([Text(f"CREATE TABLE {quoted} (zip varchar(9), city varchar(9), name varchar(9))")])
        values = "('a', 'x', 'n'), ('A', 'y', 'n'), (NULL, 'z', NULL), (NULL, 'z', 'n')"
        connection.run([Text(f"INSERT INTO {quoted} VALUES {values}")])
        address = as_address(server, kind)
        assert not live.is_refuted(address, TABLE, ["zip"], "city")
        assert live.is_refuted(address, TABLE, ["zip"], "name")
    finally:
        connection.close()
        engine.drop_database(server, "cut")


def as_address(server: Server, kind: str) -> str:
    if kind != "postgres":
        return urlsplit(server.address)._replace(path=f"/{server.prefix}cut").geturl()
    from psycopg.conninfo import conninfo_to_dict

    said = conninfo_to_dict(server.address)
    return f"postgres://{said['user']}:{said.get('password', '')}@{said['host']}:{said['port']}/{server.prefix}cut"
