"""Whose hand-written SQL an engine reads."""

from __future__ import annotations

from collections.abc import Container, Mapping

_READS: Mapping[str, tuple[str, ...]] = {"mariadb": ("mariadb", "mysql")}
"""Engines that read another's texts, best first."""


def texts_for(engine: str) -> tuple[str, ...]:
    """The engines whose texts serve this one, best first."""
    return _READS.get(engine, (engine,))


def text_key(engine: str, texts: Container[str]) -> str:
    """Which of `texts` serves an engine; empty for the common one."""
    return next((name for name in texts_for(engine) if name in texts), "")
