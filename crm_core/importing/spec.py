"""What a mapping file may say: which file and column fills which field, and by which rules.

Shipped mappings stand in `formats`, one per export format.
"""

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crm_core import clock
from crm_core.enums import Currency
from crm_core.errors import InvalidInput
from crm_core.importing.errors import MappingInvalid
from crm_core.importing.records import ENTITIES, kinds, required


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TenantSpec(_Strict):
    """The company that is made when there is none of the slug yet."""

    currency: Currency
    timezone: str
    language: str = "en"
    industry: str | None = None

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            clock.zone(value)
        except InvalidInput as error:
            raise ValueError(error.reason) from error
        return value


class FileSpec(_Strict):
    """One file or sheet of the export."""

    entity: str
    file: str
    """Its name without the ending."""
    is_optional: bool = False
    columns: dict[str, str]
    """Column by field."""
    spelling: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Per field: a spelling found, and the right one."""
    choices: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Per field of a closed set: their word, and ours."""
    blank: dict[str, str] = Field(default_factory=dict)
    """Per field: what a blank cell means."""
    defaults: dict[str, str] = Field(default_factory=dict)
    """Per field without a column: what holds for every row."""
    notes: dict[str, str] = Field(default_factory=dict)
    """Columns without a field that are kept as notes, by the label to keep them under."""

    @model_validator(mode="after")
    def _fits(self) -> "FileSpec":
        if self.entity not in ENTITIES:
            raise ValueError(f"entity {self.entity!r} is none of {', '.join(ENTITIES)}")
        record = ENTITIES[self.entity]
        known = kinds(record)
        for part in ("columns", "spelling", "choices", "blank", "defaults"):
            for field in getattr(self, part):
                if field not in known:
                    raise ValueError(f"{part}: {self.entity} have no field {field!r}")
        for field, words in self.choices.items():
            kind = known[field]
            if not issubclass(kind, StrEnum):
                raise ValueError(f"choices: {field} is no closed set")
            if not set(words.values()) <= set(kind):
                known_words = ", ".join(member.value for member in kind)
                raise ValueError(f"choices: {field} knows {known_words}")
        missing = required(record) - set(self.columns) - set(self.defaults)
        if missing:
            raise ValueError(
                f"{self.entity}: no column or default for {', '.join(sorted(missing))}"
            )
        if self.notes and "notes" not in known:
            raise ValueError(f"{self.entity} keep no notes")
        return self


class RulesSpec(_Strict):
    """What is done where an opportunity is not complete; without a rule its row is refused."""

    undated_on_last_day: bool = False
    """One that is open and without a day: created on the last day that the export knows."""
    estimate_at_list_price: bool = False
    """One without a value, or lost at zero: the product's list price is the estimate."""
    won_at_list_price: bool = False
    """One that is won without a value."""
    make_accounts: bool = False
    """One of an account that the accounts do not list."""


class Mapping(_Strict):
    """How one export format is read."""

    format: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    """Part of every source key: rows of two formats are never taken for each other."""
    description: str
    tenant: TenantSpec
    date_formats: list[str] = Field(min_length=1)
    branches: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Branches by the name the export uses, where it has no file of them."""
    files: list[FileSpec]
    rules: RulesSpec = RulesSpec()

    @model_validator(mode="after")
    def _once(self) -> "Mapping":
        entities = [spec.entity for spec in self.files]
        if len(set(entities)) < len(entities):
            raise ValueError("files: each entity once")
        if "branches" not in entities and not self.branches:
            raise ValueError("branches: give a file of them, or list them")
        for name, said in self.branches.items():
            if set(said) != required(ENTITIES["branches"]) - {"key"}:
                raise ValueError(f"branches: {name} needs code, city, province and timezone")
        return self

    def file_of(self, entity: str) -> FileSpec | None:
        return next((spec for spec in self.files if spec.entity == entity), None)


def load(path: Path) -> Mapping:
    """A mapping file; raises `MappingInvalid` in one line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingInvalid(f"{path} cannot be read: {error}") from error
    return parse(text, path.name)


def shipped() -> list[Mapping]:
    """The mappings that come with the product, the most particular first."""
    folder = files("crm_core.importing") / "formats"
    found = [one for one in folder.iterdir() if one.name.endswith(".yaml")]
    mappings = [parse(one.read_text(encoding="utf-8"), one.name) for one in found]
    return sorted(mappings, key=lambda each: (each.format == "template", each.format))


def parse(text: str, name: str) -> Mapping:
    """A mapping from YAML; raises `MappingInvalid` naming the entry."""
    try:
        said: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise MappingInvalid(f"{name} is no YAML: {' '.join(str(error).split())}") from error
    try:
        return Mapping.model_validate(said)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}"
            for each in error.errors()
        ]
        raise MappingInvalid(f"{name}: {'; '.join(wrong)}") from error
