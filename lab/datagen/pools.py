"""Pools of values Faker made: some hundreds a kind, from which rows are drawn."""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa
from faker import Faker

from lab.errors import LabError

SIZE = 1000
_LARGE_SIZE = 300
_LARGE = ("text", "paragraph", "paragraphs", "user_agent")

_KINDS: tuple[tuple[str, str], ...] = (
    # (pattern on the column's name, kind); the first that matches counts.
    (r"e_?mail", "email"),
    (r"(first|given)_?name", "first_name"),
    (r"(last|family)_?name|surname", "last_name"),
    (r"user_?name|login|handle|nick", "user_name"),
    (r"slug", "slug"),
    (r"sku|barcode|(part|order|invoice|tracking|reference)_?(no|number|code)", "sku"),
    (r"(token|hash|digest|secret|password|api_?key|fingerprint|signature|checksum)", "sha256"),
    (r"phone|mobile|fax", "phone_number"),
    (r"user_?agent", "user_agent"),
    (r"\bip\b|ip_?addr|remote_addr|_ip$", "ipv4"),
    (r"url|uri|website|homepage|image|avatar|photo", "image_url"),
    (r"street|address_?line_?1|line_?1|^address$", "street_address"),
    (r"line_?2", "secondary_address"),
    (r"city|town", "city"),
    (r"postal|postcode|zip", "postcode"),
    (r"state|province|region|county", "state"),
    (r"country_?code|country_?iso", "country_code"),
    (r"^country$|country_?name", "country"),
    (r"currency", "currency_code"),
    (r"locale|language|lang\b", "language_code"),
    (r"time_?zone|\btz\b", "timezone"),
    (r"colou?r", "color_name"),
    (r"company|organi[sz]ation|vendor|supplier|merchant|brand", "company"),
    (r"provider|carrier|gateway|method|channel|source", "provider"),
    (r"mime|content_?type", "mime_type"),
    (r"file_?name", "file_name"),
    (r"job|position_?title|role", "job"),
    (r"description|summary|bio|about|details", "paragraph"),
    (r"body|content|text|message|comment|note|reason", "paragraph"),
    (r"title|subject|headline|label|caption", "title"),
    (r"code|number|ref", "code"),
    (r"name", "name"),
)


def kind_of(table: str, column: str) -> str:
    """The kind of text a column holds, judged by its name."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()
    if re.fullmatch(r"(display_?|full_?)?name", name):
        return _kind_of_name(table.lower())
    return next((kind for pattern, kind in _KINDS if re.search(pattern, name)), "title")


def _kind_of_name(table: str) -> str:
    if re.search(r"user|customer|person|people|author|member|employee|contact|address|account", table):
        return "name"
    if re.search(r"company|organi|vendor|supplier|brand|tenant|team|workspace", table):
        return "company"
    if re.search(r"countr", table):
        return "country"
    return "title"


@lru_cache(maxsize=256)
def pool(kind: str, locale: str, length: int | None = None) -> pa.StringArray:
    """Texts of a kind, none longer than `length`. Raises LabError for a kind Faker does not know."""
    make = _maker(kind, locale)
    count = _LARGE_SIZE if kind in _LARGE else SIZE
    texts = dict.fromkeys(str(make())[:length].strip() or "x" for _ in range(count))
    return pa.array(list(texts), pa.string())


@lru_cache(maxsize=64)
def texts(locale: str, fewest: int, most: int) -> pa.StringArray:
    """Texts of so many words."""
    faker = _faker(locale, "texts")
    draw = random.Random(fewest * 1000 + most)
    counts = [draw.randint(fewest, most) for _ in range(_LARGE_SIZE)]
    return pa.array([" ".join(faker.words(count)).capitalize() + "." for count in counts], pa.string())


@lru_cache(maxsize=64)
def documents(table: str, column: str, locale: str) -> pa.StringArray:
    """Small JSON objects."""
    faker, draw = _faker(locale, f"{table}.{column}"), random.Random(f"{table}.{column}")
    made = []
    for _ in range(_LARGE_SIZE):
        document: dict[str, object] = {
            "color": faker.color_name(),
            "size": draw.choice(["S", "M", "L", "XL"]),
            "material": draw.choice(["cotton", "steel", "oak", "glass", "leather"]),
            "weight": draw.randint(50, 5000),
        }
        if draw.random() < 0.5:
            document["tags"] = faker.words(2)
        made.append(json.dumps(document))
    return pa.array(made, pa.string())


def _maker(kind: str, locale: str) -> Callable[[], object]:
    faker = _faker(locale, kind)
    draw = random.Random(kind)
    own: dict[str, Callable[[], object]] = {
        "slug": lambda: "-".join(faker.words(3)),
        "sku": lambda: "".join(draw.choices(string.ascii_uppercase, k=3)) + f"-{draw.randint(100, 999)}",
        "code": lambda: "".join(draw.choices(string.ascii_uppercase + string.digits, k=8)),
        "title": lambda: " ".join(faker.words(draw.randint(2, 4))).capitalize(),
        "provider": lambda: draw.choice(["stripe", "paypal", "adyen", "klarna", "web", "mobile", "store"]),
        "image_url": lambda: f"https://img.example.com/{draw.getrandbits(64):016x}.jpg",
        "email": faker.ascii_safe_email,
        "paragraph": lambda: faker.paragraph(nb_sentences=3),
    }
    if kind in own:
        return own[kind]
    if not hasattr(faker, kind):
        raise LabError(f"Faker knows no {kind!r}", "see Faker's list of providers: email, city, sentence, …")
    found: Callable[[], object] = getattr(faker, kind)
    return found


@lru_cache(maxsize=64)
def _faker(locale: str, kind: str) -> Faker:
    try:
        faker = Faker(locale)
    except AttributeError as error:
        raise LabError(f"Faker knows no locale {locale!r}", 'write locale = "en_US" in data.toml') from error
    faker.seed_instance(f"{kind}")
    return faker
