"""The gate, from a design's folder to its verdict: builds a design and what it is held against, and judges the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lab import results
from lab.bench import (
    Bed,
    Fill,
    Observer,
    Samples,
    load_base,
    rehearse,
)
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.samples import paired
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.gate import Pairs, Part, comparisons, confirmed, gate, rule_for, to_confirm
from lab.gate.beside import Beside, plain, put_beside
from lab.gate.whole import is_slow_load, load_seconds
from lab.git import checked_out
from lab.model.budget import Budgets
from lab.model.change import BASE, Variant
from lab.model.design import Design
from lab.model.rule import Rule
from lab.model.run import Load, ServerInfo
from lab.model.verdict import Verdict
from lab.pipeline import (
    Options,
    Recorder,
    filling,
    generator_for,
    measure_on,
    narrowed,
    open_recorder,
    parse_specs,
    prepared_bed,
    write_reports,
)
from lab.provision import Spec, start
from lab.readers.budgets import read_budgets

HEAD = "head"
"""What `check` calls the design under test; its reference is the base."""
_HEAD_DATABASE, _AGAIN_DATABASE = "lab_head", "lab_again"


def check(folder: Path, against: str, options: Options, rule: Rule, observer: Observer) -> tuple[Recorder, Verdict]:
    """Holds a design against an earlier state of itself (a folder, a run's definition, a git revision) or against one
    of its variants.

    Both are built and measured side by side on each engine now; nothing is compared with stored times. Raises
    LabError like `compare`, and when `against` names nothing.
    """
    whole = read_design(folder)
    budgets = read_budgets(folder / "budgets.toml", [operation.name for operation in whole.workload.operations])
    head = narrowed(whole, options.operations)
    specs = parse_specs(options.engines)
    variant = next((variant for variant in head.variants if variant.name == against), None)
    with nullcontext(head) if variant else _reference(folder, against) as reference:
        beside = Beside(head, (), ()) if variant else _beside(reference, head, options, specs)
    with filling(options) as fill:
        comparison = _Comparison(against, beside, head, variant, budgets, rule, observer, fill)
        recorder = open_recorder(beside.design, folder, options)
        verdict = comparison.judge(specs, options, recorder)
        if doubted := to_confirm(verdict):
            names = {name for found in doubted.values() for name in found}
            second = open_recorder(beside.design, folder, replace(options, out=recorder.folder / "again"))
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
    fill: Fill

    def only(self, names: Set[str]) -> _Comparison:
        """The same of some operations."""
        shared = [name for name in names if name not in self.beside.new]
        design = narrowed(self.beside.design, shared)
        beside = replace(self.beside, design=design, new=())
        return replace(self, beside=beside, head=narrowed(self.head, shared))

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
        generators = {name: generator_for(design, options) for name, design in states.items()}
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
            run = measure_on(bed, (variant,), options, recorder, self.observer, sources)
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
            return load_base(engine, server, states[name].schema, generators[name], self.observer, database, self.fill)

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
        name, generator = self.variant.name, generator_for(self.head, options)
        with prepared_bed(spec, self.head, (self.variant,), generator, self.observer, self.fill) as bed:
            run = measure_on(bed, (self.variant,), options, recorder, self.observer)
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
