"""A diff as a migration of PostgreSQL 13 and newer that nobody has to wait for: expand, migrate, contract."""

from lab.migrate.postgres.plan import plan

__all__ = ["plan"]
