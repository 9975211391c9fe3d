"""A driver that is not installed is named with what to type, and in nobody else's way."""

from __future__ import annotations

import subprocess
import sys

import pytest

LACKING = """
import sys
for module in {missing!r}:
    sys.modules[module] = None
from lab.provision import parse_spec
from lab.provision.start import PROVIDERS, load_provider
for engine in PROVIDERS:
    load_provider(engine).available()
try:
    parse_spec({engine!r})
except Exception as error:
    print(type(error).__name__, error.message, error.hint, sep="|")
"""


@pytest.mark.parametrize(
    ("engine", "missing"), [("mysql", ["pymysql"]), ("mongodb", ["pymongo", "bson"]), ("redis", ["redis", "hiredis"])]
)
def test_a_driver_that_is_not_installed_is_named(engine: str, missing: list[str]) -> None:
    script = LACKING.format(missing=missing, engine=engine)
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    kind, message, hint = answer.stdout.strip().split("|")
    assert kind == "LabError" and message.startswith(f"{engine} needs a Python package that is not installed: ")
    assert hint == f"run `pip install 'schema-performance-lab[{engine}]'`"
