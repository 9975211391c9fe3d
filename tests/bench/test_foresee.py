"""Mappings that cannot hold are refused before a row is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from nests import DATA, EMBEDDED, NEWEST, SCHEMA

from lab.bench.foresee import check_documents
from lab.datagen import Generator, read_spec
from lab.engines import mongodb, sqlite
from lab.errors import LabError
from lab.model.change import Script, Variant
from lab.readers.mappings import read_mapping
from lab.readers.sql import read

NESTS = read([(Path("schema.sql"), SCHEMA)])


class Small:
    """Documents as MongoDB's, with less room."""

    most_document_bytes = 1200
    document_bytes = staticmethod(mongodb.document_bytes)


def variants(text: str) -> list[Variant]:
    return [Variant("v", (Script("v", {}, {}, mapping=read_mapping(text, "v.mongodb.toml", NESTS)),))]


def generator(folder: Path, data: str) -> Generator:
    (folder / "data.toml").write_text(data)
    return Generator(NESTS, read_spec(folder / "data.toml", NESTS), 1.0, 1)


@pytest.mark.parametrize("text", [EMBEDDED, NEWEST])
def test_what_holds_is_let_through(tmp_path: Path, text: str) -> None:
    check_documents(mongodb, variants(text), generator(tmp_path, DATA))
    check_documents(sqlite, variants(text), generator(tmp_path, DATA))


def test_more_children_than_allowed_are_told_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(LabError) as caught:
        check_documents(mongodb, variants(EMBEDDED.replace("most = 50", "most = 2")), generator(tmp_path, DATA))
    said = "v.mongodb.toml:5: lines in orders: the data give one of them 6, more than most = 2"
    assert caught.value.message == said


def test_a_document_over_16_mb_names_the_relation(tmp_path: Path) -> None:
    many = "[users]\nrows = 1\n[orders]\nrows = 2\n[lines]\nper = 'orders'\n"
    many += "mean = 250_000\nfewest = 250_000\nmost = 250_000\n"
    text = "[embed.lines]\ninto = 'orders'\nmost = 900_000\n"
    with pytest.raises(
        LabError, match=r"v\.mongodb\.toml:1: lines in orders: a document would grow to \d+ MB"
    ) as caught:
        check_documents(mongodb, variants(text), generator(tmp_path, many))
    assert "of them lines, and MongoDB takes 16" in caught.value.message and "latest = 10" in caught.value.hint
    newest = "[embed.lines]\ninto = 'orders'\nlatest = 10\nby = 'number'\n"
    check_documents(mongodb, variants(newest), generator(tmp_path, many))


def test_what_lies_within_children_counts(tmp_path: Path) -> None:
    data = generator(tmp_path, DATA.replace("[refunds]\nrows = 30", "[refunds]\nper = 'payments'\nmean = 4\nmost = 5"))
    paid = "[embed.payments]\ninto = 'orders'\nmost = 10\n"
    check_documents(Small(), variants(paid), data)
    with pytest.raises(LabError, match="payments in orders: a document would grow"):
        check_documents(Small(), variants(paid + "[embed.refunds]\ninto = 'payments'\nmost = 5\n"), data)
