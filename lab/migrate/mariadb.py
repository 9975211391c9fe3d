"""A diff as a migration of MariaDB 10.6 and newer: MySQL's, in MariaDB's words."""

from __future__ import annotations

from functools import partial

from lab.engines.mariadb import DIALECT
from lab.migrate import mysql

plan = partial(mysql.plan, dialect=DIALECT)
