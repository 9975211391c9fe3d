"""`lab docs`: a design's documents, from its folder, a schema alone, or a running server."""

from __future__ import annotations

from pathlib import Path

from lab import readers, results, workloads
from lab.design import read_design, workload_folder
from lab.docs import document
from lab.errors import LabError
from lab.model.data import DataSpec
from lab.model.design import Design
from lab.model.schema import Loss
from lab.provision import parse_spec


def write_documents(
    source: str, out: Path, engine: str = "", run: Path | None = None
) -> tuple[list[Path], tuple[Loss, ...]]:
    """Writes the documents of a source into a folder, which is made; returns their paths, and what could not be read.

    They are for the engine named, or else for the one the source was written for; `run` is a run's folder, whose times
    they show. Raises LabError for a source, an engine or a run that cannot be understood.
    """
    design = _design(source)
    chosen = parse_spec(engine).engine if engine else _provider(design)
    files = document(design, chosen, results.load(run)[0] if run else None)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise LabError(f"cannot write to {out}: {error.strerror}", "name another folder with --out") from error
    return [out / name for name in files], design.schema.losses


def _design(source: str) -> Design:
    """The design of a folder with a workload or data of its own; of a schema alone, with a workload derived from it."""
    path = Path(source)
    is_live = readers.live.is_live(source)
    folder = path if path.is_dir() else path.parent
    if not is_live and path.exists() and ((folder / "data.toml").exists() or workload_folder(folder).is_dir()):
        return read_design(path)
    schema = readers.read(source)
    name = readers.live.name_of(source) if is_live else path.resolve().stem
    shown = name if is_live else source
    return Design(name, shown, schema, (), workloads.derive(schema), DataSpec())


def _provider(design: Design) -> str:
    """What the source was written for, where the lab knows it."""
    provider = design.schema.provider
    try:
        return parse_spec(provider).engine
    except LabError:
        return "postgres"
