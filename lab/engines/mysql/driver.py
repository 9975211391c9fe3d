"""PyMySQL (MIT): what the rest of the engine uses of it."""

from __future__ import annotations

import pymysql
from pymysql import err
from pymysql.constants import CLIENT

Connection = pymysql.Connection

__all__ = ["CLIENT", "Connection", "err", "pymysql"]
