from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from report_runs import advised_run, partial_run, small_run

from lab import results
from lab.errors import LabError
from lab.model.run import Run

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("make", [small_run, partial_run, advised_run])
def test_a_run_comes_back_as_it_was_saved(tmp_path: Path, make: object) -> None:
    run, samples = make()  # type: ignore[operator]
    results.save(tmp_path, run, samples)
    again, table = results.load(tmp_path)
    assert again == run
    assert table.equals(samples)


def test_the_file_itself_may_be_named(tmp_path: Path) -> None:
    run, samples = small_run()
    results.save(tmp_path, run, samples)
    assert isinstance(results.load(tmp_path / "run.json")[0], Run)


def test_runs_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    first = results.create_folder(tmp_path, "shop", NOW)
    second = results.create_folder(tmp_path, "shop", NOW)
    assert first.name == "20260102-030405-shop"
    assert second != first


def test_a_folder_without_a_run_names_one_below(tmp_path: Path) -> None:
    run, samples = small_run()
    folder = results.create_folder(tmp_path, "shop", NOW)
    results.save(folder, run, samples)
    with pytest.raises(LabError, match="there is no run in") as caught:
        results.load(tmp_path)
    assert str(folder) in caught.value.hint


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    run, samples = small_run()
    results.save(tmp_path, run, samples)
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 99'))
    with pytest.raises(LabError, match="format 99"):
        results.load(tmp_path)


def test_a_history_is_every_complete_run_below_oldest_first(tmp_path: Path) -> None:
    run, samples = small_run()
    older = replace(run, id="older", started_at=run.started_at - timedelta(days=1))
    for name, one in (("a", run), ("b/deeper", older), ("copied", run)):
        (tmp_path / name).mkdir(parents=True)
        results.save(tmp_path / name, one, samples)
    found, left_out = results.load_history(tmp_path)
    assert found == [older, run]
    assert left_out == [f"{tmp_path / 'copied'} is a copy of another run, {run.id}"]


def test_what_a_run_measured_again_is_no_run_of_its_own(tmp_path: Path) -> None:
    run, samples = small_run()
    for name, one in (("check", run), ("check/again/check", replace(run, id="again", is_complete=False))):
        (tmp_path / name).mkdir(parents=True)
        results.save(tmp_path / name, one, samples)
    assert results.load_history(tmp_path) == ([run], [])


def test_a_history_says_what_it_leaves_out(tmp_path: Path) -> None:
    run, samples = small_run()
    for name, one in (
        ("cut", replace(run, is_complete=False)),
        ("newer", replace(run, format_version=99)),
        ("ok", run),
    ):
        (tmp_path / name).mkdir()
        results.save(tmp_path / name, one, samples)
    for name, text in (("begun", ""), ("damaged", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(text)
    found, left_out = results.load_history(tmp_path)
    assert found == [run]
    assert [reason.removeprefix(f"{tmp_path}/").split(":")[0] for reason in left_out] == [
        "begun was cut short before anything was measured",
        "cut was cut short, or is still being measured",
        "damaged/run.json does not hold a whole run",
        "newer/run.json is of format 99, this lab reads up to 1",
    ]


def test_a_history_of_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="there is no run in") as caught:
        results.load_history(tmp_path)
    assert "lab compare" in caught.value.hint
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut/run.json").touch()
    with pytest.raises(LabError, match=r"no run below .* is complete: .*cut was cut short"):
        results.load_history(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "{}", '{"format_version": 1}'])
def test_a_damaged_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(LabError, match="does not hold a whole run"):
        results.load(tmp_path)


def test_a_full_disk_keeps_what_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, samples = small_run()
    results.save(tmp_path, run, samples)
    monkeypatch.setattr(
        Path, "write_bytes", lambda self, data: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(LabError, match="the disk is full"):
        results.save(tmp_path, run, samples)
    assert results.load(tmp_path)[0] == run
