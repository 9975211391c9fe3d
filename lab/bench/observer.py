"""Who is told how far a stage has come."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        """A stage begins; `total` is what `advance` will add up to, 0 when that is not known."""

    def advance(self, amount: float, note: str = "") -> None: ...


class Silent:
    """Tells nobody."""

    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        pass

    def advance(self, amount: float, note: str = "") -> None:
        pass
