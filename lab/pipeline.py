"""The whole lab on one page: the only module that knows every stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from lab import readers, report, results
from lab.advise import Budget, proposals
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
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.samples import SCHEMA as SAMPLES_SCHEMA
from lab.bench.samples import paired
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError, did_you_mean
from lab.gate import Pairs, Part, comparisons, confirmed, gate, rule_for, to_confirm
from lab.gate.beside import Beside, plain, put_beside
from lab.gate.whole import is_slow_load, load_seconds
from lab.git import checked_out
from lab.migrate import write_migrations
from lab.model.budget import Budgets
from lab.model.change import BASE, Change, Script, Variant
from lab.model.design import Design
from lab.model.finding import Finding
from lab.model.rule import Rule
from lab.model.run import EngineRun, Load, Run, ServerInfo, Trial
from lab.model.schema import Loss, Schema
from lab.model.verdict import Verdict
from lab.provision import Spec, parse_spec, start
from lab.readers.budgets import read_budgets

HEAD = "head"
"""What `check` calls the design under test; its reference is the base."""
_HEAD_DATABASE, _AGAIN_DATABASE = "lab_head", "lab_again"


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
    specs = _parse_specs(options.engines)
    variants = _chosen_variants(design, options.variants)
    design = _narrowed(design, options.operations)
    generator = _generator(design, options)
    with _filling(options) as fill:
        recorder = _open(design, folder, options)
        answered: dict[str, Answered] = {}
        for spec in specs:
            with prepared_bed(spec, design, variants, generator, observer, fill) as bed:
                _measure(bed, variants, options, recorder, observer, elsewhere=answered)
    recorder.finish()
    write_reports(recorder.folder)
    return recorder


def advise(folder: Path, options: Options, budget: Budget, observer: Observer) -> tuple[Recorder, tuple[Trial, ...]]:
    """Proposes changes to a design's base, builds and measures each, and keeps what is shown to help.

    Accepted changes are written to `migrations/` in the run's folder. Raises LabError like `compare`.
    """
    design = read_design(folder)
    (spec,) = _parse_specs(options.engines)
    design = _narrowed(design, options.operations)
    generator = _generator(design, options)
    recorder = _open(design, folder, options)
    with prepared_bed(spec, design, (), generator, observer) as bed:
        _measure(bed, (), options, recorder, observer)

        rewrites = {
            proposal.change.name: proposal.rewrites
            for proposal in proposals(recorder.run, spec.engine)
            if proposal.rewrites
        }

        def try_out(variants: Sequence[Variant]) -> EngineRun:
            rewritten = {v.name: tuple(o for c in v.changes for o in rewrites.get(c.name, ())) for v in variants}
            workload = replace(design.workload, rewrites=rewritten)
            trial_bed = replace(bed, design=replace(design, workload=workload))
            return _measure(trial_bed, variants, options, recorder, observer)

        observer.stage("candidates on a scratch copy")
        with what_if_ground(bed, options.settings.seed, options.settings.timeout_seconds) as ground:
            trials = search(recorder.run, spec.engine, try_out, budget, ground)
        recorder.put(replace(recorder.run.engines[-1], trials=trials))
        accepted: list[Change] = [trial.proposal.change for trial in trials if trial.is_accepted]
        if accepted:
            write_migrations(accepted, recorder.folder / "migrations", _change_texts(bed))
    recorder.finish()
    write_reports(recorder.folder)
    for name, text in report.guides(recorder.run).items():
        (recorder.folder / name).write_text(text)
    return recorder, trials


def check(folder: Path, against: str, options: Options, rule: Rule, observer: Observer) -> tuple[Recorder, Verdict]:
    """Holds a design against an earlier state of itself (a folder, a run's definition, a git revision) or against one
    of its variants.

    Both are built and measured side by side on each engine now; nothing is compared with stored times. Raises
    LabError like `compare`, and when `against` names nothing.
    """
    whole = read_design(folder)
    budgets = read_budgets(folder / "budgets.toml", [operation.name for operation in whole.workload.operations])
    head = _narrowed(whole, options.operations)
    specs = _parse_specs(options.engines)
    variant = next((variant for variant in head.variants if variant.name == against), None)
    with nullcontext(head) if variant else _reference(folder, against) as reference:
        beside = Beside(head, (), ()) if variant else _beside(reference, head, options, specs)
    comparison = _Comparison(against, beside, head, variant, budgets, rule, observer)
    recorder = _open(beside.design, folder, options)
    verdict = comparison.judge(specs, options, recorder)
    if doubted := to_confirm(verdict):
        names = {name for found in doubted.values() for name in found}
        second = _open(beside.design, folder, replace(options, out=recorder.folder / "again"))
        some = [spec for spec in specs if str(spec) in doubted]
        verdict = confirmed(verdict, comparison.only(names).judge(some, options, second, is_again=True))
    recorder.run = replace(recorder.run, verdict=verdict)
    recorder.finish()
    write_reports(recorder.folder)
    return recorder, verdict


def _beside(reference: Design, head: Design, options: Options, specs: Sequence[Spec]) -> Beside:
    chosen = [o for o in reference.workload.operations if not options.operations or o.name in options.operations]
    reference = replace(reference, workload=replace(reference.workload, operations=tuple(chosen)))
    return put_beside(reference, head, HEAD, [spec.engine for spec in specs])


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A design and what it is held against, on whichever engine."""

    against: str
    beside: Beside
    head: Design
    variant: Variant | None
    """The reference, where that is a variant of the head."""
    budgets: Budgets
    rule: Rule
    observer: Observer

    def only(self, names: Set[str]) -> _Comparison:
        """The same of some operations."""
        shared = [name for name in names if name not in self.beside.new]
        design = _narrowed(self.beside.design, shared)
        beside = replace(self.beside, design=design, new=())
        return replace(self, beside=beside, head=_narrowed(self.head, shared))

    def judge(self, specs: Sequence[Spec], options: Options, recorder: Recorder, is_again: bool = False) -> Verdict:
        options = self._stopping(options, len(specs))
        measure_one = self._measure_variant if self.variant else self._measure_states
        parts = [measure_one(spec, options, recorder, is_again) for spec in specs]
        today = datetime.now(UTC).date()
        return gate(parts, self.rule, self.budgets, today, self.against, self.beside.notes)

    def _stopping(self, options: Options, engines: int) -> Options:
        """Each operation is measured until its verdict is sure, at the level all of them leave it."""
        names = [o.name for o in self.beside.design.workload.operations if o.name not in self.beside.new]
        rule = replace(self.rule, comparisons=comparisons(len(names) * engines))
        stop = {name: rule_for(self.budgets, name, rule) for name in names}
        return replace(options, settings=replace(options.settings, stop=stop, is_base_head=self.variant is not None))

    def _measure_states(self, spec: Spec, options: Options, recorder: Recorder, is_again: bool) -> Part:
        """The reference as the base, and the head as a variant without a migration: loaded by itself, or a copy of the
        same rows where neither schema nor data changed."""
        states = {BASE_DATABASE: self.beside.design, _HEAD_DATABASE: self.head}
        generators = {name: _generator(design, options) for name, design in states.items()}
        engine = load_engine(spec.engine)
        self.observer.stage(f"{engine.title}: starting a server")
        with start(spec) as server:
            self.observer.stage(f"{engine.title} {server.version}: rehearsal")
            rehearse(engine, server, self.head, ())
            with _blaming(self.against):
                rehearse(engine, server, self.beside.design, ())
            is_one = plain(self.head.data) == plain(self.beside.design.data) and _is_same_schema(
                engine, self.head, self.beside.design
            )
            if is_one:
                del states[_HEAD_DATABASE]
            loads = self._load(engine, server, states, generators, is_again)
            own = dict.fromkeys(self.beside.new, generators[_HEAD_DATABASE])
            info = ServerInfo(str(spec), engine.name, server.version, server.origin, dict(engine.settings(server)))
            generator, base = generators[BASE_DATABASE], loads[BASE_DATABASE]
            bed = Bed(engine, server, self.beside.design, generator, base, info, own)
            variant = Variant(HEAD, description=f"{self.head.name} as it is now")
            sources = {HEAD: BASE_DATABASE if is_one else _HEAD_DATABASE}
            run = _measure(bed, (variant,), options, recorder, self.observer, sources)
        rows = tuple(_differing_rows(*generators.values()))
        both = (base, loads.get(_HEAD_DATABASE, base))
        return Part(run, BASE.name, HEAD, _pairs(recorder.samples[-1], self.beside.design, BASE.name, HEAD), both, rows)

    def _load(
        self,
        engine: Engine,
        server: Server,
        states: Mapping[str, Design],
        generators: Mapping[str, Generator],
        is_again: bool,
    ) -> dict[str, Load]:
        """Both states; in the other order when it is done again. What seems slower to load is loaded once more, each
        state's quicker time counting."""

        def load(name: str, database: str) -> Load:
            return load_base(engine, server, states[name].schema, generators[name], self.observer, database)

        names = sorted(states, reverse=is_again)
        loads = {name: load(name, name) for name in names}
        if len(loads) > 1 and is_slow_load(loads[BASE_DATABASE], loads[_HEAD_DATABASE], self.budgets, self.rule):
            for name in reversed(names):
                again = load(name, _AGAIN_DATABASE)
                engine.drop_database(server, _AGAIN_DATABASE)
                loads[name] = min(loads[name], again, key=load_seconds)
        return loads

    def _measure_variant(self, spec: Spec, options: Options, recorder: Recorder, is_again: bool) -> Part:
        """The head is the base here, and its variant the reference."""
        assert self.variant is not None
        name, generator = self.variant.name, _generator(self.head, options)
        with prepared_bed(spec, self.head, (self.variant,), generator, self.observer) as bed:
            run = _measure(bed, (self.variant,), options, recorder, self.observer)
        return Part(run, name, BASE.name, _pairs(recorder.samples[-1], self.head, name, BASE.name))


def _is_same_schema(engine: Engine, one: Design, other: Design) -> bool:
    """Whether the engine is told the same."""
    ours, theirs = engine.create_sql(one.schema), engine.create_sql(other.schema)
    return (ours.before, ours.after) == (theirs.before, theirs.after)


def _pairs(samples: Samples, design: Design, reference: str, head: str) -> dict[str, Pairs]:
    found = {}
    for operation in design.workload.operations:
        pairs = Pairs(*paired(samples.cell(reference, operation.name), samples.cell(head, operation.name)))
        if len(pairs.before):
            found[operation.name] = pairs
    return found


def _differing_rows(before: Generator, after: Generator) -> Iterator[str]:
    for table in before.tables:
        if table in after.tables and before.row_count(table) != after.row_count(table):
            yield f"{table} holds {after.row_count(table):,} rows, before {before.row_count(table):,}"


def audit(
    source: str, engine: str = "", config: Path | None = None
) -> tuple[tuple[Finding, ...], AuditSettings, tuple[Loss, ...]]:
    """Judges a schema, for another engine than its source's where one is named, by the `audit.toml` beside it; by the
    one in this folder where the source is a running server. Returns what could not be read of the source, too.

    Raises LabError for a source or settings that cannot be understood.
    """
    schema = readers.read(source)
    if engine:
        schema = replace(schema, provider=parse_spec(engine).engine)
    path = Path() if readers.live.is_live(source) else Path(source)
    beside = (path if path.is_dir() else path.parent) / AUDIT_FILE
    settings = _audit_settings(config or beside, is_wanted=config is not None)
    return judge(schema, settings, _source_texts(schema)), settings, schema.losses


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


@contextmanager
def _reference(folder: Path, against: str) -> Iterator[Design]:
    """The design `against` names."""
    path = Path(against)
    if (path / "run.json").exists() or path.name == "run.json":
        yield results.load(path)[0].design
    elif path.is_dir():
        with _blaming(against):
            yield read_design(path)
    else:
        with checked_out(folder, against) as copy, _blaming(against, copy.parent.parent):
            yield read_design(copy)


@contextmanager
def _blaming(against: str, home: Path | None = None) -> Iterator[None]:
    """What is wrong with the reference is no mistake in what is being checked; its copy's place means nothing to
    anyone."""
    try:
        yield
    except LabError as error:
        said = error.message.replace(f"{home}/", "") if home else error.message
        raise LabError(
            f"the reference, {against}, cannot be built: {said}", error.hint or "name another with --against"
        ) from error


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
def _filling(options: Options) -> Iterator[Fill]:
    """How tables are filled: from here, or by a cluster."""
    if not options.scheduler:
        yield load_rows
        return
    with join_cluster(options.scheduler) as workers:
        yield workers.load_rows


def _generator(design: Design, options: Options) -> Generator:
    return Generator(design.schema, design.data, options.scale, options.settings.seed)


def _measure(
    bed: Bed,
    variants: Sequence[Variant],
    options: Options,
    recorder: Recorder,
    observer: Observer,
    sources: Mapping[str, str] = MappingProxyType({}),
    elsewhere: dict[str, Answered] | None = None,
) -> EngineRun:
    samples = Samples(bed.info.spec, time.perf_counter_ns())
    recorder.samples = [taken for taken in recorder.samples if taken.engine != samples.engine] + [samples]

    def keep_requests(table: pa.Table) -> None:
        recorder.requests[samples.engine] = table

    return measure(bed, variants, options.settings, samples, observer, recorder.put, sources, elsewhere, keep_requests)


def _open(design: Design, folder: Path, options: Options) -> Recorder:
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


def _parse_specs(texts: Sequence[str]) -> tuple[Spec, ...]:
    specs = tuple(dict.fromkeys(parse_spec(text) for text in texts))
    if not specs:
        raise LabError("no engine was named", "add --engine sqlite")
    return specs


def _chosen_variants(design: Design, names: Sequence[str]) -> tuple[Variant, ...]:
    known = {variant.name: variant for variant in design.variants}
    check_names("variant", names, known)
    return tuple(variant for name, variant in known.items() if not names or name in names)


def _narrowed(design: Design, names: Sequence[str]) -> Design:
    """The design with only these operations; all of them when none are named."""
    operations = design.workload.operations
    check_names("operation", names, [operation.name for operation in operations])
    chosen = tuple(operation for operation in operations if not names or operation.name in names)
    return replace(design, workload=replace(design.workload, operations=chosen))


def check_names(kind: str, names: Sequence[str], known: Sequence[str] | dict[str, Variant]) -> None:
    """Raises LabError for the first name that is not known, with the closest that is."""
    for name in names:
        if name not in known:
            raise LabError(f"there is no {kind} called {name}", did_you_mean(name, known))


def _change_texts(bed: Bed) -> Callable[[Change], tuple[str, str]]:
    """The SQL of a change for a database in service."""

    def texts(change: Change) -> tuple[str, str]:
        is_partitioned = not isinstance(change, Script) and bed.design.schema.table(change.index.table).partitioning
        online = None if is_partitioned else getattr(bed.engine, "online_sql", None)
        sql = (online or bed.engine.change_sql)(change)
        return _script(text.sql for text in sql.up), _script(text.sql for text in sql.down)

    return texts


def _script(statements: Iterator[str]) -> str:
    return "".join(f"{statement.rstrip().removesuffix(';')};\n" for statement in statements)
