"""`lab`, and `python -m lab`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    try:
        from lab.cli import main as run  # takes a while, in which an interrupt may fall
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
