"""The command line: one short function per verb, which parses, calls, prints and returns an exit code.

A verb imports what it runs where it runs: `--help` and a mistyped word need none of it.
"""

# In the order of `lab --help`:
from lab.cli import measuring, checking, judging, designing, migrating, writing, servers  # noqa: I001
from lab.cli.app import app
from lab.cli.program import main

__all__ = ["app", "checking", "designing", "judging", "main", "measuring", "migrating", "servers", "writing"]
