"""What opens a scratch database of MariaDB: see `lab.engines.mysql.what_if`."""

from functools import partial

from lab.engines.mariadb import DIALECT
from lab.engines.mysql.what_if import opener

what_if = partial(opener, DIALECT)
