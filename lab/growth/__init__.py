"""Sizes measured -> laws, break points, keys that run out, machines wanted: what a design's growth means. Knows no
database."""

from lab.growth.capacity import Room, capacities, capacity_at, steps
from lab.growth.demand import demands
from lab.growth.extrapolate import extrapolate
from lab.growth.keys import key_rooms
from lab.growth.laws import laws
from lab.growth.predict import predictions
from lab.growth.shards import Touch, shard_keys
from lab.growth.sizes import point_of, size_of, tables_of
from lab.growth.touches import inserted

__all__ = [
    "Room",
    "Touch",
    "capacities",
    "capacity_at",
    "demands",
    "extrapolate",
    "inserted",
    "key_rooms",
    "laws",
    "point_of",
    "predictions",
    "shard_keys",
    "size_of",
    "steps",
    "tables_of",
]
