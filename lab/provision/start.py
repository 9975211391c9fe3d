"""Which provider serves which engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from lab.engines.engine import Server
from lab.provision.leases import sweep
from lab.provision.postgres import available_postgres, local_postgres
from lab.provision.spec import Spec
from lab.provision.sqlite import available_sqlite, local_sqlite

Provider = Callable[[Spec], AbstractContextManager[Server]]

PROVIDERS: dict[str, Provider] = {"sqlite": local_sqlite, "postgres": local_postgres}
INVENTORIES: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "sqlite": available_sqlite,
    "postgres": available_postgres,
}
"""(version, origin) of every server of an engine that would run here, newest first."""


@contextmanager
def start(spec: Spec) -> Iterator[Server]:
    """Starts a server, and stops and removes it however the block is left.

    What a killed run has left behind is removed first. Raises LabError when the server cannot be had.
    """
    sweep()
    with PROVIDERS[spec.engine](spec) as server:
        yield server
