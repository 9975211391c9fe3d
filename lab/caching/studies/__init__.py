"""Choices inside Redis, each measured on the design's own rows.

To add one: write `studies/<name>.py` with `study(ground) -> Study`, list it in STUDIES.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, cast

from lab.errors import LabError, did_you_mean
from lab.model.caching import Study
from lab.provision.spec import Spec

STUDIES = ("layouts", "listings", "naming", "pipelining", "expiry", "eviction", "persistence", "invalidation")
"""In the order they are read. Loaded on demand: Redis's driver is an extra."""


def load_study(name: str) -> Callable[[Any], Study]:
    return cast(Callable[[Any], Study], import_module(f"lab.caching.studies.{name}").study)


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
