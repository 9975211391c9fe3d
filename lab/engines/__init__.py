"""The database products the lab knows, each a module loaded on demand."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from lab.engines.engine import Engine, Server
from lab.errors import LabError, did_you_mean
from lab.model.what_if import Imagined, WhatIf

ENGINES = {
    "sqlite": "lab.engines.sqlite",
    "postgres": "lab.engines.postgres",
    "mysql": "lab.engines.mysql",
    "mariadb": "lab.engines.mariadb",
    "mongodb": "lab.engines.mongodb",
    "redis": "lab.engines.redis",
}
_EXTRAS = {"mariadb": "mysql"}
"""The extra of pyproject.toml that brings an engine's driver, where it does not bear the engine's name."""


def load_engine(name: str) -> Engine:
    """The engine of that name. Raises LabError when there is none, or its driver is not installed."""
    if name not in ENGINES:
        raise LabError(f"there is no engine called {name!r}", did_you_mean(name, ENGINES, "known engines"))
    try:
        return cast(Engine, import_module(ENGINES[name]))
    except ModuleNotFoundError as error:
        if (error.name or "lab").partition(".")[0] == "lab":
            raise
        extra = _EXTRAS.get(name, name)
        raise LabError(
            f"{name} needs a Python package that is not installed: {error.name}",
            f"run `pip install 'schema-performance-lab[{extra}]'`",
        ) from error


WhatIfOpener = Callable[[Server, str], WhatIf | None]
_WHAT_IF = {
    "postgres": "lab.engines.postgres.what_if",
    "sqlite": "lab.engines.sqlite.what_if",
    "mysql": "lab.engines.mysql_what_if",
    "mariadb": "lab.engines.mariadb_what_if",
}


def load_what_if(name: str) -> WhatIfOpener | None:
    """What opens a scratch database of an engine to try indexes on; None for an engine that cannot hide one cheaply."""
    return cast(WhatIfOpener, import_module(_WHAT_IF[name]).what_if) if name in _WHAT_IF else None


Imaginer = Callable[[Server, str], Imagined | None]
_IMAGINED = {"postgres": "lab.engines.postgres.imagined"}


def load_imagined(name: str) -> Imaginer | None:
    """What opens a scratch database of an engine to look at indexes that are not built; None where none can."""
    return cast(Imaginer, import_module(_IMAGINED[name]).imagined) if name in _IMAGINED else None
