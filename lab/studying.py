"""`--study`: choices inside a server, measured on the rows of a design. Redis's are in lab.caching.studies, MongoDB's
in lab.bench.studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from lab.bench import Bed, Observer
from lab.bench import studies as of_mongodb
from lab.caching import studies as of_redis
from lab.errors import LabError, did_you_mean
from lab.model.caching import Study
from lab.provision import Spec, parse_spec, start

ENGINES: Mapping[str, tuple[str, ...]] = {"redis": of_redis.STUDIES, "mongodb": of_mongodb.STUDIES}
"""By engine, its studies in the order they are read."""
ALL = "all"


def check_studies(names: Sequence[str], specs: Sequence[Spec]) -> Mapping[str, tuple[str, ...]]:
    """By engine, the studies meant; all of those named by `all`. Raises LabError for one there is not, or nothing to
    study."""
    homes = {study: engine for engine, studies in ENGINES.items() for study in studies}
    engines = {spec.engine for spec in specs}
    for name in names:
        if name not in homes and name != ALL:
            raise LabError(f"there is no study called {name}", did_you_mean(name, [*homes, ALL], "write one of"))
        if name != ALL and homes[name] not in engines:
            home = "Redis" if homes[name] == "redis" else "MongoDB"
            raise LabError(
                f"--study {name} compares choices inside {home}, which was not named", f"add --engine {homes[name]}"
            )
    if names and not engines & set(ENGINES):
        raise LabError("--study compares choices inside Redis or MongoDB, and neither was named", "add --engine redis")
    found = {
        engine: tuple(name for name in studies if name in names or ALL in names)
        for engine, studies in ENGINES.items()
        if engine in engines
    }
    if found.get("redis") and any(spec.engine == "redis" and spec.dsn for spec in specs):
        raise LabError(
            "a study changes a server's settings, so it is not done on one that is not the lab's own",
            "write --engine redis",
        )
    return {engine: studies for engine, studies in found.items() if studies}


def studied(bed: Bed, names: Sequence[str], seconds: float, seed: int, observer: Observer) -> Iterator[Study]:
    """One after the other, on the bed's server."""
    if bed.engine.name == "redis":
        from lab.caching.studies.run import run_studies  # Redis's driver is an extra

        again = partial(start, parse_spec(bed.server.spec))
        yield from run_studies(bed, names, seconds, seed, again, observer)
        return
    from lab.bench.studies.ground import StudyGround

    ground = StudyGround(bed, seed, seconds)
    observer.stage(f"choices inside {bed.engine.title}", len(names), "studies")
    for name in names:
        yield of_mongodb.load_study(name)(ground)
        observer.advance(1, name)
