"""Names: of rules, and what the names of tables and columns tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache

_SEAM = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\W+")
_PLURALS = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "datum": "data",
    "medium": "media",
    "criterion": "criteria",
}
_SINGULARS = {plural: singular for singular, plural in _PLURALS.items()}
_SAME_IN_BOTH = frozenset(
    "data media metadata history inventory stock information equipment staff audit log archive queue cache config "
    "configuration outbox inbox feedback money news series species settings preferences statistics analytics sales "
    "details goods logistics scratch staging bus".split()
)


def rule_name(module: str) -> str:
    """What a finding calls its rule: `lab.audit.index_foreign_keys` -> `index_foreign_keys`."""
    return module.rpartition(".")[2]


@cache
def words(name: str) -> tuple[str, ...]:
    """`unitPrice` and `unit_price` -> `("unit", "price")`."""
    return tuple(word for word in _SEAM.sub("_", name).lower().split("_") if word)


def last_word(name: str) -> str:
    return words(name)[-1] if words(name) else ""


def is_snake_case(name: str) -> bool:
    return name == name.lower() and re.fullmatch(r"[^\W\d]\w*", name) is not None


def snake_case(name: str) -> str:
    return "_".join(words(name))


def like(name: str, model: Iterable[str]) -> str:
    """A new name in snake case, or in camel case where most of the names beside it are that hold several words."""
    several = [other for other in model if len(words(other)) > 1]
    camel = [other for other in several if not is_snake_case(other)]
    if 2 * len(camel) < len(several) or not camel:
        return name
    return camel_case(name)


def camel_case(name: str) -> str:
    first, *rest = words(name)
    return first + "".join(word.capitalize() for word in rest)


def plural(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def is_plural(word: str) -> bool | None:
    """None for a word that is the same in both."""
    if word in _SAME_IN_BOTH:
        return None
    return word in _SINGULARS or (word.endswith("s") and not word.endswith(("ss", "us", "is")))


def is_same_noun(one: str, other: str) -> bool:
    """Whether two names are the same but for case and number: `orderItem` and `order_items`."""
    (*one_before, first), (*other_before, second) = words(one) or ("",), words(other) or ("",)
    return one_before == other_before and (first == second or plural(first) == second or first == plural(second))


def listed(names: Sequence[str], most: int = 6) -> str:
    """`a, b and c`; the first few of many."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def column_subject(table: str, columns: Sequence[str]) -> str:
    """`orders.user_id`, or `orders (shelf, number)` for several columns."""
    return f"{table}.{columns[0]}" if len(columns) == 1 else f"{table} ({', '.join(columns)})"


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken, cut to PostgreSQL's 63 bytes."""
    for number in range(1, len(taken) + 2):
        suffix = f"_{number}" if number > 1 else ""
        name = wanted.encode()[: 63 - len(suffix)].decode(errors="ignore") + suffix
        if name not in taken:
            return name
    raise AssertionError("more names are taken than there are")
