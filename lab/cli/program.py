"""The command line from start to exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

from lab.cli.app import app, err
from lab.errors import Interrupted, LabError


def main() -> NoReturn:
    """Runs the command line. Exit codes: 0 done, 1 found something, 2 a mistake to mend, 128+n signal n."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    sys.unraisablehook = _interrupt_again
    try:
        app()
    except LabError as error:
        print_error(error)
        sys.exit(2)
    except Interrupted as stop:
        (number,) = _received
        err.print(f"\nstopped by {number.name}; {stop.kept}", markup=False, soft_wrap=True)
        sys.exit(128 + number)
    sys.exit(0)


_received: list[signal.Signals] = []


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The first signal stops the work; what follows waits for the cleaning up."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    _received.append(signal.Signals(number))
    raise Interrupted


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """An interrupt may fall where Python lets no exception out, such as in a weak reference's callback, of which an
    import has many: it falls again a moment later."""
    if lost.exc_type is not Interrupted:
        sys.__unraisablehook__(lost)
        return
    number = _received.pop()
    signal.signal(number, _interrupt)
    threading.Timer(0.01, os.kill, (os.getpid(), number)).start()


def print_error(error: LabError) -> None:
    err.print(f"error: {error.message}", style="red", markup=False, soft_wrap=True)
    if error.hint:
        err.print(f"hint: {error.hint}", markup=False, soft_wrap=True)
