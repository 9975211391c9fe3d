"""MongoDB's profile (manual, "Database Profiler Output"): `system.profile` of a running server, or exported as JSON.

Each command becomes an operation in both tongues: SQL for queries.sql, and the command itself for mongodb.py. The
schema says what the collections and fields are: a table's primary key is `_id`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bson import Regex, json_util
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from lab.errors import LabError
from lab.model.rule_text import print_rule
from lab.model.schema import Column, Schema, Table
from lab.model.workload import Value
from lab.workloads.derived import delimited, fill_rule, must_be_given
from lab.workloads.logs.python_text import Name, printed
from lab.workloads.logs.seen import Seen
from lab.workloads.logs.shapes import Normalized, Observation
from lab.workloads.uses import Unusable

_COMPARISONS = {"$eq": "=", "$ne": "<>", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_ACCUMULATORS = {"$sum": "sum", "$avg": "avg", "$min": "min", "$max": "max"}
_KINDS = {
    "bigint": ".long",
    "numeric": ".decimal",
    "timestamptz": ".date",
    "timestamp": ".date",
    "date": ".date",
    "uuid": ".uuid",
}
Document = Mapping[str, Any]


def read_profile(text: str) -> Iterator[Seen]:
    """One document a line, as mongoexport writes them, or one array."""
    if text.lstrip().startswith("["):
        yield from map(_seen, json_util.loads(text))
        return
    for line in text.splitlines():
        if line.strip():
            yield _seen(json_util.loads(line))


def read(address: str) -> Iterator[Seen]:
    """`system.profile` of the address's database. Raises LabError when it cannot be asked, or does not profile."""
    name = urlsplit(address).path.strip("/")
    if not name:
        raise LabError("the address names no database", "append it: mongodb://user:password@host:27017/shop")
    try:
        with MongoClient[dict[str, Any]](address, serverSelectionTimeoutMS=10_000) as client:
            found = list(client[name]["system.profile"].find({"ns": {"$ne": f"{name}.system.profile"}}))
    except PyMongoError as error:
        said = str(error).partition(", Timeout:")[0]
        raise LabError(f"cannot read the profile of {name}: {said}", "check host, port, user and password") from error
    if not found:
        raise LabError(f"the database {name} has no profile", "run db.setProfilingLevel(2) in it, and its workload")
    return map(_seen, found)


def _seen(document: Document) -> Seen:
    at = document.get("ts")
    moment = at if isinstance(at, datetime) else None
    return Seen(json_util.dumps(document), at=moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC))


def normalizer(schema: Schema) -> Callable[[Seen], Normalized]:
    def normalize(seen: Seen) -> Normalized:
        document = json_util.loads(seen.text)
        command = _Command(schema, document, seen.at)
        sql, own = command.translated()
        text = f"{command.signature}\n{printed(own)}"
        return re.sub(r":p\d+", "?", f"{sql}\n{text}"), {"": sql, "mongodb": text}, command.observed

    return normalize


@dataclass
class _Command:
    """One command on its way into SQL and Python; its values become parameters as they are met."""

    schema: Schema
    document: Document
    at: datetime | None
    observed: dict[str, Observation] = field(default_factory=dict)
    signature: str = ""
    """Arguments of the function that are no parameters of the SQL."""

    def translated(self) -> tuple[str, dict[str, Any]]:
        operation, command = self.document["op"], self.document.get("command", {})
        verb = next(iter(command), "")
        self.table = self._table()
        match operation, verb:
            case "query", "find":
                return self._find(command)
            case "insert", _:
                return self._insert()
            case "update", _:
                return self._update(command["q"], command["u"], bool(command.get("multi")))
            case "remove", _:
                return self._delete(command["q"], int(command.get("limit", 0)))
            case "command", "count":
                return self._count(command.get("query", {}))
            case "command", "distinct":
                return self._distinct(command)
            case "command", "aggregate":
                return self._aggregate(command["pipeline"])
        raise Unusable(f"{verb or operation} is neither a query nor a write the lab translates")

    def _table(self) -> Table:
        collection = str(self.document["ns"]).partition(".")[2]
        for table in self.schema.tables:
            if table.name == collection:
                return table
        raise Unusable(f"names the collection {collection}, which is no table of the schema")

    # What commands are made of

    def _column(self, path: str) -> Column:
        key = self.table.primary_key.columns if self.table.primary_key else ()
        name = key[0] if path == "_id" and len(key) == 1 else path.removeprefix("_id.")
        for column in self.table.columns:
            if column.name == name:
                return column
        raise Unusable(f"names {self.table.name}.{path}, which the schema lacks")

    def _parameter(self, column: Column, value: Any) -> tuple[str, Name]:
        """The same value's place in SQL and in Python."""
        if isinstance(value, Regex | re.Pattern):
            raise Unusable("its filter uses $regex")
        if isinstance(value, dict | list):
            raise Unusable(f"compares {column.name} with a document or an array")
        name = f"p{len(self.observed) + 1}"
        self.observed[name] = Observation(_plain(value), True, self.at)
        return f":{name}", Name(f":{name}{_KINDS.get(column.type.name, '')}")

    def _conditions(self, query: Document) -> tuple[list[str], dict[str, Any]]:
        sql: list[str] = []
        own: dict[str, Any] = {}
        for path, wanted in query.items():
            if path.startswith("$"):
                raise Unusable(f"its filter uses {path}")
            column = self._column(path)
            found, own[path] = self._condition(column, wanted)
            sql += found
        return sql, own

    def _condition(self, column: Column, wanted: Any) -> tuple[list[str], Any]:
        name = delimited(column.name)
        if wanted is None:
            return [f"{name} IS NULL"], None
        if not isinstance(wanted, dict):
            place, own = self._parameter(column, wanted)
            return [f"{name} = {place}"], own
        sql: list[str] = []
        parts: dict[str, Any] = {}
        for operator, value in wanted.items():
            if operator == "$in":
                pairs = [self._parameter(column, one) for one in value]
                sql.append(f"{name} IN ({', '.join(place for place, _ in pairs)})")
                parts[operator] = [own for _, own in pairs]
            elif operator == "$ne" and value is None:
                sql.append(f"{name} IS NOT NULL")
                parts[operator] = None
            elif operator in _COMPARISONS:
                place, parts[operator] = self._parameter(column, value)
                sql.append(f"{name} {_COMPARISONS[operator]} {place}")
            else:
                raise Unusable(f"its filter uses {operator}")
        return sql, parts

    def _where(self, query: Document) -> tuple[str, dict[str, Any]]:
        sql, own = self._conditions(query)
        return (f" WHERE {' AND '.join(sql)}" if sql else ""), own

    def _tail(self, sort: Document, limit: int, skip: int) -> str:
        keys = []
        for path, direction in sort.items():
            column = self._column(path)
            nulls = (" NULLS FIRST" if direction == 1 else " NULLS LAST") if column.is_nullable else ""
            keys.append(f"{delimited(column.name)}{' DESC' if direction == -1 else ''}{nulls}")
        text = f" ORDER BY {', '.join(keys)}" if keys else ""
        return text + (f" LIMIT {limit}" if limit else "") + (f" OFFSET {skip}" if skip else "")

    @property
    def _from(self) -> str:
        return f" FROM {delimited(self.table.name)}"

    # Reads

    def _find(self, command: Document) -> tuple[str, dict[str, Any]]:
        """Without a projection the fields are named all the same: the lab compares rows."""
        projection = command.get("projection") or dict.fromkeys(self._paths(), 1)
        if any(value not in (0, 1, True, False) for value in projection.values()):
            raise Unusable("its projection computes fields")
        paths = [path for path, value in projection.items() if value] or [
            p for p in self._paths() if p not in projection
        ]
        where, query = self._where(command.get("filter", {}))
        limit, skip, sort = int(command.get("limit", 0)), int(command.get("skip", 0)), command.get("sort", {})
        columns = ", ".join(delimited(self._column(path).name) for path in paths)
        own: dict[str, Any] = {"find": self.table.name, "filter": query}
        own |= {key: value for key, value in (("sort", dict(sort)), ("skip", skip), ("limit", limit)) if value}
        own["projection"] = dict.fromkeys(paths, 1) | ({} if "_id" in paths else {"_id": 0})
        return f"SELECT {columns}{self._from}{where}{self._tail(sort, limit, skip)}", own

    def _paths(self) -> list[str]:
        key = self.table.primary_key.columns if self.table.primary_key else ()
        named = {name: "_id" if len(key) == 1 else f"_id.{name}" for name in key}
        return [named.get(column.name, column.name) for column in self.table.columns]

    def _count(self, query: Document) -> tuple[str, dict[str, Any]]:
        where, own = self._where(query)
        return f"SELECT count(*){self._from}{where}", {"count": self.table.name, "query": own}

    def _distinct(self, command: Document) -> tuple[str, dict[str, Any]]:
        where, own = self._where(command.get("query", {}))
        column = delimited(self._column(command["key"]).name)
        return f"SELECT DISTINCT {column}{self._from}{where}", {
            "distinct": self.table.name,
            "key": command["key"],
            "query": own,
        }

    def _aggregate(self, pipeline: list[Document]) -> tuple[str, dict[str, Any]]:
        """$match, then one $group by a field or over all, then perhaps $sort and $limit over what that gave."""
        stages = [next(iter(stage.items())) for stage in pipeline]
        match = stages.pop(0)[1] if stages and stages[0][0] == "$match" else {}
        if not stages or stages[0][0] != "$group" or any(stage[0] not in ("$sort", "$limit") for stage in stages[1:]):
            raise Unusable("its pipeline is more than $match, $group, $sort and $limit: write it by hand")
        where, query = self._where(match)
        group = dict(stages[0][1])
        by = group.pop("_id")
        outputs = {name: self._accumulated(name, how) for name, how in group.items()}
        columns = [f"{sql} AS {delimited(name)}" for name, sql in outputs.items()]
        fields: dict[str, Any] = {"_id": 0}
        grouped = ""
        if isinstance(by, str) and by.startswith("$"):
            name = delimited(self._column(by[1:]).name)
            columns, grouped, fields = [name, *columns], f" GROUP BY {name}", {"_id": 1}
        elif isinstance(by, dict):
            raise Unusable("its $group is by more than one field: write it by hand")
        rest = {stage[0]: stage[1] for stage in stages[1:]}
        order = self._sorted_groups(rest.get("$sort", {}), by, outputs)
        own = [{"$match": query}] if match else []
        own += [{"$group": {"_id": by, **group}}, *({key: value} for key, value in stages[1:])]
        own.append({"$project": fields | dict.fromkeys(outputs, 1)})
        limit = f" LIMIT {rest['$limit']}" if "$limit" in rest else ""
        sql = f"SELECT {', '.join(columns)}{self._from}{where}{grouped}{order}{limit}"
        return sql, {"aggregate": self.table.name, "pipeline": own, "cursor": {}}

    def _accumulated(self, name: str, how: Any) -> str:
        operator, of = next(iter(how.items())) if isinstance(how, dict) else ("", None)
        if operator == "$sum" and of == 1:
            return "count(*)"
        if operator in _ACCUMULATORS and isinstance(of, str) and of.startswith("$"):
            return f"{_ACCUMULATORS[operator]}({delimited(self._column(of[1:]).name)})"
        raise Unusable(f"it accumulates {name} in a way the lab does not translate")

    def _sorted_groups(self, sort: Document, by: Any, outputs: Mapping[str, str]) -> str:
        keys = []
        for path, direction in sort.items():
            name = delimited(path if path in outputs else self._column(str(by)[1:]).name)
            keys.append(f"{name}{' DESC' if direction == -1 else ''}")
        return f" ORDER BY {', '.join(keys)}" if keys else ""

    # Writes

    def _insert(self) -> tuple[str, dict[str, Any]]:
        """The profile holds no documents: the row is one the schema's rules make."""
        if int(self.document.get("ninserted", 1)) != 1:
            raise Unusable("inserts several documents at once, whose keys could not be told apart")
        given = [column for column in self.table.columns if must_be_given(self.table, column)]
        places = {column.name: self._parameter(column, None) for column in given}
        own: dict[str, Any] = {}
        for path, column in zip(self._paths(), self.table.columns, strict=True):
            own[path] = places[column.name][1] if column in given else self._own_value(column)
        if any(path.startswith("_id.") for path in own):
            own = _nested(own)
        self.signature = ", ".join(self._defaults(given))
        columns, values = ", ".join(map(delimited, places)), ", ".join(place for place, _ in places.values())
        sql = f"INSERT INTO {delimited(self.table.name)} ({columns}) VALUES ({values})"
        return sql, {"insert": self.table.name, "documents": [own]}

    def _own_value(self, column: Column) -> Name | None:
        """What SQL leaves to the database: MongoDB counts no keys and has no defaults."""
        return None if column.is_nullable else Name(f"{column.name}{_KINDS.get(column.type.name, '')}")

    def _defaults(self, given: list[Column]) -> Iterator[str]:
        for column in self.table.columns:
            if column in given or column.is_nullable:
                continue
            rule = fill_rule(self.table, column, self.schema)
            if rule is None:
                raise Unusable(f"puts values into {self.table.name}.{column.name}, which the lab cannot draw")
            yield f"{column.name}={json.dumps(print_rule(rule))}"

    def _update(self, query: Document, change: Any, is_multi: bool) -> tuple[str, dict[str, Any]]:
        if not isinstance(change, dict) or set(change) - {"$set", "$inc"} or not change:
            raise Unusable("it changes documents otherwise than by $set and $inc")
        sets: list[str] = []
        own: dict[str, dict[str, Any]] = {}
        for operator, fields in change.items():
            own[operator] = {}
            for path, value in fields.items():
                column = self._column(path)
                place, own[operator][path] = self._parameter(column, value)
                name = delimited(column.name)
                sets.append(f"{name} = {place}" if operator == "$set" else f"{name} = {name} + {place}")
        where, filtered = self._where(query)
        update = {"q": filtered, "u": own} | ({"multi": True} if is_multi else {})
        sql = f"UPDATE {delimited(self.table.name)} SET {', '.join(sets)}{where}"
        return sql, {"update": self.table.name, "updates": [update]}

    def _delete(self, query: Document, limit: int) -> tuple[str, dict[str, Any]]:
        where, filtered = self._where(query)
        return f"DELETE{self._from}{where}", {
            "delete": self.table.name,
            "deletes": [{"q": filtered, "limit": limit}],
        }


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """A key of several columns is a document."""
    key = {path.removeprefix("_id."): value for path, value in flat.items() if path.startswith("_id.")}
    return {"_id": key} | {path: value for path, value in flat.items() if not path.startswith("_id.")}


def _plain(value: Any) -> Value:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
