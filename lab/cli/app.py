"""What all verbs share: the program they are verbs of, and where it prints."""

from __future__ import annotations

import typer
from rich.console import Console

app = typer.Typer(
    help="Builds each design of a database schema in real databases, measures every query, and says which to adopt.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)
