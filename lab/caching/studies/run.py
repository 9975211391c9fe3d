"""Studies, one after the other, in a database of a Redis server that is emptied before and after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from lab.bench import Bed, Observer
from lab.caching.cache_database import cache_database
from lab.caching.studies import load_study
from lab.caching.studies.ground import StudyGround
from lab.engines.engine import Server
from lab.model.caching import Study


def run_studies(
    bed: Bed,
    names: Sequence[str],
    seconds: float,
    seed: int,
    start_server: Callable[[], AbstractContextManager[Server]],
    observer: Observer,
) -> Iterator[Study]:
    """One after the other, each in a database of the bed's server that is emptied before and after."""
    observer.stage("choices inside Redis", len(names), "studies")
    with cache_database(bed.server) as cache:
        ground = StudyGround(cache, bed.design, bed.generator, seed, seconds, start_server)
        for name in names:
            yield load_study(name)(ground)
            observer.advance(1, name)
