"""What opens a scratch database of MySQL: see `lab.engines.mysql.what_if`."""

from functools import partial

from lab.engines.mysql import DIALECT
from lab.engines.mysql.what_if import opener

what_if = partial(opener, DIALECT)
