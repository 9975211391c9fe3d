"""Comparing and advising, stage by stage on one page, and what `lab.checking` shares with them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from lab import readers, report, results
from lab.advise import ADVICE, Budget, proposals
from lab.advise import advise as search
from lab.audit import RULES
from lab.audit import audit as judge
from lab.audit.settings import FILE as AUDIT_FILE
from lab.audit.settings import Settings as AuditSettings
from lab.audit.settings import read_settings
from lab.bench import (
    Answered,
    Bed,
    Fill,
    Observer,
    Samples,
    Settings,
    describe_environment,
    join_cluster,
    load_base,
    load_rows,
    measure,
    rehearse,
    what_if_ground,
)
from lab.bench.samples import SCHEMA as SAMPLES_SCHEMA
from lab.datagen import Generator, read_spec
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError, did_you_mean
from lab.migrate import write_migrations
from lab.model.change import Change, Script, Variant
from lab.model.design import Design
from lab.model.finding import Finding
from lab.model.run import EngineRun, Run, ServerInfo, Trial
from lab.model.schema import Loss, Schema
from lab.model.workload import Workload
from lab.provision import Spec, parse_spec, start

_MEASUREMENTS = 4
"""In what time is left for advice, so many more measurements are reckoned with."""


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


def compare(folder: Path, options: Options, observer: Observer) -> Recorder:
    """Measures every variant of a design beside its base on every engine.

    Raises LabError for a user's mistake, before anything is loaded where that can be known. What was measured
    before an error or an interrupt stays in the run's folder.
    """
    design = read_design(folder)
    specs = parse_specs(options.engines)
    variants = chosen_variants(design, options.variants)
    design = narrowed(design, options.operations)
    generator = generator_for(design, options)
    with filling(options) as fill:
        recorder = open_recorder(design, folder, options)
        answered: dict[str, Answered] = {}
        for spec in specs:
            with prepared_bed(spec, design, variants, generator, observer, fill) as bed:
                measure_on(bed, variants, options, recorder, observer, elsewhere=answered)
    recorder.finish()
    write_reports(recorder.folder)
    return recorder


def advise(folder: Path, options: Options, budget: Budget, observer: Observer) -> tuple[Recorder, tuple[Trial, ...]]:
    """Proposes changes to a design's base, builds and measures each, and keeps what is shown to help.

    Accepted changes are written to `migrations/` in the run's folder. Raises LabError like `compare`.
    """
    design = read_design(folder)
    (spec,) = parse_specs(options.engines)
    design = narrowed(design, options.operations)
    generator = generator_for(design, options)
    with filling(options) as fill, prepared_bed(spec, design, (), generator, observer, fill) as bed:
        recorder = open_recorder(design, folder, options)
        started = time.monotonic()
        measure_on(bed, (), options, recorder, observer)
        seconds_each = [time.monotonic() - started]

        found = proposals(recorder.run, spec.engine)
        rewrites = {proposal.change.name: proposal.rewrites for proposal in found if proposal.rewrites}
        batches = {proposal.change.name: proposal.batch for proposal in found if proposal.batch}

        def seconds_left() -> float:
            return math.inf if budget.seconds is None else started + budget.seconds - time.monotonic()

        def is_late(variants: int) -> bool:
            return variants * max(seconds_each) > seconds_left()

        def try_out(variants: Sequence[Variant]) -> EngineRun:
            rewritten = {v.name: tuple(o for c in v.changes for o in rewrites.get(c.name, ())) for v in variants}
            beside = tuple(batches[c.name] for v in variants for c in v.changes if c.name in batches)
            workload = Workload((*design.workload.operations, *beside), rewritten, design.workload.origin)
            trial_bed = replace(bed, design=replace(design, workload=workload))
            # What is told of the whole advice has its full time, however little was left.
            is_whole = [variant.name for variant in variants] == [ADVICE]
            share = math.inf if is_whole else max(seconds_left(), 0.0) / _MEASUREMENTS
            each = min(options.settings.budget_seconds, share)
            hurried = replace(options, settings=replace(options.settings, budget_seconds=each))
            before = time.monotonic()
            measured = measure_on(trial_bed, variants, hurried, recorder, observer)
            seconds_each.append((time.monotonic() - before) / (len(variants) + 1))
            return measured

        observer.stage("candidates on a scratch copy")
        trying = seconds_left() / 2
        with what_if_ground(bed, options.settings, lambda: seconds_left() - trying) as ground:
            trials = search(recorder.run, spec.engine, try_out, budget, ground, is_late)
        recorder.put(replace(recorder.run.engines[-1], trials=trials))
        accepted: list[Change] = [trial.proposal.change for trial in trials if trial.is_accepted]
        if accepted:
            write_migrations([c for c in accepted if _has_text(c)], recorder.folder / "migrations", _change_texts(bed))
    recorder.finish()
    write_reports(recorder.folder)
    for name, text in report.guides(recorder.run).items():
        (recorder.folder / name).write_text(text)
    return recorder, trials


def audit(
    source: str, engine: str = "", config: Path | None = None, dialect: str = ""
) -> tuple[tuple[Finding, ...], AuditSettings, tuple[Loss, ...]]:
    """Judges a schema, for another engine than its source's where one is named, by the `audit.toml` beside it; by the
    one in this folder where the source is a running server. Returns what could not be read of the source, too.

    Raises LabError for a source or settings that cannot be understood.
    """
    schema = readers.read(source, sql_dialect=dialect)
    if engine:
        schema = replace(schema, provider=parse_spec(engine).engine)
    path = Path() if readers.live.is_live(source) else Path(source)
    beside = (path if path.is_dir() else path.parent) / AUDIT_FILE
    settings = _audit_settings(config or beside, is_wanted=config is not None)
    spec = beside.with_name("data.toml")
    said = read_spec(spec, schema) if spec.exists() else None
    return judge(schema, settings, _source_texts(schema), said), settings, schema.losses


def _audit_settings(path: Path, is_wanted: bool) -> AuditSettings:
    if not is_wanted and not path.exists():
        return AuditSettings()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"cannot read {path}: {error}", "give a readable file with --config") from error
    return read_settings(text, str(path), RULES)


def _source_texts(schema: Schema) -> dict[str, str]:
    """The files the schema was written in."""
    places = [each.position for family in (schema.tables, schema.enums, schema.statements) for each in family]
    files = dict.fromkeys(place.file for place in places if place)
    return {file: Path(file).read_text(encoding="utf-8-sig") for file in files}


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


def _has_text(change: Change) -> bool:
    """A query may read otherwise without any change of the schema."""
    return not isinstance(change, Script) or any(text.strip() for text in change.up.values())


def _change_texts(bed: Bed) -> Callable[[Change], tuple[str, str]]:
    """The SQL of a change for a database in service."""

    def texts(change: Change) -> tuple[str, str]:
        tables = bed.design.schema.tables
        own = tables if isinstance(change, Script) else [bed.design.schema.table(change.index.table)]
        is_partitioned = any(table.partitioning for table in own)
        online = None if is_partitioned else getattr(bed.engine, "online_sql", None)
        sql = (online or bed.engine.change_sql)(change)
        return _script(text.sql for text in sql.up), _script(text.sql for text in sql.down)

    return texts


def _script(statements: Iterator[str]) -> str:
    return "".join(f"{statement.rstrip().removesuffix(';')};\n" for statement in statements)
