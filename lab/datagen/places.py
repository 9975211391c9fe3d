"""Places: cities with what goes with them, by country, so that a row's country, state, postal code and city agree."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from faker import Faker
from faker.config import AVAILABLE_LOCALES
from faker.providers.date_time import Provider as Times
from numpy.typing import NDArray

from lab.datagen import pools
from lab.datagen.options import Options
from lab.datagen.seed import Rows, pick, stream, uniform
from lab.errors import LabError

KINDS = frozenset(("city", "postcode", "state", "country", "country_code", "timezone", "locale"))
MIXED = frozenset(("country", "country_code", "timezone", "locale"))
"""Kinds that say a row may belong to any country."""
OF_CITY = frozenset(("postcode", "state"))
"""Kinds a city determines."""
_MIXTURE = {
    "US": 30,
    "GB": 10,
    "DE": 10,
    "FR": 8,
    "CA": 6,
    "ES": 6,
    "IT": 6,
    "NL": 5,
    "AU": 4,
    "BR": 4,
    "PL": 4,
    "SE": 3,
}
"""Countries and how often they are met, in hundredths."""
_A_SHARE = 4
_A_COUNTRY, _A_FAR_COUNTRY = 250, 100


def _readable(name: str) -> str:
    """Some of Faker's names are UTF-8 read as Latin-1."""
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name


_LOCALES = {"US": "en_US", "GB": "en_GB", "CA": "en_CA", "AU": "en_AU", "CH": "de_CH", "BE": "nl_BE", "IN": "en_IN"}
"""Where a country has several."""
_BY_LANGUAGE = {
    "en": "US",
    "ja": "JP",
    "zh": "CN",
    "ko": "KR",
    "cs": "CZ",
    "da": "DK",
    "sv": "SE",
    "uk": "UA",
    "el": "GR",
}
_COUNTRIES = {found.alpha_2_code: found for found in Times.countries}
_NAMES = {code: _readable(found.name) for code, found in _COUNTRIES.items()}
_CODES = {name.lower(): code for code, name in _NAMES.items()} | {
    "usa": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
}


class Place(NamedTuple):
    city: str
    postcode: str
    state: str
    state_code: str
    country: str
    country_code: str
    timezone: str
    locale: str


class Places:
    """Places of some countries, in the order of the countries."""

    def __init__(self, groups: Sequence[Sequence[Place]]) -> None:
        every = [place for group in groups for place in group]
        self.field = cache(lambda name, longest: Options(_texts(every, name, longest)))
        """The places' fields of a name, cut to so many characters."""
        self.count = len(every)
        self.origins = np.array([int(stream(place.country_code, place.city)) >> 1 for place in every], np.int64)
        self.sizes = np.array([len(group) for group in groups], np.int32)
        self.starts = np.cumsum(self.sizes, dtype=np.int32) - self.sizes


def _texts(places: Sequence[Place], name: str, longest: int | None) -> pa.StringArray:
    texts = pa.array([getattr(place, name) for place in places], pa.string())
    return texts if longest is None else pc.utf8_slice_codeunits(texts, 0, longest)


class Placed:
    """Rows at a place each, of the country that is said of them, if any is."""

    def __init__(self, locale: str, key: np.uint64, said: Callable[[Rows], pa.Array] | None, is_mixed: bool) -> None:
        self._key = key
        self._said = said
        self._own = country_of(locale) or "US"
        self._last: tuple[Rows, Places, NDArray[np.int32]] | None = None
        """The last answer: the columns of a chunk ask one after the other for the same rows."""
        self._places = _mixed(self._own) if is_mixed else _of_countries((self._own,))

    def values(self, field: str, longest: int | None, rows: Rows) -> pa.StringArray:
        places, chosen = self._kept(rows)
        return places.field(field, longest).take(chosen)

    def origins(self, rows: Rows) -> Rows:
        """A number for each row: the same one wherever the place is."""
        places, chosen = self._kept(rows)
        return places.origins.take(chosen)

    def _kept(self, rows: Rows) -> tuple[Places, NDArray[np.int32]]:
        last = self._last
        if last is None or last[0] is not rows:
            last = self._last = rows, *self._chosen(rows)
        return last[1], last[2]

    def _chosen(self, rows: Rows) -> tuple[Places, NDArray[np.int32]]:
        if self._said is None:
            return self._places, pick(self._key, rows, self._places.count)
        said = self._said(rows).dictionary_encode()
        codes = [country_of(str(text or "")) or self._own for text in [*said.dictionary.to_pylist(), None]]
        countries = sorted(set(codes))
        which = np.array([countries.index(code) for code in codes], np.int32)
        groups = which.take(said.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False))
        places = _of_countries(tuple(countries))
        within = (uniform(self._key, rows) * places.sizes.take(groups)).astype(np.int32)
        return places, places.starts.take(groups) + within


class Countries:
    """A country a row, none twice while there are some."""

    def __init__(self, locale: str) -> None:
        codes = list(dict.fromkeys((country_of(locale) or "US", *_MIXTURE, *sorted(_NAMES))))
        self.count = len(codes)
        self._fields = {"country_code": codes, "country": [_NAMES.get(code, code) for code in codes]}

    def values(self, field: str, rows: Rows) -> pa.StringArray:
        """Rows beyond the last country are numbered: codes in base 36, from 0A on."""
        found, beyond = self._fields[field], rows - self.count
        if field == "country":
            return pa.array([found[row] if row < self.count else f"Territory {row + 1}" for row in rows.tolist()])
        spare = [digit + letter for digit in string.digits for letter in string.ascii_uppercase]
        if len(rows) and beyond.max() >= len(spare):
            raise LabError("there are no more country codes of two characters", "lower --scale or --time-budget")
        return pa.array([found[row] if row < self.count else spare[row - self.count] for row in rows.tolist()])


def country_of(said: str) -> str | None:
    """The country of a code, a name or a locale: FR, France, fr-FR, fr."""
    text = said.strip()
    if text.lower() in _CODES:
        return _CODES[text.lower()]
    if re.fullmatch("[A-Z]{2}", text) and text in _NAMES:
        return text
    language, _, region = text.replace("_", "-").partition("-")
    if re.fullmatch("[A-Za-z]{2}", region):
        return region.upper()
    if not re.fullmatch("[a-z]{2}", language):
        return None
    return _BY_LANGUAGE.get(language) or (language.upper() if language.upper() in _NAMES else None)


@lru_cache(maxsize=16)
def _mixed(own: str) -> Places:
    """Of many countries, the data's own more often than each other."""
    shares = {own: 30, **{code: share for code, share in _MIXTURE.items() if code != own}}
    return Places([_of_country(code)[: share * _A_SHARE] for code, share in shares.items()])


@lru_cache(maxsize=64)
def _of_countries(codes: tuple[str, ...]) -> Places:
    return Places([_of_country(code) for code in codes])


@lru_cache(maxsize=256)
def _of_country(code: str) -> Sequence[Place]:
    """With each city once."""
    faker, draw = pools.faker_for(_locale_of(code), f"places {code}"), random.Random(f"places {code}")
    zones = _COUNTRIES[code].timezones if code in _COUNTRIES else ["UTC"]
    found: dict[str, Place] = {}
    for _ in range(_A_COUNTRY if code in _MIXTURE else _A_FAR_COUNTRY):
        state, state_code, postcode = _state(faker, code, draw)
        city = faker.city()
        found.setdefault(
            city,
            Place(
                city,
                postcode,
                state,
                state_code,
                _NAMES.get(code, code),
                code,
                draw.choice(zones),
                _locale_of(code).replace("_", "-"),
            ),
        )
    return tuple(found.values())


def _state(faker: Faker, code: str, draw: random.Random) -> tuple[str, str, str]:
    """A state with its code, and a postal code: one of that state where Faker knows which those are."""
    if code == "US":
        address = next(found for found in faker.get_providers() if found.__provider__ == "faker.providers.address")
        codes = [found for found in address.states_abbr if found != "DC"]
        state, state_code = draw.choice(list(zip(address.states, codes, strict=True)))
        return state, state_code, faker.postcode_in_state(state_code)
    if code == "CA":
        address = next(found for found in faker.get_providers() if found.__provider__ == "faker.providers.address")
        state, state_code = draw.choice(list(zip(address.provinces, address.provinces_abbr, strict=True)))
        return state, state_code, faker.postcode_in_province(state_code)
    state = faker.administrative_unit()
    return state, state[:2].upper(), faker.postcode()


@lru_cache(maxsize=256)
def _locale_of(code: str) -> str:
    """Faker's for a country; English where it has none."""
    fit = sorted(locale for locale in AVAILABLE_LOCALES if locale.endswith(f"_{code}"))
    return _LOCALES.get(code) or (fit[0] if fit else "en_US")
