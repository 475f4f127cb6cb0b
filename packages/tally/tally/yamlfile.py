"""Read YAML that holds plain data only, and check it: all that is wrong, each with its entry.

What a file may hold is said by a class, most often an `Entry`; pydantic checks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from tally.errors import Failure, InputError, nearest, not_allowed

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C: ten times faster
_NAMES = ("name", "id", "key", "code", "study")
_MOST_SHOWN = 80


class Entry(BaseModel):
    """One kind of entry of a file: no field may stand in it that the class does not have."""

    # A section 3.1 or a label 2012 is text, though YAML reads a number.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


Model = TypeVar("Model", bound=BaseModel)


def read(path: Path) -> Any:
    """Read a file as mappings, lists and scalars; an empty one is an empty mapping.

    Raises
    ------
    InputError
        If it cannot be read or is no YAML, has tags that would make other things, or aliases: a few
        of these can stand for more text than any machine holds.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER)):
            raise InputError(Failure("References (*name) are not read here.", path.name))
        found = yaml.load(text, Loader=_LOADER)  # noqa: S506 (both are safe)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(Failure(f"The file is not valid YAML: {error}", path.name)) from error
    except OSError as error:
        raise InputError(
            Failure(f"The file cannot be read: {error.strerror}.", path.name)
        ) from error
    return {} if found is None else found


def load(path: Path, model: type[Model]) -> Model:
    """Read a file into an object that holds what it may hold.

    Raises
    ------
    InputError
        If it is no YAML, or holds something else: every failure at once.
    """
    return checked(read(path), model, path.name)


def checked(raw: Any, model: type[Model], place: str) -> Model:
    """Check plain data against a class and return its object; failures name `place`."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        fields = frozenset(_fields(model))
        raise InputError([_failure(e, place, raw, fields) for e in error.errors()]) from error


def _fields(model: type[BaseModel]) -> Iterator[str]:
    """Yield the names of the fields of a class and of those inside it."""
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", ())


def _failure(error: Any, place: str, raw: Any, fields: frozenset[str]) -> Failure:
    """Return what pydantic found, with the entry called by its name and not by its number."""
    path = _named(error["loc"], raw)
    match error["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            name, rule = str(error["loc"][-1]), "There is no such field here."
            return Failure(rule, place, "", path, name, nearest=nearest(name, fields))
        case "literal_error":
            allowed = re.findall("'(.*?)'", error["ctx"]["expected"])
            rule = "There is no such word here."
            return not_allowed(rule, error["input"], allowed, place=place, column=path)
        case "missing":
            return Failure("This must be given.", place, "", path)
        case "model_type" | "dataclass_type":
            return Failure("Fields with names were expected here.", place, "", path)
    hint = ' Write "no" and "yes" in quotes.' if isinstance(error["input"], bool) else ""
    if error["type"] == "string_type" and isinstance(error["input"], (int, float)):
        hint = hint or " Put it in quotes."
    rule = error["msg"].replace("Input should", "This should") + "." + hint
    return Failure(rule, place, "", path, str(error["input"])[:_MOST_SHOWN])


def _named(path: Sequence[str | int], raw: Any) -> str:
    names = []
    for step in path:
        if isinstance(step, int) and isinstance(raw, Mapping) and step not in raw:
            continue  # An entry that stands alone is read as a list of one.
        within = isinstance(raw, (Mapping, Sequence)) and not isinstance(raw, str)
        inside = isinstance(step, int) or (isinstance(raw, Mapping) and step in raw)
        raw = raw[step] if within and inside else None
        if isinstance(step, int) and isinstance(raw, Mapping):
            step = next((str(raw[name]) for name in _NAMES if name in raw), step + 1)
        names.append(str(step))
    return ": ".join(names)
