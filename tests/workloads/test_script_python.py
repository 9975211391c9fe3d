"""Operations written as Python functions: what they return is kept as text, and mistakes are told with their line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from shop import SHOP

from lab import readers, workloads
from lab.errors import LabError
from lab.model.workload import Fresh, Operation

QUERIES = """\
-- name: user
-- param: user_id = users.id
SELECT email FROM users WHERE id = :user_id;

-- name: orders_since
-- param: user_id = orders.user_id
-- param: since = 1d..30d ago
SELECT id FROM orders WHERE user_id = :user_id AND placed_on >= :since;

-- name: sign_up
-- param: email = fresh users.email
INSERT INTO users (email) VALUES (:email);
"""


def read(home: Path, text: str, engine: str = "mongodb", **files: str) -> dict[str, Operation]:
    (home / "queries.sql").write_text(QUERIES)
    (home / f"{engine}.py").write_text(text)
    for name, other in files.items():
        (home / name.replace("__", ".")).write_text(other)
    return {operation.name: operation for operation in workloads.read(home, SHOP, ["fast"]).operations}


def test_a_function_is_called_with_placeholders_and_written_down(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "def _find(name, query):\n"
        "    return {'find': name, 'filter': query}\n"
        "\n"
        "def orders_since(user_id, since):\n"
        "    since = {'$gte': since.date}\n"
        "    return _find('orders', {'user_id': user_id.long, 'placed_on': since, 'k': f'a:{user_id}'})\n",
    )
    operation = found["orders_since"]
    assert json.loads(operation.sql["mongodb"]) == {
        "find": "orders",
        "filter": {
            "user_id": {"$param": "user_id", "as": "long"},
            "placed_on": {"$gte": {"$param": "since", "as": "date"}},
            "k": "a:{user_id}",
        },
    }
    assert str(operation.text_position("mongodb")) == f"{tmp_path}/mongodb.py:4"
    assert str(operation.text_position("sqlite")) == f"{tmp_path}/queries.sql:8"
    assert "mongodb" not in found["user"].sql


def test_several_commands_and_formatted_placeholders(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "def orders_since(user_id, since):\n"
        "    orders = ['ZRANGE', f'user:{user_id}:orders', f'({since.epoch}', since.epoch]\n"
        "    return [('GET', f'user:{user_id}'), orders]\n",
        "redis",
    )
    assert json.loads(found["orders_since"].sql["redis"]) == [
        ["GET", "user:{user_id}"],
        ["ZRANGE", "user:{user_id}:orders", "({since.epoch}", {"$param": "since", "as": "epoch"}],
    ]


def test_values_json_has_no_words_for_are_extended(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "from datetime import date, datetime\nfrom decimal import Decimal\nfrom uuid import UUID\n"
        "def user(user_id):\n"
        "    return {'find': 'users', 'filter': {'a': Decimal('1.50'), 'b': date(2025, 1, 2), 'c': UUID(int=7),\n"
        "            'd': datetime(2025, 1, 2, 3)}}\n",
    )
    assert json.loads(found["user"].sql["mongodb"])["filter"] == {
        "a": {"$numberDecimal": "1.50"},
        "b": {"$date": "2025-01-02T00:00:00+00:00"},
        "c": {"$uuid": "00000000-0000-0000-0000-000000000007"},
        "d": {"$date": "2025-01-02T03:00:00+00:00"},
    }


def test_long_commands_are_laid_out(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "def user(user_id):\n"
        "    stages = [{'$match': {'_id': user_id}}] * 4\n"
        "    return {'aggregate': 'users', 'pipeline': stages, 'cursor': {}}\n",
    )
    lines = found["user"].sql["mongodb"].splitlines()
    assert lines[:4] == [
        "{",
        '  "aggregate": "users",',
        '  "pipeline": [',
        '    {"$match": {"_id": {"$param": "user_id"}}},',
    ]
    assert max(map(len, lines)) <= 100


def test_an_argument_with_a_default_is_a_parameter_of_its_own(tmp_path: Path) -> None:
    both = "def sign_up(email, id='fresh users.id'):\n    return {'insert': 'users', 'documents': [{'_id': id}]}\n"
    (tmp_path / "redis.py").write_text(
        "def sign_up(email, id='fresh users.id'):\n    return ['SET', f'user:{id}', email]\n"
        "def user(user_id):\n    return ['GET', f'user:{user_id}']\n"
    )
    found = read(tmp_path, both)
    assert [(p.name, p.rule) for p in found["sign_up"].parameters] == [
        ("email", Fresh("users", "email")),
        ("id", Fresh("users", "id")),
    ]
    assert {"mongodb", "redis", ""} == set(found["sign_up"].sql)


def test_two_rules_for_one_argument_are_told(tmp_path: Path) -> None:
    (tmp_path / "redis.py").write_text("def sign_up(email, id='1..5'):\n    return ['SET', f'user:{id}', email]\n")
    with pytest.raises(LabError, match=r"redis\.py:1: id of sign_up has another rule elsewhere"):
        read(tmp_path, "def sign_up(email, id='fresh users.id'):\n    return {'insert': 'users'}\n")


def test_a_gap_has_its_reason(tmp_path: Path) -> None:
    found = read(tmp_path, "GAPS = {'orders_since': 'takes a query'}\n", "redis")
    assert found["orders_since"].gaps == {"redis": "takes a query"}


def test_a_variants_rewrite_keeps_the_text_of_engines_without_sql(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text(QUERIES)
    (tmp_path / "fast.sql").write_text("-- name: user\nSELECT lower(email) FROM users WHERE id = :user_id;\n")
    (tmp_path / "mongodb.py").write_text(
        "def user(user_id):\n    return {'find': 'users', 'filter': {'_id': user_id}}\n"
    )
    workload = workloads.read(tmp_path, SHOP, ["fast"])
    rewritten = next(operation for operation in workload.for_variant("fast") if operation.name == "user")
    assert "lower" in rewritten.text("sqlite")
    assert json.loads(rewritten.text("mongodb"))["find"] == "users"


def test_operations_derived_from_the_schema_may_have_functions_too(tmp_path: Path) -> None:
    name = workloads.derive(SHOP).operations[0].name
    parameters = ", ".join(parameter.name for parameter in workloads.derive(SHOP).operations[0].parameters)
    (tmp_path / "mongodb.py").write_text(f"def {name}({parameters}):\n    return {{'find': 'users'}}\n")
    workload = workloads.read(tmp_path, SHOP, [])
    assert workload.operations[0].sql["mongodb"] == '{"find": "users"}'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("def usr(user_id):\n    return {}\n", "mongodb.py:1: function usr is no operation", "did you mean user?"),
        ("GAPS = {'usr': 'no'}\n", "mongodb.py:1: GAPS names usr, which is no operation", "did you mean user?"),
        ("\ndef user(usr_id):\n    return 1\n", "mongodb.py:2: user has no parameter usr_id", "did you mean user_id?"),
        (
            "def orders_since(user_id):\n    return {}\n",
            "mongodb.py:1: orders_since lacks the parameter since",
            "since",
        ),
        ("def user(user_id):\n    return {\n        'a': nothing}\n", "mongodb.py:3: NameError", "mend"),
        ("def user(user_id)\n    return {}\n", "mongodb.py:1: SyntaxError", "mend"),
        ("import no_such_module\n", "mongodb.py:1: ModuleNotFoundError", "mend"),
        ("def user(user_id):\n    return None\n", "mongodb.py:1: user returns None", "return a command"),
        ("def user(user_id):\n    return {}\n", "mongodb.py:1: user returns {}", "return a command"),
        ("def user(user_id):\n    return {'a': {1, 2}}\n", "TypeError: a command cannot hold {1, 2}", "mend"),
        (
            "def user(user_id):\n    if user_id:\n        return {}\n",
            "mongodb.py:2: TypeError: user_id has no value",
            "",
        ),
        (
            "def user(user_id):\n    if user_id == 3:\n        return {}\n",
            "mongodb.py:2: TypeError: user_id has no",
            "",
        ),
        ("def user(user_id):\n    return {'a': user_id + 1}\n", "mongodb.py:2: TypeError", ""),
        ("def user(user_id):\n    return {'a': f'{user_id:5}'}\n", "mongodb.py:2: TypeError: user_id has no", ""),
        ("def user(user_id):\n    return {'a': user_id.data}\n", "mongodb.py:2: AttributeError: user_id cannot", ""),
        ("def user(user_id, x='?'):\n    return {}\n", "mongodb.py:1: cannot read the rule `?`", ""),
        ("GAPS = {'user': 'no'}\ndef user(user_id):\n    return {}\n", "mongodb.py:2: user is a gap and a", "remove"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        read(tmp_path, text)
    assert message in caught.value.message
    assert str(tmp_path) in caught.value.message
    assert hint in caught.value.hint


def test_a_file_of_no_engine_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"mongo\.py: no engine is asked in Python by that name") as caught:
        read(tmp_path, "", "mongo")
    assert "did you mean mongodb?" in caught.value.hint


LAYOUT = "LAYOUT = {\n    'users': [\n        ['HSET', 'user:{id}', '{*}'],\n        %s\n    ],\n}\n"


def layout(home: Path, entry: str) -> Any:
    (home / "redis.py").write_text(LAYOUT % entry)
    return workloads.read_layouts(home, SHOP)


def test_a_layout_is_kept_as_text(tmp_path: Path) -> None:
    found = layout(tmp_path, "['ZADD', 'users', '{created_at.epoch}', '{id}'],")
    assert json.loads(found["redis"]) == {
        "users": [["HSET", "user:{id}", "{*}"], ["ZADD", "users", "{created_at.epoch}", "{id}"]]
    }
    assert workloads.read_layouts(tmp_path / "nowhere", SHOP) == {}


def test_a_layout_of_no_such_column_or_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"redis\.py:4: table users has no column emial") as caught:
        layout(tmp_path, "['SET', 'user:email:{emial}', '{id}'],")
    assert "did you mean email?" in caught.value.hint
    (tmp_path / "redis.py").write_text("\nLAYOUT = {\n  'userz': [],\n}\n")
    with pytest.raises(LabError, match=r"redis\.py:3: there is no table userz"):
        workloads.read_layouts(tmp_path, SHOP)


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    read(tmp_path, "def user(user_id):\n    return {'find': 'users'}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mongodb.py", "queries.sql"]


def test_the_examples_of_the_readme_are_read(tmp_path: Path) -> None:
    functions, layout_ = re.findall(r"```python\n(.*?)```", (ROOT / "workloads/README.md").read_text(), re.DOTALL)
    (tmp_path / "queries.sql").write_text(
        "-- name: order_history\n-- param: user_id = orders.user_id\nSELECT id FROM orders WHERE user_id = :user_id;\n"
        "-- name: place_order\n-- param: user_id = users.id\n-- param: placed_at = 0d..1d ago\n"
        "INSERT INTO orders (user_id, placed_at) VALUES (:user_id, :placed_at);\n"
        "-- name: product_search\n-- param: q = word products.name\nSELECT id FROM products WHERE name = :q;\n"
    )
    (tmp_path / "mongodb.py").write_text(functions)
    (tmp_path / "redis.py").write_text(layout_.replace("total", "tax_amount"))
    schema = readers.read(ROOT / "schemas/ecommerce/schema.prisma")
    operations = {operation.name: operation for operation in workloads.read(tmp_path, schema, []).operations}
    assert json.loads(operations["order_history"].sql["mongodb"])["limit"] == 20
    assert [parameter.name for parameter in operations["place_order"].parameters] == ["user_id", "placed_at", "id"]
    assert "full text" in operations["product_search"].gaps["mongodb"]
    assert set(json.loads(workloads.read_layouts(tmp_path, schema)["redis"])) == {"users", "orders"}
