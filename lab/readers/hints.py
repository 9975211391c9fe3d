"""What to type next when a name is unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 12


def did_you_mean(name: str, known: Iterable[str], what: str) -> str:
    """A hint naming the closest of the `known` names, or else the first few; `what` says what they are."""
    names = list(dict.fromkeys(known))
    lowered: dict[str, str] = {}
    for candidate in names:
        lowered.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(name.lower(), lowered, 1)
    if close:
        return f"did you mean {lowered[close[0]]}?"
    if not names:
        return f"there are no {what}"
    shown = ", ".join(names[:_LISTED])
    return f"{what}: {shown}" + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
