"""JSON documents: pools of some hundreds, of a shape the spec gives or the column's name suggests."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

from lab.datagen import pools
from lab.datagen.names import snake
from lab.model.data import JsonSpec

_SIZE = 500
Shape = Mapping[str, JsonSpec]


def _of(*values: str) -> JsonSpec:
    return JsonSpec(values={value: 1 / (place + 1) for place, value in enumerate(values)})


_ATTRIBUTES: Shape = MappingProxyType(
    {
        "color": JsonSpec(kind="color_name"),
        "size": _of("M", "L", "S", "XL"),
        "material": _of("cotton", "steel", "oak", "glass", "leather"),
        "weight": JsonSpec(range=(50, 5000)),
        "tags": JsonSpec(kind="word", items=(1, 3), nulls=0.5),
    }
)
_SHAPES: tuple[tuple[str, Shape], ...] = (
    # (pattern on the column's name, fields); the first that matches counts.
    (
        r"address|location",
        {
            "street": JsonSpec(kind="street_address"),
            "city": JsonSpec(kind="city"),
            "postal_code": JsonSpec(kind="postcode"),
            "country": JsonSpec(kind="country_code"),
        },
    ),
    (
        r"setting|preference|config|option|flags",
        {
            "theme": _of("light", "dark", "system"),
            "language": _of("en", "de", "fr", "es"),
            "notifications": JsonSpec(shape={"email": _of("true", "false"), "push": _of("false", "true")}),
            "page_size": _of("25", "50", "100"),
            "timezone": JsonSpec(kind="timezone", nulls=0.3),
        },
    ),
    (
        r"payload|event|(^|_)data$|body|message|request|response|webhook",
        {
            "event": _of("created", "updated", "completed", "failed"),
            "id": JsonSpec(kind="uuid4"),
            "amount": JsonSpec(range=(1, 900), nulls=0.5),
            "source": _of("web", "mobile", "api"),
            "actor": JsonSpec(shape={"email": JsonSpec(kind="email"), "ip": JsonSpec(kind="ipv4")}, nulls=0.4),
        },
    ),
    (
        r"change|diff|old|new|before|after|snapshot",
        {
            "status": _of("active", "pending", "closed"),
            "name": JsonSpec(kind="title", nulls=0.5),
            "amount": JsonSpec(range=(1, 900), nulls=0.5),
        },
    ),
    (
        r"meta|context|extra|info|details|properties",
        {
            "source": _of("web", "mobile", "import", "api"),
            "user_agent": JsonSpec(kind="user_agent", nulls=0.5),
            "ip": JsonSpec(kind="ipv4", nulls=0.3),
            "campaign": JsonSpec(kind="slug", nulls=0.7),
            "tags": JsonSpec(kind="word", items=(1, 3), nulls=0.5),
        },
    ),
    (
        r"scope|permission|right|role",
        {"resource": _of("projects", "billing", "users", "reports"), "actions": JsonSpec(kind="word", items=(1, 3))},
    ),
    (
        r"result|vital|measure|reading|stat|metric|score",
        {
            "value": JsonSpec(range=(1, 200)),
            "unit": _of("mg/dl", "mmol/l", "bpm", "%"),
            "is_normal": _of("true", "false"),
        },
    ),
)


def shape_of(table: str, column: str) -> Shape:
    """The fields a column's documents have, judged by its name."""
    name = snake(column)
    return next((shape for pattern, shape in _SHAPES if re.search(pattern, name)), _ATTRIBUTES)


def pool(shape: Shape, locale: str, seed: str) -> pa.StringArray:
    """Documents of that shape; the same seed gives the same ones."""
    draw = random.Random(f"{seed} {locale}")
    made = (json.dumps(_document(shape, locale, draw), ensure_ascii=False) for _ in range(_SIZE))
    return pa.array(list(dict.fromkeys(made)), pa.string())


def _document(shape: Shape, locale: str, draw: random.Random) -> dict[str, object]:
    return {
        name: _value(field, locale, draw)
        for name, field in shape.items()
        if not field.nulls or draw.random() >= field.nulls
    }


def _value(field: JsonSpec, locale: str, draw: random.Random) -> object:
    if field.items is not None:
        return [_one(field, locale, draw) for _ in range(draw.randint(*field.items))]
    return _one(field, locale, draw)


def _one(field: JsonSpec, locale: str, draw: random.Random) -> object:
    if field.shape is not None:
        return _document(field.shape, locale, draw)
    if field.values is not None:
        return _plain(draw.choices(list(field.values), list(field.values.values()))[0])
    if field.range is not None:
        low, high = field.range
        is_whole = low == int(low) and high == int(high)
        return draw.randint(int(low), int(high)) if is_whole else round(draw.uniform(low, high), 2)
    texts = pools.pool(field.kind or "title", locale)
    return texts[draw.randrange(len(texts))].as_py()


def _plain(text: str) -> object:
    """As JSON has it, where it is JSON: `true`, `12`; else a text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(found, dict | list) else found
