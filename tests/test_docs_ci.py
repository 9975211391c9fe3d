"""The pipelines in docs/ci.md are run: their commands, in a repository of a team's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from conftest import ROOT
from tiny import SCHEMA, write_design

from lab.readers.budgets import read_budgets

INDEX = "CREATE INDEX orders_user_idx ON orders (user_id, placed_at DESC, id DESC);\n"
PAGE = (ROOT / "docs/ci.md").read_text()


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def commands(pipeline: dict[str, Any]) -> list[str]:
    """The shell lines of a GitHub workflow or a GitLab job; installing the lab is left out, as it is installed."""
    if "jobs" in pipeline:
        steps = [step for job in pipeline["jobs"].values() for step in job["steps"]]
        lines = [step["run"] for step in steps if "run" in step]
    else:
        lines = [line for job in pipeline.values() for line in job["script"]]
    return [line for line in lines if not line.startswith("pip install")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of a repository whose main branch holds the design `shop`, as a job finds it."""
    upstream = tmp_path / "upstream"
    write_design(upstream, schema=SCHEMA + INDEX, indexed=None)
    for folder in ("schemas", "workloads"):
        (upstream / folder / "tiny").rename(upstream / folder / "shop")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The shop"]):
        subprocess.run(["git", *identity, *command], cwd=upstream, check=True)
    subprocess.run(["git", "clone", "-q", str(upstream), str(tmp_path / "checkout")], check=True)
    return tmp_path / "checkout"


@pytest.mark.parametrize("text", snippets("yaml"), ids=["GitHub", "GitLab"])
@pytest.mark.parametrize("is_worse", [False, True], ids=["as it was", "an index lost"])
def test_a_pipeline_passes_or_fails_as_it_should(text: str, is_worse: bool, checkout: Path) -> None:
    if is_worse:
        (checkout / "schemas/shop/schema.sql").write_text(SCHEMA)
    lines = [line.replace("--time-budget 60", "--time-budget 5") for line in commands(yaml.safe_load(text))]
    assert any(line.startswith("lab check") for line in lines)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(checkout / "summary.md")}
    script = "\n".join(["set -e", *lines])
    done = subprocess.run(["bash", "-c", script], cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode in ((1,) if is_worse else (0, 2)), done.stdout + done.stderr
    suites = ElementTree.parse(checkout / "check.xml").getroot()
    assert (int(suites.get("failures", "0")) > 0) == is_worse
    assert (checkout / "comment.md").read_text() == (checkout / "summary.md").read_text()


def test_artifacts_are_what_the_command_writes() -> None:
    """Every file a pipeline keeps is named in its command, or is the folder of runs."""
    for text in snippets("yaml"):
        check = next(line for line in commands(yaml.safe_load(text)) if line.startswith("lab check"))
        for file in re.findall(r"\b(?:check\.xml|comment\.md)\b", text):
            assert file in check


def test_the_budgets_shown_can_be_read(tmp_path: Path) -> None:
    (text,) = snippets("toml")
    (tmp_path / "budgets.toml").write_text(text)
    found = read_budgets(tmp_path / "budgets.toml", ["order_history", "place_order"])
    assert found.operations["order_history"].p95_seconds == 0.02
    assert found.operations["place_order"].may_regress and found.size_ratio == 1.5
