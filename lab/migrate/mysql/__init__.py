"""A diff as a migration of MySQL 8.0 and newer, and of MariaDB."""

from lab.migrate.mysql.plan import plan

__all__ = ["plan"]
