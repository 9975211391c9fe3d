"""Two schemas -> typed changes. A rename is never guessed: a column or table that looks like one is asked about."""

from lab.migrate.diff.guesses import likely_renames
from lab.migrate.diff.renames import Declared, read_declarations, texts_of
from lab.migrate.diff.schemas import diff

__all__ = ["Declared", "diff", "likely_renames", "read_declarations", "texts_of"]
