"""Realistic data, the same for the same seed: `rows(seed, table, chunk)` as an Arrow batch, in any order."""

from lab.datagen.generator import CHUNK_ROWS, Generator
from lab.datagen.observed import spec_of
from lab.datagen.parameters import draw, plain_values
from lab.datagen.spec import read_spec
from lab.datagen.template import write_spec

__all__ = ["CHUNK_ROWS", "Generator", "draw", "plain_values", "read_spec", "spec_of", "write_spec"]
