"""The ways that are held against each other, and a database for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from lab.bench import Bed, Observer
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.rehearse import migration_texts
from lab.caching.asked import CacheSettings
from lab.caching.strategies import NO_CACHE, STRATEGIES, Strategy
from lab.model.change import BASE, Variant


@dataclass(frozen=True, slots=True)
class Contender:
    """A strategy on a variant. Rivals of the cache are other variants without one."""

    name: str
    strategy: Strategy
    variant: Variant
    description: str


def variant_of(bed: Bed, name: str) -> Variant:
    return next(each for each in (BASE, *bed.design.variants) if each.name == name)


def contend(variant: Variant, rivals: Sequence[Variant], settings: CacheSettings) -> list[Contender]:
    chosen = [
        s for s in STRATEGIES.values() if not settings.strategies or s.name in (*settings.strategies, NO_CACHE.name)
    ]
    cached = [Contender(s.name, s, variant, s.description) for s in chosen]
    return cached + [
        Contender(_told_apart(rival.name), NO_CACHE, rival, f"no cache, but the variant {rival.name}")
        for rival in rivals
        if rival.name != variant.name
    ]


def _told_apart(variant: str) -> str:
    """Its name, where no strategy has the same."""
    return f"variant {variant}" if variant in STRATEGIES else variant


@contextmanager
def databases(bed: Bed, contenders: Sequence[Contender], observer: Observer) -> Iterator[Mapping[str, str]]:
    """A copy of the base with its variant's changes for each contender, by the contender's name."""
    names = {contender.name: f"lab_c{number}" for number, contender in enumerate(contenders)}
    made: list[str] = []
    observer.stage("a database for each way", len(contenders), "databases")
    try:
        for contender in contenders:
            bed.engine.clone_database(bed.server, BASE_DATABASE, names[contender.name])
            made.append(names[contender.name])
            with closing(bed.engine.connect(bed.server, names[contender.name])) as database:
                database.run(migration_texts(bed.engine, contender.variant)[0])
                database.analyze()
            observer.advance(1, contender.name)
        yield names
    finally:
        for name in made:
            bed.engine.drop_database(bed.server, name)
