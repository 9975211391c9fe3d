"""Migration files are what `lab compare` reads as variants."""

from __future__ import annotations

from pathlib import Path

from lab.engines import load_engine
from lab.migrate import write_migrations
from lab.model.change import AddIndex, Change, DropIndex
from lab.model.schema import Index, IndexPart
from lab.readers.variants import read_variants

BY_USER = Index("orders_user_id_idx", "orders", (IndexPart("user_id"), IndexPart("placed_at", is_descending=True)))


def texts(change: Change) -> tuple[str, str]:
    sql = load_engine("postgres").change_sql(change)
    return "".join(f"{text.sql};\n" for text in sql.up), "".join(f"{text.sql};\n" for text in sql.down)


def test_files_are_numbered_and_read_back_as_variants(tmp_path: Path) -> None:
    paths = write_migrations([AddIndex(BY_USER), DropIndex(BY_USER)], tmp_path / "migrations", texts)
    assert [path.name for path in paths] == [
        "0001_add_index_orders_user_id_idx.sql",
        "0002_drop_index_orders_user_id_idx.sql",
    ]
    add, drop = read_variants(tmp_path / "migrations", ["postgres"])
    (forth,), (back,) = add.changes, drop.changes
    assert not isinstance(forth, AddIndex | DropIndex) and not isinstance(back, AddIndex | DropIndex)
    created = 'CREATE INDEX "orders_user_id_idx" ON "orders" ("user_id", "placed_at" DESC);'
    assert forth.up[""].strip() == back.down[""].strip() == created
    assert forth.down[""].strip() == back.up[""].strip() == 'DROP INDEX "orders_user_id_idx";'
