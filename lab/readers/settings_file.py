"""A TOML file of settings, held against what may be said there: what is wrong is told with its line and an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lab.errors import LabError, did_you_mean
from lab.model.toml_text import KeyFinder

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """`examples` shows for each setting how it is written."""

    finder: KeyFinder
    examples: Mapping[str, str]

    def checked(self, model: type[_Model], value: Mapping[str, Any], at: tuple[str, ...]) -> _Model:
        """The settings below the key `at`. Raises LabError for the first that is wrong, missing or unknown."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            places = [str(place) for place in first["loc"]]
            settings = [field.alias or name for name, field in model.model_fields.items()]
            if first["type"] == "extra_forbidden":
                self.known(places[0], settings, "setting", (*at, places[0]))
            where = self.finder.position((*at, *places))
            if first["type"] == "missing":
                raise LabError(f"{where}: {places[0]} is missing", f"write {self.examples[places[0]]}") from error
            said = first["msg"][:1].lower() + first["msg"][1:]
            raise LabError(f"{where}: {'.'.join(places)}: {said}", f"write {self.examples[places[0]]}") from error

    def known(self, name: str, known: Iterable[str], what: str, keys: tuple[str, ...]) -> None:
        """Raises LabError for a name that is none of the known ones, with the closest that is."""
        names = list(known)
        if name not in names:
            where = self.finder.position(keys)
            raise LabError(f"{where}: there is no {what} called {name}", did_you_mean(name, names))
