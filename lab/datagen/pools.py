"""Pools of values Faker made: some hundreds a kind, from which rows are drawn.

A pool depends on its kind and locale alone, never on the pools made before it.
"""

from __future__ import annotations

import difflib
import random
import re
import string
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
from faker import Faker
from faker.config import AVAILABLE_LOCALES
from faker.providers import BaseProvider

from lab.datagen.names import snake
from lab.errors import LabError, closest

SIZE = 1000
_ENOUGH = 50
WORDY = ("title", "paragraph", "paragraphs", "sentence", "text")
"""Kinds that are but words, of any length."""
_LARGE_SIZE = 300
_LARGE = ("text", "paragraph", "paragraphs", "user_agent", "texts")
_TIMELESS = frozenset(("century", "timezone", "pytimezone"))
"""What the provider of times offers that is the same on any day."""
_DATED = frozenset(
    (
        "credit_card_expire",
        "credit_card_full",
        "passport_dates",
        "passport_dob",
        "passport_full",
        "profile",
        "simple_profile",
    )
)
"""What other providers offer that is not."""
_MOST_SUGGESTED = 3

_KINDS: tuple[tuple[str, str], ...] = (
    # (pattern on the column's name, kind); the first that matches counts.
    (r"e_?mail", "email"),
    (r"(first|given|middle)_?name", "first_name"),
    (r"(last|family)_?name|surname", "last_name"),
    (r"user_?name|login|handle|nick", "user_name"),
    (r"slug", "slug"),
    (r"sku|barcode|(part|order|invoice|tracking|reference)_?(no|number|code)", "sku"),
    (r"(token|hash|digest|secret|password|api_?key|fingerprint|signature|checksum)", "sha256"),
    (r"phone|mobile|(^|_)fax", "phone_number"),
    (r"user_?agent", "user_agent"),
    (r"(^|_)ip(_|$)|ip_?addr|remote_addr", "ipv4"),
    (r"website|homepage|home_?page", "url"),
    (r"(^|_)ur[li](_|$)|image|avatar|photo", "image_url"),
    (r"(^|_)(location|place|origin|destination)$", "city"),
    (r"street|address_?line_?1|line_?1|^address$", "street_address"),
    (r"line_?2", "secondary_address"),
    (r"(^|_)(city|town)", "city"),
    (r"postal|postcode|(^|_)zip", "postcode"),
    (r"(^|_)state(_|$)|province|region|(^|_)county", "state"),
    (r"country_?code|country_?iso", "country_code"),
    (r"^country$|country_?name", "country"),
    (r"currency", "currency_code"),
    (r"locale", "locale"),
    (r"language|(^|_)lang(_|$)", "language_code"),
    (r"time_?zone|(^|_)tz(_|$)", "timezone"),
    (r"colou?r", "color_name"),
    (r"author|doctor|teacher|manager|assignee|recipient|sender|signed_by|_by$|contact_?name|owner_?name", "name"),
    (r"company|organi[sz]ation|vendor|supplier|merchant|brand|employer|manufacturer", "company"),
    (r"licen[sc]e_?plate|plate_?(no|number)|registration_?(no|number)", "plate"),
    (r"isbn", "isbn"),
    (r"(^|_)key$", "code"),
    (r"domain|host_?name", "domain_name"),
    (r"provider|carrier|gateway|method|channel|source", "provider"),
    (r"mime|content_?type", "mime_type"),
    (r"file_?name", "file_name"),
    (r"(^|_)job(_|$)|position_?title|(^|_)role(_|$)", "job"),
    (r"description|summary|(^|_)bio(_|$)|about|details", "paragraph"),
    (r"body|content|text|message|comment|(^|_)notes?(_|$)|reason", "paragraph"),
    (r"title|subject|headline|label|caption", "title"),
    (r"last_?(4|four)", "digits"),
    (r"code|number|(^|_)(ref|no)(_|$)", "code"),
    (r"name", "name"),
)


_PEOPLE = (
    r"user|customer|person|people|author|member|employee|staff|contact|address|account|profile|patient|doctor|nurse|"
    r"physician|teacher|student|pupil|instructor|driver|player|guest|client|agent|donor|applicant|candidate|passenger|"
    r"subscriber|recipient|artist|actor|attendee|participant|coach|parent|guardian|lead|manager"
)
_NAMED: tuple[tuple[str, str], ...] = (
    # (pattern on the table, kind of its rows' names); the first that matches counts.
    (_PEOPLE, "name"),
    (r"compan|organi|vendor|supplier|brand|tenant|merchant|manufacturer|employer|partner|insurer|publisher", "company"),
    (r"countr", "country"),
    (r"(^|_)(cit(y|ies)|towns?|municipalit)", "city"),
    (r"(^|_)(states?|provinces?|regions?)$", "state"),
)


_CODED: tuple[tuple[str, str], ...] = (
    (r"countr", "country_code"),
    (r"currenc", "currency_code"),
    (r"language", "language_code"),
)


def kind_of(table: str, column: str, comment: str = "") -> str:
    """The kind of text a column holds, judged by its name; where that says nothing, by its comment."""
    name = snake(column)
    if re.fullmatch(r"(display_?|full_?)?name", name):
        found = _kind_of_name(snake(table))
        return "name" if name.startswith("full") and found == "title" else found
    if re.fullmatch(r"(iso_?)?code", name):
        return next((kind for pattern, kind in _CODED if re.search(pattern, snake(table))), "code")
    if (ending := re.fullmatch(r"(.+)_name", name)) and _kind(name) == "name":
        return _kind_of_name(ending[1])
    said = "_".join(re.findall(r"[a-z0-9]+", comment.lower()))
    return _kind(name) or _kind(said) or "title"


def _kind(words: str) -> str | None:
    return next((kind for pattern, kind in _KINDS if re.search(pattern, words)), None)


def _kind_of_name(table: str) -> str:
    return next((kind for pattern, kind in _NAMED if re.search(pattern, table)), "title")


@lru_cache(maxsize=256)
def pool(kind: str, locale: str, shortest: int = 0, longest: int | None = None) -> pa.StringArray:
    """Texts of a kind with so many characters: those of other lengths left out, cut or padded. Raises LabError for
    a kind Faker does not know."""
    return fitted(_made(kind, locale), shortest, longest)


def fitted(texts: pa.StringArray, shortest: int, longest: int | None) -> pa.StringArray:
    if longest is not None:
        texts = pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(texts, 0, longest))
    enough = texts.filter(pc.greater_equal(pc.utf8_length(texts), max(shortest, 1)))
    padded = enough if len(enough) else pc.utf8_rpad(texts, max(shortest, 1), "x")
    return pa.array(list(dict.fromkeys(padded.to_pylist())), pa.string())


@lru_cache(maxsize=128)
def sized(kind: str, locale: str, shortest: int, longest: int) -> pa.StringArray:
    """Texts of a kind with so many characters, all lengths alike; of words where the kind has none of them."""
    found = _made(kind, locale)
    lengths = pc.utf8_length(found)
    fit = found.filter(pc.and_(pc.greater_equal(lengths, shortest), pc.less_equal(lengths, longest)))
    if len(fit) >= _ENOUGH and kind not in WORDY:
        return fit
    faker, draw = faker_for(locale, f"sized {shortest} {longest}"), random.Random(shortest * 100_000 + longest)
    made = []
    for _ in range(_LARGE_SIZE):
        length = draw.randint(shortest, longest)
        words = " ".join(faker.words(length // 4 + 2)).capitalize()
        made.append(words[:length].rstrip().ljust(length, "e"))
    return pa.array(made, pa.string())


@lru_cache(maxsize=128)
def _made(kind: str, locale: str) -> pa.StringArray:
    make = _maker(kind, locale)
    count = _LARGE_SIZE if kind in _LARGE else SIZE
    return pa.array(list(dict.fromkeys(str(make()).strip() for _ in range(count))), pa.string())


@lru_cache(maxsize=64)
def texts(locale: str, fewest: int, most: int) -> pa.StringArray:
    """Texts of so many words."""
    faker = faker_for(locale, f"texts {fewest} {most}")
    draw = random.Random(fewest * 1000 + most)
    counts = [draw.randint(fewest, most) for _ in range(_LARGE_SIZE)]
    return pa.array([" ".join(faker.words(count)).capitalize() + "." for count in counts], pa.string())


def _maker(kind: str, locale: str) -> Callable[[], object]:
    draw = random.Random(kind)
    plain: dict[str, Callable[[], object]] = {
        "sku": lambda: "".join(draw.choices(string.ascii_uppercase, k=3)) + f"-{draw.randint(100, 999)}",
        "code": lambda: "".join(draw.choices(string.ascii_uppercase + string.digits, k=8)),
        "plate": lambda: "".join(draw.choices(string.ascii_uppercase, k=3)) + f"-{draw.randint(1000, 9999)}",
        "isbn": lambda: (
            f"978-{draw.randint(0, 9)}-{draw.randint(1000, 9999)}-{draw.randint(1000, 9999)}-{draw.randint(0, 9)}"
        ),
        "digits": lambda: f"{draw.randint(0, 9999):04}",
        "provider": lambda: draw.choice(["stripe", "paypal", "adyen", "klarna", "web", "mobile", "store"]),
        "image_url": lambda: f"https://img.example.com/{draw.getrandbits(64):016x}.jpg",
        "sha256": lambda: f"{draw.getrandbits(256):064x}",
    }
    if kind in plain:
        return plain[kind]
    faker = faker_for(locale, kind)
    worded: dict[str, Callable[[], object]] = {
        "slug": lambda: "-".join(faker.words(3)),
        "title": lambda: " ".join(faker.words(draw.randint(2, 4))).capitalize(),
        "email": faker.ascii_safe_email,
        "paragraph": lambda: faker.paragraph(nb_sentences=3),
    }
    if kind in worded:
        return worded[kind]
    _check_provider(faker, kind)
    found: Callable[[], object] = getattr(faker, kind)
    return found


def check_kind(kind: str, locale: str) -> None:
    """Raises LabError for a kind no pool can be made of."""
    make = _maker(kind, locale)
    try:
        make()
    except (TypeError, ValueError, AttributeError) as error:
        raise LabError(f"Faker cannot make a {kind!r} by itself: {error}", _suggestion(kind, [])) from error


def check_locale(locale: str) -> None:
    """Raises LabError for a locale Faker does not know."""
    if locale.replace("-", "_") not in AVAILABLE_LOCALES:
        close = closest(locale, sorted(AVAILABLE_LOCALES)) or "en_US"
        raise LabError(f"Faker knows no locale {locale!r}", f'write locale = "{close}"')


def _check_provider(faker: Faker, kind: str) -> None:
    """Only what providers offer, and nothing that depends on the day it is asked."""
    offered = {provider.__provider__.rpartition(".")[2]: _offered(provider) for provider in faker.get_providers()}
    common = _offered(BaseProvider)
    dated = offered.get("date_time", set()) - common - _TIMELESS | _DATED
    known = common.union(*offered.values()) - dated
    if kind in dated:
        raise LabError(f"Faker's {kind!r} differs from day to day", "leave `kind` out: times follow `after` and `now`")
    if kind not in known:
        raise LabError(f"Faker knows no {kind!r}", _suggestion(kind, sorted(known)))


def _offered(provider: object) -> set[str]:
    return {name for name in dir(provider) if not name.startswith("_") and callable(getattr(provider, name, None))}


def _suggestion(kind: str, known: list[str]) -> str:
    close = difflib.get_close_matches(kind, known, _MOST_SUGGESTED)
    if close:
        return f"did you mean {', '.join(close)}?"
    return 'write kind = "name", "company", "city", "email", "sentence", … (faker.readthedocs.io lists them)'


def faker_for(locale: str, seed: str) -> Faker:
    """Faker, as if nothing had been drawn from it before."""
    faker = _shared_faker(locale)
    faker.seed_instance(seed)
    return faker


@lru_cache(maxsize=64)
def _shared_faker(locale: str) -> Faker:
    check_locale(locale)
    faker = Faker(locale)
    if locale == "it_IT":
        # Listed from a set, in another order in each process.
        provider = next(found for found in faker.get_providers() if found.__provider__ == "faker.providers.address")
        provider.cities = sorted(provider.cities)
    return faker
