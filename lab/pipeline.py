"""Comparing, stage by stage on one page, and what `lab.checking` and `lab.advising` share with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from lab import report, results
from lab.bench import (
    Answered,
    Bed,
    Fill,
    Observer,
    Samples,
    Settings,
    check_documents,
    describe_environment,
    join_cluster,
    judge_shard_keys,
    load_base,
    load_rows,
    measure,
    measure_nestings,
    measure_removals,
    rehearse,
)
from lab.bench.samples import SCHEMA as SAMPLES_SCHEMA
from lab.caching import STUDY_SECONDS, CacheSettings, check_cache, variants_beside
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError, did_you_mean
from lab.model.caching import CacheComparison, Study
from lab.model.change import Variant
from lab.model.design import Design
from lab.model.run import EngineRun, Run, ServerInfo
from lab.provision import Spec, parse_spec, start
from lab.studying import check_studies, studied


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may choose for any measuring command."""

    engines: tuple[str, ...] = ("sqlite", "postgres")
    variants: tuple[str, ...] = ()
    """Empty for all."""
    operations: tuple[str, ...] = ()
    """Empty for all."""
    scale: float = 0.1
    out: Path = Path("results")
    settings: Settings = field(default_factory=Settings)
    command: str = ""
    scheduler: str = ""
    """The address of a Dask cluster that makes and loads the rows; empty for this machine."""
    cache: str = ""
    """The engine of a cache to put in front of the design; empty for none."""
    caching: CacheSettings = field(default_factory=CacheSettings)
    studies: tuple[str, ...] = ()
    """Choices inside Redis or MongoDB to compare."""
    study_seconds: float = STUDY_SECONDS


@dataclass(slots=True)
class Recorder:
    """A run in the making, saved whenever something was added to it."""

    folder: Path
    run: Run
    samples: list[Samples] = field(default_factory=list)
    requests: dict[str, pa.Table] = field(default_factory=dict)
    """Those made under load, by engine."""

    def save(self) -> None:
        tables = [SAMPLES_SCHEMA.empty_table(), *(samples.table() for samples in self.samples)]
        requests = pa.concat_tables(self.requests.values()) if self.requests else None
        results.save(self.folder, self.run, pa.concat_tables(tables), requests)

    def put(self, engine_run: EngineRun) -> None:
        """Adds one engine's part, or replaces it by a fuller one."""
        others = [part for part in self.run.engines if part.server.spec != engine_run.server.spec]
        self.run = replace(self.run, engines=(*others, engine_run))
        self.save()

    def finish(self, warnings: tuple[str, ...] = ()) -> None:
        self.run = replace(self.run, is_complete=True, warnings=self.run.warnings + warnings)
        self.save()

    def table(self) -> pa.Table:
        return results.load(self.folder)[1]


def compare(
    folder: Path, options: Options, observer: Observer, afterwards: Callable[[Bed, Recorder], None] | None = None
) -> Recorder:
    """Measures every variant of a design beside its base on every engine; what is to be done `afterwards` is done on
    each while its base is still there.

    Raises LabError for a user's mistake, before anything is loaded where that can be known. What was measured
    before an error or an interrupt stays in the run's folder.
    """
    design = read_design(folder)
    specs = parse_specs(options.engines)
    variants = chosen_variants(design, options.variants)
    studies = check_studies(options.studies, specs)
    if options.cache:
        variants = variants_beside(variants, options.caching, is_named=bool(options.variants))
    design = narrowed(design, options.operations)
    generator = generator_for(design, options)
    with filling(options) as fill, cache_server(options.cache, specs) as cache:
        recorder = open_recorder(design, folder, options)
        answered: dict[str, Answered] = {}
        for spec in specs:
            tried = meant_for(spec.engine, variants, options.variants)
            with prepared_bed(spec, design, tried, generator, observer, fill) as bed:
                measured = measure_on(bed, tried, options, recorder, observer, elsewhere=answered)
                measured = _with_documents(measured, bed, tried, options, observer)
                recorder.put(measured)
                if spec.engine in studies:
                    _study(bed, studies[spec.engine], options, measured, recorder, observer)
                if cache is not None:
                    _compare_caches(bed, cache, tried, options, measured, recorder, observer)
                if afterwards:
                    afterwards(bed, recorder)
    recorder.finish()
    write_reports(recorder.folder)
    return recorder


def _with_documents(
    part: EngineRun, bed: Bed, variants: Sequence[Variant], options: Options, observer: Observer
) -> EngineRun:
    """With what only an engine of documents is asked: relations both ways, and keys to shard by."""
    operations = bed.design.workload.operations
    has_shards = getattr(bed.engine, "has_shards", False)
    nestings, warnings = measure_nestings(bed, variants, options.settings, observer)
    return replace(
        part,
        nestings=nestings,
        removals=measure_removals(bed, variants, options.settings, observer),
        warnings=part.warnings + warnings,
        shard_keys=judge_shard_keys(bed.design.schema, operations, bed.engine.name, bed.generator)
        if has_shards
        else (),
    )


def _study(
    bed: Bed,
    names: Sequence[str],
    options: Options,
    measured: EngineRun,
    recorder: Recorder,
    observer: Observer,
) -> None:
    """Compares choices inside the bed's server."""
    found: list[Study] = []
    for study in studied(bed, names, options.study_seconds, options.settings.seed, observer):
        found.append(study)
        recorder.put(replace(measured, studies=tuple(found)))


@contextmanager
def cache_server(cache: str, specs: Sequence[Spec]) -> Iterator[Server | None]:
    """A server to keep answers in; None where none was asked for."""
    if not cache:
        yield None
        return
    spec = check_cache(cache, specs)
    load_engine(spec.engine)
    with start(spec) as server:
        yield server


def _compare_caches(
    bed: Bed,
    cache: Server,
    variants: Sequence[Variant],
    options: Options,
    measured: EngineRun,
    recorder: Recorder,
    observer: Observer,
) -> None:
    from lab.caching.compare import compare_caches  # Redis's driver is an extra

    def keep(found: CacheComparison, requests: pa.Table) -> None:
        recorder.requests[measured.server.spec] = requests
        recorder.put(replace(measured, cache=found))

    compare_caches(bed, cache, variants, options.caching, measured, options.settings.seed, observer, keep)


def write_reports(folder: Path, formats: Sequence[str] = ("html", "md")) -> list[Path]:
    """Renders a run's reports into its folder."""
    run, samples = results.load(folder)
    paths = [folder / f"report.{format_}" for format_ in formats]
    for path, format_ in zip(paths, formats, strict=True):
        path.write_text(report.render(run, samples, format_))
    return paths


@contextmanager
def prepared_bed(
    spec: Spec,
    design: Design,
    variants: Sequence[Variant],
    generator: Generator,
    observer: Observer,
    fill: Fill = load_rows,
) -> Iterator[Bed]:
    """A server with the design's base loaded, after a rehearsal on an empty database."""
    observer.stage(f"{load_engine(spec.engine).title}: starting a server")
    with start(spec) as server:
        yield prepare_bed(server, design, variants, generator, observer, fill)


def prepare_bed(
    server: Server,
    design: Design,
    variants: Sequence[Variant],
    generator: Generator,
    observer: Observer,
    fill: Fill = load_rows,
) -> Bed:
    """The design's base, loaded on a server after a rehearsal on an empty database."""
    engine = load_engine(server.engine)
    observer.stage(f"{engine.title} {server.version}: rehearsal")
    rehearse(engine, server, design, variants)
    return load_bed(server, design, variants, generator, observer, fill)


def load_bed(
    server: Server,
    design: Design,
    variants: Sequence[Variant],
    generator: Generator,
    observer: Observer,
    fill: Fill = load_rows,
) -> Bed:
    """The design's base, loaded on a server. Raises LabError for documents that would be too large, before it loads."""
    engine = load_engine(server.engine)
    check_documents(engine, variants, generator)
    load = load_base(engine, server, design.schema, generator, observer, fill=fill)
    info = ServerInfo(server.spec, engine.name, server.version, server.origin, dict(engine.settings(server)))
    return Bed(engine, server, design, generator, load, info)


@contextmanager
def filling(options: Options) -> Iterator[Fill]:
    """How tables are filled: from here, or by a cluster."""
    if not options.scheduler:
        yield load_rows
        return
    with join_cluster(options.scheduler) as workers:
        yield workers.load_rows


def generator_for(design: Design, options: Options) -> Generator:
    """The design's rows, at the scale and of the seed that were chosen."""
    return Generator(design.schema, design.data, options.scale, options.settings.seed)


def measure_on(
    bed: Bed,
    variants: Sequence[Variant],
    options: Options,
    recorder: Recorder,
    observer: Observer,
    sources: Mapping[str, str] = MappingProxyType({}),
    elsewhere: dict[str, Answered] | None = None,
) -> EngineRun:
    """Measures variants on a bed, and records what comes of it as it comes (`lab.bench.measure`)."""
    samples = Samples(bed.info.spec, time.perf_counter_ns())
    recorder.samples = [taken for taken in recorder.samples if taken.engine != samples.engine] + [samples]

    def keep_requests(table: pa.Table) -> None:
        recorder.requests[samples.engine] = table

    return measure(bed, variants, options.settings, samples, observer, recorder.put, sources, elsewhere, keep_requests)


def open_recorder(design: Design, folder: Path, options: Options) -> Recorder:
    """A run that begins now, in a folder of its own. Raises LabError when that cannot be made."""
    started_at = datetime.now(UTC)
    target = results.create_folder(options.out, design.name, started_at)
    run = Run(
        target.name,
        started_at,
        options.command,
        design,
        options.scale,
        options.settings.seed,
        describe_environment(folder),
    )
    recorder = Recorder(target, run)
    recorder.save()
    return recorder


def parse_specs(texts: Sequence[str]) -> tuple[Spec, ...]:
    """Each engine once. Raises LabError for one there is not, and when none is named."""
    specs = tuple(dict.fromkeys(parse_spec(text) for text in texts))
    if not specs:
        raise LabError("no engine was named", "add --engine sqlite")
    return specs


def chosen_variants(design: Design, names: Sequence[str]) -> tuple[Variant, ...]:
    known = {variant.name: variant for variant in design.variants}
    check_names("variant", names, known)
    return tuple(variant for name, variant in known.items() if not names or name in names)


def meant_for(engine: str, variants: Sequence[Variant], named: Sequence[str]) -> tuple[Variant, ...]:
    """Without those that nest documents, on an engine that has none, unless they were named: their columns would say
    nothing on every page of a design that has some for MongoDB."""
    return tuple(v for v in variants if v.name in named or not v.mappings or engine in v.engines)


def narrowed(design: Design, names: Sequence[str]) -> Design:
    """The design with only these operations; all of them when none are named. Raises LabError for one it lacks."""
    operations = design.workload.operations
    check_names("operation", names, [operation.name for operation in operations])
    chosen = tuple(operation for operation in operations if not names or operation.name in names)
    return replace(design, workload=replace(design.workload, operations=chosen))


def check_names(kind: str, names: Sequence[str], known: Sequence[str] | dict[str, Variant]) -> None:
    """Raises LabError for the first name that is not known, with the closest that is."""
    for name in names:
        if name not in known:
            raise LabError(f"there is no {kind} called {name}", did_you_mean(name, known))
