"""`lab audit`: a source and the settings beside it -> Findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab import readers
from lab.audit import RULES
from lab.audit import audit as judge
from lab.audit.forms import normal_forms_line
from lab.audit.settings import FILE, Settings, read_settings
from lab.datagen import read_spec
from lab.errors import LabError
from lab.model.finding import Finding
from lab.model.schema import Loss
from lab.provision import parse_spec


def audit(
    source: str, engine: str = "", config: Path | None = None, dialect: str = ""
) -> tuple[tuple[Finding, ...], Settings, tuple[Loss, ...], str]:
    """Judges a schema, for another engine than its source's where one is named, by the `audit.toml` beside it; by the
    one in this folder where the source is a running server. Returns what could not be read of the source, too, and
    the normal forms in a line, empty where no dependency is declared.

    Raises LabError for a source or settings that cannot be understood.
    """
    schema = readers.read(source, sql_dialect=dialect)
    if engine:
        schema = replace(schema, provider=parse_spec(engine).engine)
    path = Path() if readers.live.is_live(source) else Path(source)
    beside = (path if path.is_dir() else path.parent) / FILE
    settings = _settings(config or beside, is_wanted=config is not None)
    spec = beside.with_name("data.toml")
    said = read_spec(spec, schema) if spec.exists() else None
    texts = readers.source_texts(schema)
    return judge(schema, settings, texts, said), settings, schema.losses, normal_forms_line(schema, texts, said)


def _settings(path: Path, is_wanted: bool) -> Settings:
    if not is_wanted and not path.exists():
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"cannot read {path}: {error}", "give a readable file with --config") from error
    return read_settings(text, str(path), RULES)
