"""What the contract asks of every engine, in each one's own words; and what an engine cannot do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.engines.engine import Engine

_SQL = ""
_MATCHING = """
local found = {}
for _, key in ipairs(redis.call('KEYS', 'orders:*')) do
  local row = redis.call('HMGET', key, 'user_id', 'total', 'status')
  if (ARGV[1] == '' or row[1] == ARGV[1]) and tonumber(row[2]) >= tonumber(ARGV[2]) and
     (ARGV[3] == '' or row[3] == ARGV[3]) then
    table.insert(found, {key})
    if ARGV[4] then redis.call('HSET', key, 'status', ARGV[4]) end
  end
end
"""


def _scan(*arguments: str, answer: str = "found") -> list[Any]:
    """Redis has no query: a script that reads every order."""
    return [["EVAL", f"{_MATCHING}return {answer}", 0, *arguments]]


def _an_order(**changed: Any) -> dict[str, Any]:
    day, price = {"$date": "2025-01-01T00:00:00Z"}, {"$numberDecimal": "1"}
    order = {"_id": 999, "user_id": 1, "status": "new", "total": price, "placed_on": day}
    return {"insert": "orders", "documents": [order | changed]}


_TEXTS: Mapping[str, Mapping[str, Any]] = {
    "an order": {
        _SQL: "SELECT status, total, tags, placed_on FROM orders WHERE id = :id",
        "mongodb": {
            "find": "orders",
            "filter": {"_id": {"$param": "id"}},
            "projection": {"status": 1, "total": 1, "tags": 1, "placed_on": 1},
        },
        "redis": [["HMGET", "orders:{id}", "status", "total", "tags", "placed_on"]],
    },
    "an order's token": {
        _SQL: "SELECT token FROM orders WHERE id = :id",
        "mongodb": {"find": "orders", "filter": {"_id": {"$param": "id"}}, "projection": {"token": 1}},
        "redis": [["HMGET", "orders:{id}", "token"]],
    },
    "a user": {
        _SQL: "SELECT * FROM users WHERE id = :id",
        "mongodb": {"find": "users", "filter": {"_id": {"$param": "id"}}},
        "redis": [["HGETALL", "users:{id}"]],
    },
    "orders of a user": {
        _SQL: "SELECT id, total FROM orders WHERE user_id = :user_id AND total >= :least",
        "mongodb": {
            "find": "orders",
            "filter": {"user_id": {"$param": "user_id"}, "total": {"$gte": {"$param": "least"}}},
            "projection": {"_id": 1, "total": 1},
        },
        "redis": _scan("{user_id}", "{least}", ""),
    },
    "few rows": {
        _SQL: "SELECT count(*) FROM orders WHERE user_id = :id",
        "mongodb": {"find": "orders", "filter": {"user_id": {"$param": "id"}}},
        "redis": [["HMGET", "orders:{id}", "total"]],
    },
    "many rows": {
        _SQL: "SELECT count(*) FROM orders o, users u WHERE o.total > :id",
        "mongodb": {"find": "orders", "filter": {"user_id": {"$gt": 1}}},
        "redis": _scan("", "0", ""),
    },
    "count orders": {
        _SQL: "SELECT count(*) FROM orders",
        "mongodb": {"count": "orders"},
        "redis": _scan("", "0", "", answer="{{#found}}"),
    },
    "count users": {
        _SQL: "SELECT count(*) FROM users",
        "mongodb": {"count": "users"},
        "redis": [["EVAL", "return {{#redis.call('KEYS', 'users:*')}}", 0]],
    },
    "count paid orders of user 1": {
        _SQL: "SELECT count(*) FROM orders WHERE user_id = 1 AND status = 'paid'",
        "mongodb": {"count": "orders", "query": {"user_id": 1, "status": "paid"}},
        "redis": _scan("1", "0", "paid", answer="{{#found}}"),
    },
    "pay orders of a user": {
        _SQL: "UPDATE orders SET status = :status WHERE user_id = :user_id",
        "mongodb": {
            "update": "orders",
            "updates": [
                {
                    "q": {"user_id": {"$param": "user_id"}},
                    "u": {"$set": {"status": {"$param": "status"}, "address": "paid"}},
                    "multi": True,
                }
            ],
        },
        "redis": _scan("{user_id}", "0", "", "{status}"),
    },
    "delete the first hundred": {
        _SQL: "DELETE FROM orders WHERE id <= 100",
        "mongodb": {"delete": "orders", "deletes": [{"q": {"_id": {"$lte": 100}}, "limit": 0}]},
        "redis": [["DEL", *(f"orders:{number}" for number in range(1, 101))]],
    },
    "delete an order": {
        _SQL: "DELETE FROM orders WHERE id = :id",
        "mongodb": {"delete": "orders", "deletes": [{"q": {"_id": {"$param": "id"}}, "limit": 1}]},
        "redis": [["DEL", "orders:{id}"]],
    },
    "a new user": {
        _SQL: "INSERT INTO users (email) VALUES (:email)",
        "mongodb": {
            "insert": "users",
            "documents": [
                {
                    "_id": 51,
                    "email": {"$param": "email"},
                    "is_active": True,
                    "created_at": {"$date": "2025-01-01T00:00:00Z"},
                }
            ],
        },
        "redis": [["HSET", "users:51", "email", "{email}"]],
    },
    "an order of nobody": {
        _SQL: "INSERT INTO orders (user_id, total, placed_on) VALUES (999, 1, '2025-01-01')",
        "mongodb": _an_order(user_id=999),
    },
    "an order below nothing": {
        _SQL: "INSERT INTO orders (user_id, total, placed_on) VALUES (1, -1, '2025-01-01')",
        "mongodb": _an_order(total={"$numberDecimal": "-1"}),
    },
    "an order of no state": {
        _SQL: "INSERT INTO orders (user_id, total, placed_on, status) VALUES (1, 1, '2025-01-01', 'lost')",
        "mongodb": _an_order(status="lost"),
    },
    "slow": {
        _SQL: "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 300000000) "
        "SELECT count(*) FROM t",
        "mongodb": {
            "aggregate": "orders",
            "pipeline": [
                *({"$set": {name: {"$range": [0, 1000]}}} for name in ("tags", "details", "address")),
                *({"$unwind": f"${name}"} for name in ("tags", "details", "address")),
                {"$count": "n"},
            ],
            "cursor": {},
        },
        "redis": [["EVAL", "while true do end", 0]],
    },
    "one": {
        _SQL: "SELECT 1",
        "mongodb": {"count": "users", "query": {"_id": 1}},
        "redis": [["EVAL", "return 1", 0]],
    },
    "unreadable": {
        _SQL: "SELECT id\nFROM order\n",
        "mongodb": [],
        "redis": [["EVAL", "local x = = 1", 0]],
    },
    "a field misspelt": {
        _SQL: "SELECT id,\n  emial\nFROM users",
        "mongodb": {"find": "users", "filter": {"emial": "x"}},
    },
    "a table misspelt": {
        _SQL: "SELECT id\nFROM userz",
        "mongodb": {"find": "userz", "filter": {}},
        "redis": [["HGETALL", "userz:{id}"]],
    },
}


def say(engine: Engine, what: str) -> str:
    """A statement in the engine's words."""
    texts = _TEXTS[what]
    if engine.name in texts:
        return json.dumps(texts[engine.name])
    assert engine.name not in ("mongodb", "redis"), f"{engine.name} has no words for: {what}"
    return str(texts[_SQL])


_NOTHING_ENFORCED = "Redis enforces nothing"
_NO_SCHEMA = "Redis has no schema to change"

GAPS: Mapping[str, Mapping[str, str]] = {
    "sqlite": {"test_the_servers_own_clock_is_read": "SQLite runs in the lab's own process: there is no server"},
    "mongodb": {
        "test_an_insert_takes_the_next_identity": "MongoDB has neither identities nor defaults",
        "test_constraints_hold_after_the_load[an order of nobody]": "MongoDB enforces no references",
        "test_a_script_up_and_down_restores_the_catalog[column]": "MongoDB's scripts are about indexes alone",
    },
    "redis": {
        "test_relations_have_sizes": "the layout of this schema keeps no keys beside the rows' own",
        "test_an_insert_takes_the_next_identity": "Redis has neither identities nor defaults",
        "test_constraints_hold_after_the_load[an order of nobody]": _NOTHING_ENFORCED,
        "test_constraints_hold_after_the_load[an order below nothing]": _NOTHING_ENFORCED,
        "test_constraints_hold_after_the_load[an order of no state]": _NOTHING_ENFORCED,
        "test_constraints_hold_after_the_load[a new user]": _NOTHING_ENFORCED,
        "test_a_change_up_and_down_restores_the_catalog[add]": _NO_SCHEMA,
        "test_a_change_up_and_down_restores_the_catalog[drop]": _NO_SCHEMA,
        "test_a_script_up_and_down_restores_the_catalog[column]": _NO_SCHEMA,
        "test_a_script_up_and_down_restores_the_catalog[index]": _NO_SCHEMA,
        "test_a_failing_script_changes_nothing_and_names_its_line": _NO_SCHEMA,
        "test_a_prepared_statement_that_fails_says_so": _NOTHING_ENFORCED,
        "test_a_wrong_query_is_located[a field misspelt]": "Redis knows keys, and no fields",
        "test_a_row_that_breaks_a_constraint_fails_the_load": _NOTHING_ENFORCED,
    },
}
"""By engine and test, why the test must fail there: one that passes after all fails the suite."""
