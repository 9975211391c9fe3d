"""Texts that match a regular expression or a LIKE pattern, by number: different ones for different rows."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from lab.datagen.scattered import coprime

_MOST_REPEATS = 6
"""More than an open repeat asks for at least."""
_PLENTY = 10**15
_ANY = string.ascii_lowercase + string.digits
_CATEGORIES = {
    _constants.CATEGORY_DIGIT: string.digits,
    _constants.CATEGORY_WORD: _ANY + "_",
    _constants.CATEGORY_SPACE: " ",
    _constants.CATEGORY_NOT_SPACE: _ANY,
    _constants.CATEGORY_NOT_DIGIT: string.ascii_lowercase,
    _constants.CATEGORY_NOT_WORD: "-",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """`count` texts match it (at most so many are counted); `write` gives the one of a number."""

    count: int
    write: Callable[[int], str]

    def scattered(self, number: int) -> str:
        """Of numbers that follow each other, texts that look unrelated; different for different numbers."""
        return self.write(number * coprime(self.count) % self.count)


def of_like(pattern: str) -> str:
    """A LIKE pattern as a regular expression; `%` of none."""
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    return f"^{''.join(parts)}$"


def is_regular(expression: str) -> bool:
    try:
        re.compile(expression)
    except re.error:
        return False
    return True


@lru_cache(maxsize=256)
def pattern(expression: str) -> Pattern | None:
    """None for an expression with something in it no text can be made for (a look-ahead, a back reference)."""
    try:
        parsed = _parser.parse(expression)
        found = _sequence(list(parsed))
        is_found = all(re.search(expression, found.scattered(number)) for number in range(20))
    except (re.error, ValueError, OverflowError):
        return None
    return found if is_found else None


def _sequence(items: Sequence[tuple[Any, Any]]) -> Pattern:
    parts = [_part(operator, argument) for operator, argument in items]
    count = 1
    for part in parts:
        count = min(count * part.count, _PLENTY)

    def write(number: int) -> str:
        texts = []
        for part in reversed(parts):
            number, place = divmod(number, part.count)
            texts.append(part.write(place))
        return "".join(reversed(texts))

    return Pattern(count, write)


def _part(operator: Any, argument: Any) -> Pattern:
    if operator is _constants.AT:
        return _chosen([""])
    if operator is _constants.LITERAL:
        return _chosen([chr(argument)])
    if operator is _constants.ANY:
        return _chosen(_ANY)
    if operator is _constants.NOT_LITERAL:
        return _chosen(_ANY.replace(chr(argument), ""))
    if operator is _constants.IN:
        return _chosen(_characters(argument))
    if operator is _constants.SUBPATTERN:
        return _sequence(list(argument[3]))
    if operator is _constants.BRANCH:
        return _one_of([_sequence(list(branch)) for branch in argument[1]])
    if operator in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        fewest, most, repeated = argument
        most = min(int(most), int(fewest) + _MOST_REPEATS)
        item = list(repeated)
        return _one_of([_sequence(item * times) for times in range(most, int(fewest) - 1, -1)])
    raise ValueError(f"no text can be made for {operator}")


def _chosen(options: Sequence[str]) -> Pattern:
    if not options:
        raise ValueError("nothing matches")
    return Pattern(len(options), lambda number: options[number % len(options)])


def _one_of(parts: list[Pattern]) -> Pattern:
    def write(number: int) -> str:
        for part in parts:
            if number < part.count:
                return part.write(number)
            number -= part.count
        return parts[-1].write(number)

    return Pattern(min(sum(part.count for part in parts), _PLENTY), write)


def _characters(items: Sequence[tuple[Any, Any]]) -> str:
    is_negated = items[0][0] is _constants.NEGATE
    found = ""
    for operator, argument in items[is_negated:]:
        if operator is _constants.LITERAL:
            found += chr(argument)
        elif operator is _constants.RANGE:
            found += "".join(map(chr, range(argument[0], min(argument[1], argument[0] + 500) + 1)))
        elif operator is _constants.CATEGORY:
            found += _CATEGORIES[argument]
        else:
            raise ValueError(f"no text can be made for {operator}")
    if is_negated:
        return "".join(char for char in _ANY if char not in found)
    return "".join(dict.fromkeys(found))
