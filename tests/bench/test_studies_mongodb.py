"""Choices inside MongoDB, on a real server: what is measured must agree with what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from nests import EMBEDDED, loaded_bed

from lab.bench import Bed
from lab.bench.studies import STUDIES, load_study
from lab.bench.studies.ground import DATABASE, StudyGround
from lab.datagen import Generator
from lab.engines import mongodb
from lab.engines.engine import Server
from lab.errors import LabError
from lab.model.caching import Study


@pytest.fixture(scope="module")
def bed(mongodb_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with loaded_bed(mongodb_server, tmp_path_factory.mktemp("nests"), EMBEDDED) as found:
        yield found


def told(study: Study, option: str, title: str) -> float:
    found = next(each for each in study.options if each.name == option)
    value = next(figure.value for figure in found.figures if figure.title == title)
    assert value is not None
    return value.estimate


def test_the_relation_is_the_largest_that_is_nested(bed: Bed) -> None:
    ground = StudyGround(bed, 1, 3.0)
    assert (ground.relation.relation, ground.children, ground.stock) == ("lines in orders", 3, None)
    plain = StudyGround(replace(bed, design=replace(bed.design, variants=())), 1, 4.0)
    assert plain.relation.child == "lines"


def test_a_transaction_takes_longer_than_one_document_and_conflicts_on_one_row(bed: Bed) -> None:
    study = load_study("transactions")(StudyGround(bed, 1, 3.0))
    names = [option.name for option in study.options]
    assert names[:3] == ["one document", "two collections, command by command", "two collections, one transaction"]
    hot = "two collections and counters, one transaction, 4 writers on one row"
    assert told(study, hot, "begun anew") > 0
    assert told(study, hot.replace("one transaction", "command by command"), "begun anew") == 0
    assert all(told(study, name, "median") > 0 for name in names)
    assert "as one transaction" in study.verdict and "begun anew" in study.verdict
    assert DATABASE not in mongodb.list_databases(bed.server)


def test_every_event_of_a_stream_is_heard(bed: Bed) -> None:
    study = load_study("change_streams")(StudyGround(bed, 1, 3.0))
    assert [option.name for option in study.options][:3] == ["no stream", "1 stream", "8 streams"]
    for option in study.options[1:]:
        lags = [told(study, option.name, f"lag {part}") for part in ("p50", "p95", "p99")]
        assert 0 <= lags[0] <= lags[1] <= lags[2]
        assert 0 <= told(study, option.name, "heard first") <= 1
    assert "hears of a write" in study.verdict
    assert DATABASE not in mongodb.list_databases(bed.server)


def test_a_design_without_rows_is_told(bed: Bed) -> None:
    generator = Generator(bed.design.schema, bed.design.data, 1.0, 1)
    nothing = replace(bed, design=replace(bed.design, schema=replace(bed.design.schema, tables=()), variants=()))
    for name in STUDIES:
        with pytest.raises(LabError, match="no rows of this design belong to others"):
            load_study(name)(StudyGround(replace(nothing, generator=generator), 1, 1.0))
