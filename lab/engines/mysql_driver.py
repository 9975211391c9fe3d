"""PyMySQL (MIT), or what to type to have it."""

from __future__ import annotations

from lab.errors import LabError

try:
    import pymysql
    from pymysql import err
    from pymysql.constants import CLIENT
except ImportError as error:
    raise LabError("MySQL and MariaDB need a driver", "pip install 'schema-performance-lab[mysql]'") from error

Connection = pymysql.Connection

__all__ = ["CLIENT", "Connection", "err", "pymysql"]
