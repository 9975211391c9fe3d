"""The command line: one short function per verb, which parses, calls, prints and returns an exit code."""

# In the order of `lab --help`:
from lab.cli import measuring, checking, judging, designing, writing, servers  # noqa: I001
from lab.cli.app import app
from lab.cli.program import main

__all__ = ["app", "checking", "designing", "judging", "main", "measuring", "servers", "writing"]
