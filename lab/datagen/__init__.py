"""Realistic data, the same for the same seed: `rows(seed, table, chunk)` as an Arrow batch, in any order."""

from lab.datagen.generator import Generator
from lab.datagen.parameters import draw
from lab.datagen.spec import read_spec
from lab.datagen.template import write_spec

__all__ = ["Generator", "draw", "read_spec", "write_spec"]
