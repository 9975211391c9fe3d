"""Puts variants under load from several clients: one load each, or the search for the rate each can bear."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from lab.bench import clients
from lab.bench.observer import Observer
from lab.bench.requests import SCHEMA
from lab.bench.sweep import Search, judge
from lab.bench.traffic import Load, Subject, Traffic, make_plans
from lab.engines.engine import Engine, Server
from lab.model.traffic import LoadRun, RateSweep

_STEPS = 14
"""About as many rates as one search tries."""
_SHORTEST_STEP, _LONGEST_STEP = 1.0, 10.0
_STEP_PATIENCE = 0.5
_FIRST_SHARE = 0.5
"""Of what one connection could do if requests came one behind the other: where a search begins."""


class Pressure:
    """What was measured under load so far on one engine."""

    def __init__(self) -> None:
        self.loads: list[Load] = []
        self._searches: dict[str, Search] = {}
        self._clients = 0
        self._order: list[str] = []

    def results(self) -> tuple[tuple[LoadRun, ...], tuple[RateSweep, ...]]:
        sweeps = (search.result(variant, self._clients) for variant, search in self._searches.items() if search.steps)
        loads = sorted(self.loads, key=lambda load: self._order.index(load.requests.variant))
        return tuple(load.snapshot() for load in loads if len(load.requests)), tuple(sweeps)

    def table(self) -> pa.Table:
        """Every request of the loads; a search's many are not kept."""
        return pa.concat_tables([SCHEMA.empty_table(), *(load.requests.table() for load in self.loads)])

    def apply(
        self,
        engine: Engine,
        server: Server,
        subjects: Sequence[Subject],
        traffic: Traffic,
        rng: random.Random,
        observer: Observer,
        on_news: Callable[[], None],
    ) -> None:
        """Raises what stopped a client, such as ServerLost; what was measured until then stays."""
        self._clients = traffic.clients
        self._order = [subject.variant for subject in subjects]
        observer.stage(f"starting {traffic.clients} client{'s' if traffic.clients > 1 else ''}")
        with clients.started(engine, server, traffic.clients) as crew:
            if traffic.sweep_seconds:
                self._sweep(crew, engine, subjects, traffic, rng, observer, on_news)
            else:
                self._load(crew, subjects, traffic, rng, observer, on_news)

    def _load(
        self,
        crew: Sequence[clients.Client],
        subjects: Sequence[Subject],
        traffic: Traffic,
        rng: random.Random,
        observer: Observer,
        on_news: Callable[[], None],
    ) -> None:
        observer.stage("under load", len(subjects) * traffic.duration_seconds, "seconds")
        for subject in rng.sample(list(subjects), len(subjects)):
            load = Load(subject, traffic)
            self.loads.append(load)
            load.carry_out(crew, make_plans(subject, traffic), on_news)
            observer.advance(traffic.duration_seconds, subject.variant)

    def _sweep(
        self,
        crew: Sequence[clients.Client],
        engine: Engine,
        subjects: Sequence[Subject],
        traffic: Traffic,
        rng: random.Random,
        observer: Observer,
        on_news: Callable[[], None],
    ) -> None:
        """The variants take turns, so that all meet the same machine, until each is done or the time is up."""
        self._searches = {s.variant: Search(max(_FIRST_SHARE / s.mean_seconds(), 1.0)) for s in subjects}
        observer.stage("rate sweep", 0, "rates")
        seconds = min(max(traffic.sweep_seconds / len(subjects) / _STEPS, _SHORTEST_STEP), _LONGEST_STEP)
        deadline, longest, number = time.monotonic() + traffic.sweep_seconds, seconds, 0
        while pending := [s for s in subjects if not self._searches[s.variant].is_done]:
            for subject in rng.sample(pending, len(pending)):
                started = time.monotonic()
                if started + longest > deadline:
                    return
                number += 1
                search = self._searches[subject.variant]
                step = replace(traffic, rate=search.next_rate, duration_seconds=seconds)
                load = Load(replace(subject, seed=subject.seed + number), step)
                plans = make_plans(replace(subject, seed=subject.seed + number), step, _STEP_PATIENCE)
                load.carry_out(crew, plans, lambda: None)
                search.note(judge(load.snapshot(), load.requests, search.next_rate, engine.has_server))
                longest = max(longest, time.monotonic() - started)
                observer.advance(1, f"{subject.variant} at {step.rate:,.0f} a second")
                on_news()
