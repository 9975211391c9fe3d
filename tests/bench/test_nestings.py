"""What goes wrong while documents are nested, on a real server: it is told, and nothing half done is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nests import EMBEDDED, loaded_bed
from pymongo import MongoClient

from lab.bench import Bed, Samples, Settings, Silent, measure, measure_nestings, nestings
from lab.engines import mongodb
from lab.engines.engine import Server
from lab.model.change import Script, Variant
from lab.model.run import EngineRun
from lab.readers.mappings import read_mapping

TOO_FEW = EMBEDDED.replace("most = 50", "most = 2")
"""What the rows break, half way: refunds lie in payments by then."""

LINES = '[embed.lines]\ninto = "orders"\nmost = 50\n'


def variants(bed: Bed, mapping: str) -> list[Variant]:
    return [Variant("v", (Script("v", {}, {}, mapping=read_mapping(mapping, "v.mongodb.toml", bed.design.schema)),))]


@pytest.fixture
def bed(mongodb_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    with loaded_bed(mongodb_server, tmp_path_factory.mktemp("nests"), TOO_FEW) as found:
        yield found


def test_a_mapping_that_fails_half_way_leaves_no_copy_and_is_reported(bed: Bed) -> None:
    seen: list[tuple[EngineRun, list[str]]] = []

    def note(run: EngineRun) -> None:
        seen.append((run, mongodb.list_databases(bed.server)))

    samples = Samples(bed.info.spec, 0)
    run = measure(bed, bed.design.variants, Settings(budget_seconds=0.2), samples, Silent(), note)
    variant = run.variant("v")
    assert variant is not None and variant.status == "failed"
    assert "lines: " in variant.reason and "maxItems" in variant.reason
    built = next(names for run, names in seen if (found := run.variant("v")) and found.status == "failed")
    assert "lab_v0" in built and "lab_v1" not in built
    assert not {"lab_v0", "lab_v1"} & set(mongodb.list_databases(bed.server))


def test_a_relation_that_cannot_be_measured_both_ways_is_told(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nestings, "_SIZES", (1, 4096))
    with MongoClient[dict[str, object]](bed.server.address) as client:
        lines = client["lab_base"].lines
        lines.update_many({}, {"$set": {"details": {"text": "x" * 5_000}}})
        both = variants(bed, LINES + '[embed.refunds]\ninto = "payments"\nmost = 5\n')
        (nesting,), (warning,) = measure_nestings(bed, both, Settings(budget_seconds=0.6), Silent())
        assert nesting.child == "refunds"
        assert warning.startswith("embed or reference: lines in orders was not measured: ")
        assert "Size must be between 0 and 16793600(16MB)" in warning
        lines.delete_many({})
        _, warnings = measure_nestings(bed, variants(bed, LINES), Settings(budget_seconds=0.6), Silent())
        assert warnings == (
            "embed or reference: lines in orders was not measured: there are no rows of lines and orders to be like",
        )
    assert "lab_nesting" not in mongodb.list_databases(bed.server)
