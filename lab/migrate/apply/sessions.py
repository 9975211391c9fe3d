"""Addresses -> sessions, a module for each product."""

from __future__ import annotations

from importlib import import_module

from lab.errors import LabError
from lab.migrate.apply.session import Session
from lab.provision import parse_spec

_SESSIONS = {
    "postgres": ("lab.migrate.apply.postgres", "PostgresSession"),
    "mysql": ("lab.migrate.apply.mysql", "MysqlSession"),
    "mariadb": ("lab.migrate.apply.mysql", "MysqlSession"),
    "sqlite": ("lab.migrate.apply.sqlite", "SqliteSession"),
    "mongodb": ("lab.migrate.apply.mongodb", "MongoSession"),
}


def open_session(address: str) -> Session:
    """Raises LabError when no product is meant, or it does not answer."""
    engine = "sqlite" if "://" not in address else parse_spec(address).engine
    if engine not in _SESSIONS:
        raise LabError(f"migrations are not run on {engine}", f"give the address of one of: {', '.join(_SESSIONS)}")
    module, name = _SESSIONS[engine]
    session: Session = getattr(import_module(module), name)(address)
    return session
