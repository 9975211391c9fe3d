"""Names of programs made of names of a database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Container

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "data": "data", "media": "media"}
_PLURALS = {singular: plural for plural, singular in _IRREGULAR.items()}
_UNCHANGED = ("ss", "us", "is", "ics", "news", "series", "species")


def words(name: str) -> list[str]:
    """`order_items`, `OrderItems` and `orderItems` are all `order`, `items`; letters lose their accents, and what has
    no likeness in ASCII is left out."""
    bare = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return [word.lower() for word in _WORDS.findall(bare)]


def pascal(name: str) -> str:
    """A class's name; one that would begin with a digit begins with `T`, one of nothing is `X`."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*", name):
        return name
    made = "".join(word.capitalize() for word in words(name)) or "X"
    return f"T{made}" if made[0].isdigit() else made


def camel(name: str) -> str:
    """A field's name."""
    if re.fullmatch(r"[a-z][A-Za-z0-9]*", name):
        return name
    found = words(name) or ["x"]
    made = found[0] + "".join(word.capitalize() for word in found[1:])
    return f"n{made}" if made[0].isdigit() else made


def singular(name: str) -> str:
    """The last word in the singular, as far as English endings tell: `order_categories` -> `order_category`."""
    found = words(name)
    if not found:
        return name
    last = found[-1]
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith(_UNCHANGED) or not last.endswith("s") or len(last) < 3:
        return name
    elif last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif last.endswith(("sses", "shes", "ches", "xes", "zzes", "uses")) and not last.endswith("causes"):
        last = last[:-2]
    else:
        last = last[:-1]
    return "_".join((*found[:-1], last))


def plural(name: str) -> str:
    """The last word in the plural; one that looks like it already is left alone."""
    found = words(name)
    last = found[-1] if found else ""
    if not last or last in _IRREGULAR or (last.endswith("s") and singular(name) != name):
        return name
    if last in _PLURALS:
        last = _PLURALS[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        last = f"{last[:-1]}ies"
    else:
        last += "s"
    return "_".join((*found[:-1], last))


def free(wanted: str, taken: Container[str], reserved: Collection[str] = ()) -> str:
    """The name, or with a number behind it the first that is neither taken nor reserved."""
    made, number = wanted, 1
    while made in taken or made in reserved:
        number += 1
        made = f"{wanted}{number}"
    return made
