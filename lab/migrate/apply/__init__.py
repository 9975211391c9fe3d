"""Migrations run on a database, up and down, with a history that says how far they are."""

from lab.migrate.apply.run import Applied, apply, rollback, status
from lab.migrate.apply.sessions import open_session

__all__ = ["Applied", "apply", "open_session", "rollback", "status"]
