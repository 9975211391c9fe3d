"""The one error a user ever sees, what to type next when a name is unknown, and what ends a run from outside."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 12


class LabError(Exception):
    """A user's mistake, or a circumstance a user can mend.

    The message says what is wrong and where, in lower case and without a full stop; the hint says what to
    type next. The command line prints both and exits with status 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class Interrupted(BaseException):
    """A signal asked the lab to stop. No Exception, so that nothing takes it for a failure and goes on; and no
    KeyboardInterrupt, which libraries catch for themselves."""

    kept = "what was measured is kept: lab report RUN renders it"
    """What is there for all that, in a sentence for the user."""


def closest(name: str, known: Iterable[str]) -> str:
    """The known name most like this one, upper and lower case being the same; empty when none is alike."""
    lowered: dict[str, str] = {}
    for candidate in known:
        lowered.setdefault(candidate.lower(), candidate)
    close = difflib.get_close_matches(name.lower(), lowered, 1)
    return lowered[close[0]] if close else ""


def did_you_mean(name: str, known: Iterable[str], what: str = "there are") -> str:
    """A hint naming the closest of the `known` names, or else the first few; `what` says what they are. Without
    `what`, nothing where no name is alike."""
    names = list(dict.fromkeys(known))
    if close := closest(name, names):
        return f"did you mean {close}?"
    if not what:
        return ""
    if not names:
        return "there are none" if what == "there are" else f"there are no {what}"
    shown = ", ".join(names[:_LISTED])
    return f"{what}: {shown}" + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
