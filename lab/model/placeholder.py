"""`:name` parameters in SQL text, told apart from strings, comments, casts and array slices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_TOKENS = re.compile(
    r"""
      '(?:[^']|'')*'                     # string
    | "(?:[^"]|"")*"                     # quoted identifier
    | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$    # dollar-quoted string
    | --[^\n]*                           # comments
    | /\*.*?\*/
    | ::                                 # cast
    | (?<![\w\]:]):(?P<name>[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


def placeholders(sql: str) -> Iterator[tuple[str, int]]:
    """Each occurrence of a parameter: its name and its offset in `sql`, in characters."""
    for match in _TOKENS.finditer(sql):
        if match["name"]:
            yield match["name"], match.start()


def rewrite_placeholders(sql: str, rewrite: Callable[[str], str]) -> str:
    """`sql` with each `:name` replaced by `rewrite(name)`."""
    return _TOKENS.sub(lambda match: rewrite(match["name"]) if match["name"] else match[0], sql)
