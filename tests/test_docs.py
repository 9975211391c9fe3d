"""Every `$ lab …` example in the documentation runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "schemas/README.md", ROOT / "workloads/README.md", *ROOT.glob("docs/**/*.md")]


def examples(document: Path) -> list[str]:
    return re.findall(r"^\$ (lab .+)$", document.read_text(), re.MULTILINE)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the examples read, so that they write nothing into the project."""
    home = tmp_path_factory.mktemp("docs")
    for folder in ("schemas", "workloads", "examples"):
        shutil.copytree(ROOT / folder, home / folder)
    return home


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_examples_run(document: Path, home: Path, postgres_server: object) -> None:
    for example in examples(document):
        answer = subprocess.run(
            [sys.executable, "-m", "lab.cli", *shlex.split(example)[1:]], cwd=home, capture_output=True, text=True
        )
        assert answer.returncode in ((0, 1) if "audit" in example else (0,)), f"{example}\n{answer.stderr}"


def test_the_readme_has_examples_of_every_command() -> None:
    named = {example.split()[1] for example in examples(ROOT / "README.md")}
    assert named >= {"compare", "init", "advise", "audit"}


def test_the_documents_name_files_that_exist() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} names {target}"


def test_the_architecture_names_every_module() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    for path in (ROOT / "lab").iterdir():
        if path.name not in ("__init__.py", "__pycache__", "py.typed"):
            assert f"  {path.name}" in text, f"docs/architecture.md does not name lab/{path.name}"
