"""Variants as files: what they say is kept; what is wrong in them is told with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.engines import ENGINES, load_engine
from lab.errors import LabError
from lab.model.change import Script
from lab.model.schema import Position
from lab.readers.variants import read_variants

ROOT = Path(__file__).parents[2]
KNOWN = ("sqlite", "postgres")
UP_AND_DOWN = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n"


def folder(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_variant_is_a_file_with_a_way_up_and_a_way_down(tmp_path: Path) -> None:
    text = (
        "-- Newest orders of a customer\n--\n-- without a sort.\n\n-- migrate:up transaction:false\n"
        "-- first\nCREATE INDEX i ON t (a);\n-- migrate:down\nDROP INDEX i;\n"
    )
    (found,) = read_variants(folder(tmp_path, {"indexed.sql": text}), KNOWN)
    assert (found.name, found.engines, found.is_base) == ("indexed", (), False)
    assert found.description == "Newest orders of a customer without a sort."
    file = str(tmp_path / "indexed.sql")
    assert found.changes == (
        Script(
            "indexed",
            {"": "\n-- first\nCREATE INDEX i ON t (a);\n"},
            {"": "\nDROP INDEX i;\n"},
            {"": (Position(file, 5), Position(file, 8))},
        ),
    )


def test_statements_keep_the_line_they_were_written_in(tmp_path: Path) -> None:
    text = (
        "-- Why.\n-- migrate:up\n\nCREATE INDEX i\n  ON t (a);\nCREATE INDEX j ON t (b);\n"
        "-- migrate:down\nDROP INDEX j;\nDROP INDEX i;\n"
    )
    (found,) = read_variants(folder(tmp_path, {"indexed.sql": text}), KNOWN)
    for engine in ("sqlite", "postgres"):
        change = load_engine(engine).change_sql(found.changes[0])
        assert [text.position and text.position.line for text in change.up] == [4, 6]
        assert [text.position and text.position.line for text in change.down] == [8, 9]


def test_a_file_for_one_engine_takes_the_common_ones_place(tmp_path: Path) -> None:
    files = {"fast.sql": "-- For all.\n" + UP_AND_DOWN, "fast.sqlite.sql": UP_AND_DOWN.replace("1", "3")}
    (found,) = read_variants(folder(tmp_path, files), KNOWN)
    (script,) = found.changes
    assert isinstance(script, Script)
    assert script.up == {"": "\nSELECT 1;\n", "sqlite": "\nSELECT 3;\n"}
    assert (found.description, found.engines) == ("For all.", ())


def test_files_for_some_engines_only_say_so(tmp_path: Path) -> None:
    files = {"fast.sqlite.sql": UP_AND_DOWN, "fast.postgres.sql": "-- Why.\n" + UP_AND_DOWN, "other.sql": UP_AND_DOWN}
    fast, other = read_variants(folder(tmp_path, files), KNOWN)
    assert (fast.name, fast.engines, fast.description) == ("fast", ("postgres", "sqlite"), "Why.")
    assert (other.name, other.engines) == ("other", ())


def test_without_a_folder_there_are_no_variants(tmp_path: Path) -> None:
    assert read_variants(tmp_path / "none", KNOWN) == ()
    assert read_variants(tmp_path, KNOWN) == ()


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("base.sql", UP_AND_DOWN, "base.sql: `base` is what the schema without changes is called", "rename the file"),
        ("base.sqlite.sql", UP_AND_DOWN, "`base` is what the schema", "rename the file"),
        ("x.sqlit.sql", UP_AND_DOWN, "there is no engine called 'sqlit'", "did you mean sqlite?"),
        ("x.oracle.sql", UP_AND_DOWN, "there is no engine called 'oracle'", "known engines: sqlite, postgres"),
        ("x.sql", "SELECT 1;\n", "x.sql:1: a variant needs `-- migrate:up`, then", "write both"),
        ("x.sql", "-- migrate:up\nSELECT 1;\n", "found migrate:up", "the way back included"),
        ("x.sql", "-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 1;\n", "found migrate:down, then", "write both"),
        ("x.sql", UP_AND_DOWN + UP_AND_DOWN, "found migrate:up, then migrate:down, then migrate:up", "write both"),
        ("x.sql", "-- W\n-- migrate:up\n\n-- migrate:down\nSELECT 1;\n", "x.sql:2: nothing follows", "the statements"),
        ("x.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n-- no\n", "x.sql:3: nothing follows", "the statements"),
        ("x.sql", "-- Why.\nSET a = 1;\n" + UP_AND_DOWN, "x.sql:2: this stands above `-- migrate:up`", "move it below"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_file_and_what_to_do(
    tmp_path: Path, name: str, text: str, message: str, hint: str
) -> None:
    with pytest.raises(LabError) as caught:
        read_variants(folder(tmp_path, {name: text}), KNOWN)
    assert caught.value.message.startswith(str(tmp_path))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_windows_files_are_read_and_others_told(tmp_path: Path) -> None:
    file = tmp_path / "x.sql"
    file.write_bytes(b"\xef\xbb\xbf" + ("-- Why.\n" + UP_AND_DOWN).replace("\n", "\r\n").encode())
    (found,) = read_variants(tmp_path, KNOWN)
    assert found.description == "Why."
    file.write_bytes(b"-- migrate:up\n\xff")
    with pytest.raises(LabError, match="is not UTF-8 text: byte 14"):
        read_variants(tmp_path, KNOWN)


def test_a_mark_within_a_line_is_none(tmp_path: Path) -> None:
    text = "-- migrate:up\nSELECT 'a -- migrate:down';\n-- migrate:down\nSELECT 1;\n"
    (found,) = read_variants(folder(tmp_path, {"x.sql": text}), KNOWN)
    assert isinstance(found.changes[0], Script) and "migrate:down" in found.changes[0].up[""]


def test_the_shops_variants_all_have_a_reason_and_a_way_back() -> None:
    found = read_variants(ROOT / "schemas/ecommerce/variants", tuple(ENGINES))
    names = {variant.name for variant in found}
    assert {"covering", "denormalized", "indexed", "partitioned", "search", "summary"} <= names
    assert all(variant.description for variant in found)
