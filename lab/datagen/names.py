"""A column's name in one spelling, so that what it means can be judged whoever named it."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """`createdAt` and `created_at` alike as `created_at`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@lru_cache(maxsize=4096)
def has_word(name: str, words: str) -> bool:
    """Whether one of the words (a pattern of alternatives) stands in the name as a whole word."""
    return re.search(rf"(?:^|_)(?:{words})(?:_|$)", snake(name)) is not None
