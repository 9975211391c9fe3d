"""Choices inside MongoDB, each measured on the design's own rows.

To add one: write `studies/<name>.py` with `study(ground) -> Study`, list it in STUDIES.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from lab.model.caching import Study

STUDIES = ("transactions", "change_streams")
"""In the order they are read. Loaded on demand: MongoDB's driver is an extra."""


def load_study(name: str) -> Callable[[Any], Study]:
    return cast(Callable[[Any], Study], import_module(f"lab.bench.studies.{name}").study)
