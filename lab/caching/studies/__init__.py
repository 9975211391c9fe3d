"""Choices inside Redis, each measured on the design's own rows.

To add one: write `studies/<name>.py` with `study(ground) -> Study`, list it in STUDIES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from lab.bench import Bed, Observer
from lab.caching.cache_database import cache_database
from lab.caching.studies import (
    eviction,
    expiry,
    invalidation,
    layouts,
    listings,
    naming,
    persistence,
    pipelining,
)
from lab.caching.studies.ground import StudyGround
from lab.engines.engine import Server
from lab.errors import LabError, did_you_mean
from lab.model.caching import Study
from lab.provision.spec import Spec

STUDY_SECONDS = 12.0
"""How long what must run for a while runs."""
STUDIES: Mapping[str, Callable[[StudyGround], Study]] = {
    "layouts": layouts.study,
    "listings": listings.study,
    "naming": naming.study,
    "pipelining": pipelining.study,
    "expiry": expiry.study,
    "eviction": eviction.study,
    "persistence": persistence.study,
    "invalidation": invalidation.study,
}
"""Name -> study, in the order they are read."""


def check_studies(names: Sequence[str], specs: Sequence[Spec]) -> tuple[str, ...]:
    """The studies meant; all of them by `all`. Raises LabError for one there is not, or nothing to study."""
    for name in names:
        if name not in STUDIES and name != "all":
            raise LabError(f"there is no study called {name}", did_you_mean(name, [*STUDIES, "all"], "write one of"))
    if names and not any(spec.engine == "redis" for spec in specs):
        raise LabError("--study compares choices inside Redis, which was not named", "add --engine redis")
    if names and any(spec.engine == "redis" and spec.dsn for spec in specs):
        raise LabError(
            "a study changes a server's settings, so it is not done on one that is not the lab's own",
            "write --engine redis",
        )
    return tuple(name for name in STUDIES if name in names or "all" in names)


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
            yield STUDIES[name](ground)
            observer.advance(1, name)


__all__ = ["STUDIES", "STUDY_SECONDS", "check_studies", "run_studies"]
