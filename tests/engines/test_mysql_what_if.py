"""Indexes that are invisible or ignored, as the planners of MySQL and MariaDB see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.engines import load_engine, load_what_if
from lab.engines.engine import Server, StatementError, Text
from lab.model.change import AddIndex
from lab.model.schema import Index, IndexPart
from lab.model.what_if import WhatIf

DDL = (
    "CREATE TABLE places (id int PRIMARY KEY)",
    "CREATE TABLE seen (id int PRIMARY KEY, place int NOT NULL, kind varchar(20) NOT NULL, note varchar(40) NOT NULL, "
    "CONSTRAINT seen_at FOREIGN KEY (place) REFERENCES places (id))",
    "INSERT INTO places WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n",
    "INSERT INTO seen SELECT a.id * 10 + b.id, a.id, if(a.id % 50 = 3, 'rare', 'usual'), 'a note' "
    "FROM places a, places b WHERE b.id < 10",
)
BY_PLACE = AddIndex(Index("by_place_and_kind", "seen", (IndexPart("place"), IndexPart("kind"))))
BY_KIND = AddIndex(Index("by_kind", "seen", (IndexPart("kind"),)))
KIND = "SELECT note FROM seen WHERE kind = :kind"
PLACE = "SELECT note FROM seen WHERE place = 17"


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def session(request: pytest.FixtureRequest) -> Iterator[WhatIf]:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    engine = load_engine(request.param)
    engine.create_database(server, "trying")
    database = engine.connect(server, "trying")
    database.run(map(Text, DDL))
    database.analyze()
    database.close()
    engine.clone_database(server, "trying", "trying_copy")
    opener = load_what_if(request.param)
    assert opener
    opened = opener(server, "trying_copy")
    assert opened
    for change in (BY_PLACE, BY_KIND):
        assert opened.build(change).size_bytes > 0
    opened.settle()
    yield opened
    opened.close()
    for name in ("trying", "trying_copy"):
        engine.drop_database(server, name)


def test_only_what_is_shown_is_used(session: WhatIf) -> None:
    for shown in ({"by_kind"}, set(), {"by_kind", "by_place_and_kind"}):
        session.show_only(shown)
        assert session.plan(KIND, {"kind": "rare"}).used == shown & {"by_kind"}


def test_a_plan_by_an_index_costs_less_and_has_another_shape(session: WhatIf) -> None:
    session.show_only({"by_kind"})
    with_index = session.plan(KIND, {"kind": "rare"})
    session.show_only(set())
    without = session.plan(KIND, {"kind": "rare"})
    assert 0 < with_index.cost < without.cost
    assert with_index.shape != without.shape


def test_the_foreign_keys_own_index_stays_visible(session: WhatIf) -> None:
    session.show_only(set())
    assert "seen_at" in session.plan(PLACE, {}).shape


def test_times_writes_and_refusals(session: WhatIf) -> None:
    assert session.seconds(PLACE, {}, 5.0123456) is not None
    assert session.seconds("SELECT count(*) FROM seen a, seen b, seen c WHERE a.note < b.kind", {}, 0.1) is None
    assert session.write_seconds([("UPDATE seen SET note = :note", {"note": "new"})]) > 0
    assert session.plan("SELECT count(*) FROM seen WHERE note = 'new'", {}).cost > 0
    with pytest.raises(StatementError):
        session.build(AddIndex(Index("gone", "nowhere", (IndexPart("place"),))))
