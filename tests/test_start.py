"""What starting costs: `--help` and a mistyped word need nothing of what the verbs run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab import cli

HEAVY = {"faker", "jinja2", "numpy", "pandas", "postgast", "psycopg", "pyarrow", "sqlglot"}
VERBS = [each.name or each.callback.__name__ for each in cli.app.registered_commands if each.callback]


def start(*arguments: str) -> tuple[int, str, set[str]]:
    """What a command exits with and prints, and the packages it imports."""
    command = [sys.executable, "-X", "importtime", "-m", "lab", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    imported = re.findall(r"^import time:.*\| +(\w+)", done.stderr, re.MULTILINE)
    return done.returncode, done.stdout + done.stderr, set(imported)


@pytest.mark.parametrize("verb", ["", *VERBS, "engines"])
def test_help_imports_nothing_heavy(verb: str) -> None:
    code, said, imported = start(*verb.split(), "--help")
    assert (code, "Usage" in said) == (0, True), said
    assert "typer" in imported and not imported & HEAVY


@pytest.mark.parametrize("words", ["chekc", "check --agianst main"])
def test_a_mistyped_word_imports_nothing_heavy(words: str) -> None:
    code, said, imported = start(*words.split())
    assert (code, "No such" in said) == (2, True), said
    assert "typer" in imported and not imported & HEAVY


def test_the_servers_here_are_listed_without_a_row_of_data() -> None:
    code, said, imported = start("engines")
    assert (code, "sqlite" in said) == (0, True), said
    assert "typer" in imported and not imported & HEAVY


RAISE = "signal.raise_signal(signal.SIGINT)"
LOSE = f"""
            thing = type("Thing", (), {{}})()
            watch = weakref.ref(thing, lambda _: {RAISE})
            del thing
            time.sleep(30)
"""


@pytest.mark.parametrize("interrupting", [RAISE, LOSE], ids=["raised", "lost in a callback"])
def test_an_interrupt_while_a_verb_imports_what_it_runs_is_told(tmp_path: Path, interrupting: str) -> None:
    script = f"""
import signal
import sys
import time
import weakref

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "lab.pipeline":
            {interrupting}

sys.meta_path.insert(0, Interrupting())
sys.argv = ["lab", "compare", "nowhere"]
from lab.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (130, "")
    assert "stopped by SIGINT" in done.stderr and "Traceback" not in done.stderr
