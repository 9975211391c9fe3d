"""A server somebody else runs, by its DSN: the lab makes databases of its own there, and removes them.

Their names begin with a prefix no other run has. Nothing else on the server is read, altered or dropped. What a killed
run leaves is known by its lease, and dropped by the next start.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.leases import leased_folder, record_databases
from lab.provision.spec import Spec


@contextmanager
def existing_server(spec: Spec) -> Iterator[Server]:
    """Raises LabError when the server does not answer, or refuses the credentials."""
    engine = load_engine(spec.engine)
    version = engine.server_version(spec.dsn)
    server = Server(engine.name, str(spec), version, f"the server at {spec}", spec.dsn, f"lab_{secrets.token_hex(4)}_")
    with leased_folder("dsn") as folder:
        record_databases(folder, engine.name, server.address, server.prefix)
        try:
            yield server
        finally:
            drop_all(server)


def drop_all(server: Server) -> None:
    """Every database the lab made on a server."""
    engine = load_engine(server.engine)
    for name in engine.list_databases(server):
        engine.drop_database(server, name)


def drop_left_behind(engine: str, address: str, prefix: str) -> None:
    """What a killed run left on a server; a server that is gone took it along."""
    with suppress(LabError):
        drop_all(Server(engine, "", "", "", address, prefix))
