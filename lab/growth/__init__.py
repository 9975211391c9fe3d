"""Sizes measured -> laws, break points, keys that run out: what a design's growth means. Knows no database."""

from lab.growth.extrapolate import extrapolate
from lab.growth.keys import key_rooms
from lab.growth.laws import laws
from lab.growth.predict import predictions
from lab.growth.sizes import point_of, size_of, tables_of

__all__ = ["extrapolate", "key_rooms", "laws", "point_of", "predictions", "size_of", "tables_of"]
