"""What TypeORM and Drizzle make of the corpus themselves, by their own packages: see oracle/package.json."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ORACLE = Path(__file__).parent / "oracle"
_COMPILER_OPTIONS = {
    "target": "es2022",
    "module": "commonjs",
    "moduleResolution": "node",
    "strict": True,
    "experimentalDecorators": True,
    "emitDecoratorMetadata": True,
    "esModuleInterop": True,
    "skipLibCheck": True,
    "types": ["node"],
}


def npm_packages() -> None:
    """Installs what the oracles need, once. Skips without Node; in CI that fails."""
    if not shutil.which("npm"):
        if os.environ.get("CI"):
            pytest.fail("npm is missing")
        pytest.skip("npm is not installed")
    if not (ORACLE / "node_modules" / "typeorm").is_dir():
        run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], ORACLE)


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def compiled(files: list[Path], target: Path, options: dict[str, Any] | None = None) -> list[Path]:
    """The files as JavaScript, checked by tsc on the way. Fails with the compiler's words."""
    npm_packages()
    (target / "source").mkdir(parents=True)
    for file in files:
        shutil.copy(file, target / "source")
    (target / "node_modules").symlink_to(ORACLE / "node_modules")
    config = {
        "compilerOptions": {**_COMPILER_OPTIONS, **(options or {}), "outDir": "out", "rootDir": "source"},
        "include": ["source"],
    }
    (target / "tsconfig.json").write_text(json.dumps(config))
    run(["node", str(ORACLE / "node_modules/typescript/bin/tsc"), "-p", "."], target)
    return [target / "out" / file.with_suffix(".js").name for file in files]


def typeorm_metadata(files: list[Path], driver: str, target: Path) -> list[dict[str, Any]]:
    scripts = [str(path) for path in compiled(files, target)]
    (target / "typeorm.cjs").write_text((ORACLE / "typeorm.cjs").read_text())
    found: list[dict[str, Any]] = json.loads(run(["node", "typeorm.cjs", driver, *scripts], target))
    return found


def drizzle_migration(file: Path, dialect: str, target: Path, casing: str | None = None) -> str:
    """The SQL drizzle-kit makes of a schema; `drizzle-kit export` would leave the casing out."""
    _drizzle(file, dialect, target, casing)
    (made,) = (target / "made").glob("*.sql")
    return made.read_text()


def drizzle_snapshot(file: Path, dialect: str, target: Path, casing: str | None = None) -> dict[str, Any]:
    """The structure drizzle-kit sees in a schema."""
    _drizzle(file, dialect, target, casing)
    found: dict[str, Any] = json.loads((target / "made" / "meta" / "0000_snapshot.json").read_text())
    return found


def _drizzle(file: Path, dialect: str, target: Path, casing: str | None) -> None:
    npm_packages()
    target.mkdir(parents=True, exist_ok=True)
    if not (target / "node_modules").exists():
        (target / "node_modules").symlink_to(ORACLE / "node_modules")
        for other in file.parent.glob("*.ts"):
            shutil.copy(other, target)
    config = {"dialect": dialect, "schema": f"./{file.name}", "out": "./made"}
    (target / "drizzle.config.json").write_text(json.dumps(config | ({"casing": casing} if casing else {})))
    run(["node", "node_modules/drizzle-kit/bin.cjs", "generate", "--config", "drizzle.config.json"], target)
