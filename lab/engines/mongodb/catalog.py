"""What a database holds: collections and their validators, indexes, sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any

from bson import json_util
from pymongo.database import Database

from lab.engines.mongodb.mapping import places
from lab.model.run import Relation

Documents = Database[dict[str, Any]]


def collections(database: Documents) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each collection's name and options, in the order of names; without what MongoDB keeps time series in."""
    found = database.list_collections(filter={"type": {"$in": ["collection", "timeseries"]}})
    names = ((entry["name"], entry.get("options", {})) for entry in found)
    yield from sorted(((name, options) for name, options in names if not name.startswith("system.")), key=itemgetter(0))


def read_fields(database: Documents) -> dict[str, Mapping[str, str] | None]:
    """Where the documents of each collection hold each column; None for a time-series collection, which does not say
    so: it takes no validator."""
    return {name: read_places(options) for name, options in collections(database)}


def read_places(options: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The same of one collection, by the options it was made with."""
    if "timeseries" in options:
        return None
    return places(options.get("validator", {}).get("$jsonSchema", {}))


def describe(database: Documents) -> dict[str, str]:
    found = {}
    for name, options in collections(database):
        found[f"collection {name}"] = _printed(options)
        for index in database[name].list_indexes():
            document = dict(index)
            found[f"index {name}.{document.pop('name')}"] = _printed(document)
    return found


def _printed(value: Any) -> str:
    """With the order of keys kept: an index's is part of what it is."""
    return json_util.dumps(value, json_options=json_util.CANONICAL_JSON_OPTIONS)


def sizes(database: Documents) -> tuple[Relation, ...]:
    return tuple(_size(database, name) for name, _ in collections(database))


def _size(database: Documents, name: str) -> Relation:
    (found,) = database[name].aggregate([{"$collStats": {"storageStats": {}}}])
    stats = found["storageStats"]
    rows = database[name].count_documents({}) if "timeseries" in stats else stats["count"]
    return Relation(name, int(rows), int(stats["storageSize"]), int(stats["totalIndexSize"]))
