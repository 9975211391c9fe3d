"""Names of what a migration makes for a while."""

from __future__ import annotations

_LONGEST = 63


def tagged(name: str, tag: str) -> str:
    """A name beside another: `orders` and `new` -> `orders__new`, cut to fit."""
    suffix = f"__{tag}"
    return name.encode()[: _LONGEST - len(suffix)].decode(errors="ignore") + suffix
