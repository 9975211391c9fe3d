"""Changes as migrations people can apply."""

from lab.migrate.files import write_migrations

__all__ = ["write_migrations"]
