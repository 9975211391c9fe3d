"""A run on disk: `run.json`, its raw samples in `samples.parquet`, and requests under load in `requests.parquet`.

They are rewritten whole and moved into place after each measurement, so that a run cut short at any moment,
even by SIGKILL, leaves one that can be read.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from lab.errors import LabError
from lab.model.run import FORMAT_VERSION, Run

_RUN = "run.json"
_SAMPLES = "samples.parquet"
_REQUESTS = "requests.parquet"
_ADAPTER = TypeAdapter(Run)


def create_folder(parent: Path, design: str, started_at: datetime) -> Path:
    """A new folder for a run. Raises LabError when it cannot be written to."""
    stem = f"{started_at:%Y%m%d-%H%M%S}-{design}"
    for number in range(100):
        folder = parent / (stem if number == 0 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
            (folder / _RUN).touch()
            return folder
        except FileExistsError:
            if folder.is_dir():
                continue
            raise LabError(f"{parent} is not a folder", "name a folder with --out") from None
        except OSError as error:
            raise LabError(f"cannot write to {parent}: {error.strerror}", "name another folder with --out") from error
    raise LabError(f"{parent} is full of runs named {stem}", "name another folder with --out")


def save(folder: Path, run: Run, samples: pa.Table, requests: pa.Table | None = None) -> None:
    """Replaces what `folder` holds. Raises LabError when the disk is full."""
    try:
        if requests is not None and requests.num_rows:
            _replace(folder / _REQUESTS, lambda path: pq.write_table(requests, path, compression="zstd"))
        _replace(folder / _SAMPLES, lambda path: pq.write_table(samples, path, compression="zstd"))
        _replace(folder / _RUN, lambda path: path.write_bytes(_ADAPTER.dump_json(run, indent=1)))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise LabError(f"the disk is full: cannot save to {folder}", "free some space; what was saved stays") from error


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    draft = path.with_name(f".{path.name}")
    write(draft)
    draft.replace(path)


def load(folder: Path) -> tuple[Run, pa.Table]:
    """A run and its samples. Raises LabError for a folder without a run, or of a newer format."""
    path = folder / _RUN
    if folder.name == _RUN:
        path, folder = folder, folder.parent
    if not path.exists():
        raise LabError(f"there is no run in {folder}", _hint(folder))
    run = _read(path)
    try:
        return run, pq.read_table(folder / _SAMPLES)
    except (pa.ArrowInvalid, FileNotFoundError) as error:
        raise _not_whole(path, error) from error


def holds_run(path: Path) -> bool:
    """Whether `path` is one run's folder, or the `run.json` in it."""
    return path.name == _RUN or (path / _RUN).exists()


def load_history(folder: Path) -> tuple[list[Run], list[str]]:
    """Every complete run at any depth below `folder`, oldest first, without samples; and a sentence about each that is
    left out. What a run holds in folders of its own, such as a check's second measurement, is part of it and no other
    run. Raises LabError when there is none."""
    found: dict[tuple[str, datetime], Run] = {}
    left_out: list[str] = []
    for path in _outermost(folder.rglob(_RUN)):
        run, reason = _complete_run(path)
        if run is None:
            left_out.append(reason)
        elif (run.id, run.started_at) in found:
            left_out.append(f"{path.parent} is a copy of another run, {run.id}")
        else:
            found[run.id, run.started_at] = run
    if not found and left_out:
        raise LabError(f"no run below {folder} is complete: {left_out[-1]}", "name one of them to see what it holds")
    if not found:
        raise LabError(f"there is no run in {folder}", _hint(folder))
    return sorted(found.values(), key=lambda run: run.started_at), left_out


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Those of the `run.json` that lie in no other run's folder."""
    found = {path.parent: path for path in paths}
    return [path for home, path in sorted(found.items()) if found.keys().isdisjoint(home.parents)]


def _complete_run(path: Path) -> tuple[Run | None, str]:
    """The run, or why it is left out."""
    try:
        if not path.stat().st_size:
            return None, f"{path.parent} was cut short before anything was measured"
        run = _read(path)
    except LabError as error:
        return None, error.message.splitlines()[0]
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror}"
    return (run, "") if run.is_complete else (None, f"{path.parent} was cut short, or is still being measured")


def _read(path: Path) -> Run:
    text = path.read_text()
    try:
        version = json.loads(text)["format_version"]
        if version > FORMAT_VERSION:
            raise LabError(f"{path} is of format {version}, this lab reads up to {FORMAT_VERSION}", "update the lab")
        return _ADAPTER.validate_json(text)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise _not_whole(path, error) from error


def _not_whole(path: Path, error: Exception) -> LabError:
    return LabError(
        f"{path} does not hold a whole run: {error}", "it was cut short before anything was measured; run it again"
    )


def load_requests(folder: Path) -> pa.Table | None:
    """Every request made under load, with the columns `lab.model.run` describes; None when there was no load."""
    path = (folder.parent if folder.name == _RUN else folder) / _REQUESTS
    return pq.read_table(path) if path.exists() else None


def _hint(folder: Path) -> str:
    runs = sorted(path.parent for path in folder.glob(f"*/{_RUN}"))
    return f"name one of its runs, such as {runs[-1]}" if runs else "name a folder that `lab compare` wrote"
