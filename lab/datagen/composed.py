"""Names put together from parts, and what is spelled like them: addresses, slugs, domains.

A number says which of each part; different numbers give different texts, in the same few steps for a chunk of rows.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen.options import Joined, Options
from lab.datagen.scattered import scatter
from lab.datagen.seed import Rows, pick

_LONGEST_NUMBER = 12
_POOL = 4096
_HOSTS = ("@example.com", "@example.org", "@example.net")


@dataclass(frozen=True, slots=True)
class Form:
    """How parts become a text: which of them, as they stand or spelled as in addresses, with what between and around
    them. `ends` take turns; `again` marks what has been put together before, with the number of times."""

    between: str = " "
    start: str = ""
    ends: tuple[str, ...] = ("",)
    again: str = " ({})"
    is_spelled: bool = False
    parts: tuple[int, int | None] = (0, None)


FIRST = Form(parts=(0, 1), again="")
LAST = Form(parts=(1, 2), again="")
WHOLE = Form()
ADDRESS = Form(".", ends=_HOSTS, again="{}", is_spelled=True)
ACCOUNT = Form("_", again="{}", is_spelled=True)
SLUG = Form("-", again="-{}", is_spelled=True)
DOMAIN = Form("-", ends=(".example.com", ".example.org"), again="-{}", is_spelled=True)
WEBSITE = Form("-", "https://www.", (".example.com", ".example.org"), "-{}", is_spelled=True)
INFO = Form("-", "info@", (".example.com", ".example.org"), "-{}", is_spelled=True)


class Composed:
    """All combinations of the parts, those left out that would make two combinations look alike."""

    def __init__(self, parts: Iterable[Iterable[str]]) -> None:
        lists = [list(part) for part in parts]
        self._parts = [list(_told_apart(part, is_last=number == len(lists) - 1)) for number, part in enumerate(lists)]
        self.count = math.prod(map(len, self._parts))
        self._pieces = cache(self._pieces_of)

    def longest(self, form: Form) -> int:
        """Characters of the longest text."""
        return sum(int(pc.max(pc.utf8_length(texts)).as_py()) for texts in self._pieces(form).lists) + _LONGEST_NUMBER

    def texts(self, form: Form, numbers: Rows) -> pa.StringArray:
        """The text of each number; after the last combination, the first again with how often it was there."""
        rounds = numbers // self.count
        place = scatter(numbers - rounds * self.count, self.count)
        digits: list[Rows] = []
        for part in reversed(self._parts):
            above = place // len(part)
            digits.insert(0, place - above * len(part))
            place = above
        pieces = self._pieces(form)
        places = [*digits[slice(*form.parts)], digits[-1]][: len(pieces.lists)]
        if not form.again or not rounds.any():
            return pieces.take(places)
        chosen = [pc.take(texts, pa.array(place)) for texts, place in zip(pieces.lists, places, strict=True)]
        times = pc.binary_join_element_wise(*_around(form.again, rounds + 1), "")
        chosen.insert(-1 if len(form.ends) > 1 or form.ends[0] else len(chosen), pc.if_else(rounds == 0, "", times))
        return pc.binary_join_element_wise(*chosen, "")

    def _pieces_of(self, form: Form) -> Joined:
        """Each part with what stands before it, and the ends."""
        made = []
        for number, part in enumerate(self._parts[slice(*form.parts)]):
            before = form.between if number else form.start
            made.append([before + (spelled(text) if form.is_spelled else text) for text in part])
        if form.ends != ("",):
            made.append([form.ends[number % len(form.ends)] for number in range(len(self._parts[-1]))])
        return Joined([pa.array(texts, pa.string()) for texts in made])


class Named:
    """Rows with a combination each: no two the same one, or drawn from some thousands."""

    def __init__(self, parts: Composed, key: np.uint64, is_unique: bool) -> None:
        self._parts = parts
        self._key = key
        self._is_unique = is_unique
        self._pools = cache(self._pool)

    def texts(self, form: Form, rows: Rows) -> pa.StringArray:
        if self._is_unique:
            return self._parts.texts(form, rows)
        pool = self._pools(form)
        return pool.take(pick(self._key, rows, len(pool)))

    def _pool(self, form: Form) -> Options:
        return Options(self._parts.texts(form, np.arange(min(_POOL, self._parts.count))))


def _around(again: str, times: Rows) -> list[pa.Array | str]:
    before, after = again.split("{}")
    return [before, pa.array(times).cast(pa.string()), after]


def spelled(text: str) -> str:
    """As in addresses: lower-case letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def _told_apart(texts: Iterable[str], is_last: bool) -> Iterator[str]:
    """Those that are told apart however they are spelled and whatever follows; the last ones, with a number after."""
    taken: set[str] = set()
    for text in sorted(dict.fromkeys(texts), key=lambda text: len(spelled(text))):
        words: Sequence[str] = spelled(text).split("-")
        beginnings = {"-".join(words[: end + 1]) for end in range(len(words))}
        if (
            words[-1]
            and not (taken & (beginnings if not is_last else {spelled(text)}))
            and not (is_last and _is_counted(words))
        ):
            taken.add(spelled(text))
            yield text


def _is_counted(words: Sequence[str]) -> bool:
    return len(words) > 1 and words[-1].isdigit()
