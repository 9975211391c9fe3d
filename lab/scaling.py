"""`lab scale`: a design measured at several sizes, and planned at sizes that are not loaded."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.bench import Bed, Observer, rehearse
from lab.bench.imagine import Planned, imagined_plans, planned, way
from lab.bench.load import BASE as BASE_DATABASE
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.engines.postgres.grown import why_not
from lab.errors import LabError
from lab.growth import Room, key_rooms, laws, predictions, size_of, tables_of
from lab.model.change import BASE, Variant
from lab.model.design import Design
from lab.model.growth import Growth, Size, SizeLeftOut
from lab.model.run import EngineRun
from lab.pipeline import (
    Options,
    Recorder,
    chosen_variants,
    generator_for,
    load_bed,
    meant_for,
    measure_on,
    narrowed,
    open_recorder,
    parse_specs,
    write_reports,
)
from lab.provision import start
from lab.sizing import with_capacity

_FARTHEST = 1e6
_ROOM = 0.8
"""The share of the free disk that may be used."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far growth is followed: `sizes` are measured, in factors of the run's scale, and `to` is predicted."""

    sizes: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0)
    to: float = 1000.0
    within_seconds: float = 900.0
    """For everything that is loaded and measured; a size that would take longer is left to prediction."""
    disk_bytes: int | None = None
    """What the databases of one size may take; the free disk by default."""
    rate: float = 0.0
    """Requests a second at size 1, which grow with the size; 0 where nobody says."""

    def __post_init__(self) -> None:
        is_growing = list(self.sizes) == sorted(set(self.sizes)) and self.sizes[0] == 1.0
        if len(self.sizes) < 2 or not is_growing or not all(map(math.isfinite, self.sizes)):
            raise LabError("sizes are factors that grow from 1: at least two", "write --sizes 1,2,5,10")
        if not self.sizes[-1] <= self.to <= _FARTHEST:
            raise LabError(
                f"--to {self.to:g} is not between the largest size that is measured and {_FARTHEST:,.0f}",
                f"write --to {max(1000, self.sizes[-1] * 10):g}",
            )
        if not (self.rate >= 0 and math.isfinite(self.rate)):
            raise LabError(f"--rate {self.rate:g} is no number of requests a second", "write --rate 200")
        if not self.within_seconds > 0:
            raise LabError(f"--within {self.within_seconds:g} leaves no time", "write --within 900")

    @property
    def beyond(self) -> tuple[float, ...]:
        """The sizes to predict: powers of ten beyond what is measured, up to `to`."""
        powers = [10.0**exponent for exponent in range(1, 13)]
        return tuple(sorted({*(power for power in powers if self.sizes[-1] < power < self.to), self.to}))


def read_sizes(text: str) -> tuple[float, ...]:
    """Factors from `1,2,5,10`. Raises LabError for what are no numbers."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise LabError(f"cannot read the sizes {text!r}", "write --sizes 1,2,5,10") from None


def scale(folder: Path, options: Options, reach: Reach, observer: Observer) -> Recorder:
    """Measures a design's variants on one engine at growing sizes. The run is that of size 1, with `growth`; the other
    sizes are runs of their own in folders within its own. Raises LabError like `compare`."""
    design = narrowed(read_design(folder), options.operations)
    (spec,) = parse_specs(options.engines)
    variants = meant_for(spec.engine, chosen_variants(design, options.variants), options.variants)
    generator_for(design, options)
    recorder = open_recorder(design, folder, options)
    engine = load_engine(spec.engine)
    observer.stage(f"{engine.title}: starting a server")
    with start(spec) as server:
        observer.stage(f"{engine.title} {server.version}: rehearsal")
        rehearse(engine, server, design, variants)
        _Climb(folder, design, variants, options, reach, engine, server, observer, recorder).go()
    recorder.finish()
    write_reports(recorder.folder)
    return recorder


@dataclass(slots=True)
class _Climb:
    """One engine's way from size to size."""

    folder: Path
    design: Design
    variants: tuple[Variant, ...]
    options: Options
    reach: Reach
    engine: Engine
    server: Server
    observer: Observer
    recorder: Recorder
    runs: dict[float, EngineRun] = field(default_factory=dict)
    sizes: list[Size] = field(default_factory=list)
    beds: dict[float, Bed] = field(default_factory=dict)
    planned: dict[float, dict[str, Planned]] = field(default_factory=dict)
    """What the planner goes by, of each variant, by size."""
    left_out: list[SizeLeftOut] = field(default_factory=list)
    loaded: float = 0.0
    """The size whose rows are on the server, or were to be."""

    def go(self) -> None:
        started = time.monotonic()
        for factor in self.reach.sizes:
            reason = self._why_not(factor, started)
            if not reason:
                try:
                    self._measure(factor)
                except LabError as error:
                    if factor == self.reach.sizes[0]:
                        raise
                    reason = error.message
            if reason:
                beyond = [left for left in self.reach.sizes if left > factor]
                further = f"{factor:g}x was not either"
                self.left_out += [SizeLeftOut(factor, reason), *(SizeLeftOut(left, further) for left in beyond)]
                break
            self._keep(self._growth())
        self.observer.stage("plans at sizes beyond")
        growth = self._predicted(self._growth())
        self._keep(growth)
        self.observer.stage("capacity")
        self._keep(self._with_capacity(growth))

    def _why_not(self, factor: float, started: float) -> str:
        """Why a size is left out: it takes longer, or more room, than there is."""
        if not self.sizes:
            return ""
        last = self.sizes[-1]
        ratio = factor / last.factor
        left = self.reach.within_seconds - (time.monotonic() - started)
        if last.seconds * ratio > left:
            return f"it would take about {last.seconds * ratio:.0f} s, and {max(left, 0):.0f} s are left"
        base = last.table_bytes[BASE.name] + last.index_bytes[BASE.name]
        needed = ratio * (base + sum(last.table_bytes.values()) + sum(last.index_bytes.values()))
        free = shutil.disk_usage(tempfile.gettempdir()).free * _ROOM
        room = free if self.reach.disk_bytes is None else min(free, self.reach.disk_bytes)
        if needed > room:
            return f"it would take about {needed / 1e9:.1f} GB of disk, and {room / 1e9:.1f} GB may be used"
        return ""

    def _measure(self, factor: float) -> None:
        started = time.monotonic()
        options = replace(self.options, scale=self.options.scale * factor)
        generator = generator_for(self.design, options)
        self.observer.stage(f"size {factor:g}")
        self.engine.drop_database(self.server, BASE_DATABASE)
        self.loaded = factor
        bed = load_bed(self.server, self.design, self.variants, generator, self.observer)
        recorder = self._recorder(factor, options)
        run = measure_on(bed, self.variants, options, recorder, self.observer)
        if recorder is not self.recorder:
            recorder.finish()
        self.beds[factor] = bed
        if not self._why_not_predicted():
            self.planned[factor] = planned(bed, (BASE, *self.variants), factor)
        self.runs[factor] = run
        self.sizes.append(size_of(factor, run, time.monotonic() - started, way))

    def _recorder(self, factor: float, options: Options) -> Recorder:
        if factor == self.reach.sizes[0]:
            return self.recorder
        return open_recorder(self.design, self.folder, replace(options, out=self.recorder.folder / f"size-{factor:g}"))

    def _why_not_predicted(self) -> str:
        if self.engine.name != "postgres":
            return f"{self.engine.title} cannot import statistics; PostgreSQL 18 can: --engine postgres:18"
        return why_not(self.server)

    def _predicted(self, growth: Growth) -> Growth:
        """With plans at the sizes that are not loaded, those left out among them."""
        first, last = self.sizes[0].factor, self.sizes[-1].factor
        reason = self._why_not_predicted()
        if not reason and first == last:
            reason = "what one size tells does not say how it goes on"
        if not reason and self.loaded != last:
            reason = f"the rows of size {last:g} made way for those of size {self.loaded:g}, which failed"
        if reason:
            return replace(growth, not_predicted=reason)
        beyond = sorted({*(left.factor for left in self.left_out), *self.reach.beyond})
        bed, further = self.beds[last], [factor / last for factor in beyond]
        known = [plan for found in self.planned.values() for each in found.values() for plan in each.plans]
        plans = imagined_plans(
            bed, (BASE, *self.variants), self.planned[first], self.planned[last], last / first, further
        )
        try:
            return replace(growth, predictions=tuple(predictions(tuple(plans), known, self.sizes)))
        except LabError as error:
            return replace(growth, not_predicted=str(error))

    def _growth(self) -> Growth:
        classes = {operation.name: operation.target_class for operation in self.design.workload.operations}
        first, last = self.runs[self.sizes[0].factor], self.runs[self.sizes[-1].factor]
        grows = {name: self._grows(name) for name in self.beds[1.0].generator.tables}
        rows = {name: self.beds[1.0].generator.row_count(name) for name in grows}
        return Growth(
            self.server.spec,
            tuple(self.sizes),
            tuple(self.left_out),
            laws(self.sizes, classes, self.reach.to),
            asked_to=self.reach.to,
            keys=tuple(key_rooms(self.design.schema, rows, grows, self.reach.to)),
            tables=tables_of(first, last, grows, self.design.schema),
        )

    def _with_capacity(self, growth: Growth) -> Growth:
        first, last = self.beds[1.0].generator, self.runs[self.sizes[-1].factor]
        room = Room(
            self.recorder.run.environment.memory_bytes,
            shutil.disk_usage(tempfile.gettempdir()).free,
            self.recorder.run.environment.cores,
        )
        return with_capacity(growth, self.design, last, first, self.reach.rate, room)

    def _grows(self, table: str) -> bool:
        spec = self.design.data.tables.get(table)
        return spec is None or spec.grows

    def _keep(self, growth: Growth) -> None:
        self.recorder.run = replace(self.recorder.run, growth=growth)
        self.recorder.save()
