"""The models of the OpenAI door: our kinds and tasks, and the names that the operator lends them.

A model here is a kind of media: one name serves generations and edits, for the address chooses the
task. An operator may let other names stand for it (`KT_OPENAI_MODELS`); no other name does.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.doors.openai.errors import ModelNotFound
from gateway.kit.errors import InvalidInput
from gateway.kit.wire.misspellings import build_suggestion
from gateway.kit.wire.validation import read_first_error, to_printable_name
from gateway.media.schemas import TaskShown
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS

Kind = Literal["image", "video"]
M = TypeVar("M", bound=BaseModel)
OWN_MODELS: Mapping[str, Kind] = {"killatamata-image": "image", "killatamata-video": "video"}
OWNER = "killatamata"
WILDCARD = "*"
RELEASED_AT = 1_795_564_800  # 25 November 2026 in seconds; the SDKs need a time


class _AliasEntry(BaseModel):
    """One entry of the operator's file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Kind
    answer: Literal["b64_json", "url"] = "b64_json"
    defaults: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that stands for a kind, a prefix if it ends in `*`; its answer's form and defaults."""

    name: str
    kind: Kind
    answer: Literal["b64_json", "url"] = "b64_json"
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def fits(self, name: str) -> bool:
        """Return True if a model's name is this one, or begins with it."""
        if self.name.endswith(WILDCARD):
            return name.startswith(self.name.removesuffix(WILDCARD))
        return name == self.name


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model of a request: how its answer comes by default, and the fields that it fills in."""

    answer: Literal["b64_json", "url"] = "b64_json"
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one gateway."""

    aliases: Sequence[Alias] = ()

    def list_names(self) -> list[str]:
        """Return all names, as lists show them."""
        own = [*OWN_MODELS, *(name for name in TASKS if name in ENABLED_TASKS)]
        return [*own, *(alias.name for alias in self.aliases)]

    def choose_model(self, name: str | None, kind: Kind, task: str) -> ChosenModel:
        """Return what a model's name means at the address of a task.

        Raises:
            ModelNotFound: there is no such model; the hint lists ours.
            InvalidInput: it is one of another kind, or another task.
        """
        if name is None or name == task:
            return ChosenModel()
        alias = self.find_alias(name)
        if alias is None and OWN_MODELS.get(name) != kind:
            if name in OWN_MODELS or name in ENABLED_TASKS:
                raise self._refuse_other_kind(name, kind)
            raise self.refuse_unknown(name)
        if alias is None:
            return ChosenModel()
        if alias.kind != kind:
            raise self._refuse_other_kind(name, kind)
        return ChosenModel(alias.answer, alias.defaults)

    def find_alias(self, name: str) -> Alias | None:
        """Return the alias that a name means: its own, else the longest prefix."""
        fitting = [alias for alias in self.aliases if alias.fits(name)]
        return max(fitting, key=lambda alias: (alias.name == name, len(alias.name)), default=None)

    def refuse_unknown(self, name: str) -> ModelNotFound:
        """Return the refusal of a model that is not here."""
        hint = build_suggestion(name, self.list_names(), otherwise="Models")
        return ModelNotFound(
            f"There is no model `{to_printable_name(name)}` here.", field="model", hint=hint
        )

    def _refuse_other_kind(self, name: str, kind: Kind) -> InvalidInput:
        return InvalidInput(
            f"`{to_printable_name(name)}` does not do what this address does.",
            field="model",
            hint=f"Send `killatamata-{kind}`, or leave it out.",
        )

    def find_tasks(self, name: str) -> Sequence[str]:
        """Return the tasks of a model's name; none for an unknown one."""
        alias = self.find_alias(name)
        kind = OWN_MODELS.get(name) if alias is None else alias.kind
        if kind is None:
            return [name] if name in ENABLED_TASKS else []
        return [each for each in TASKS if each in ENABLED_TASKS and each.startswith(f"{kind}.")]


def render_model(name: str, tasks: Sequence[TaskShown]) -> dict[str, object]:
    """Return a model as the list shows it; `tasks` are those that it does."""
    return {
        "id": name,
        "object": "model",
        "created": RELEASED_AT,
        "owned_by": OWNER,
        "killatamata": {
            "tasks": [task.task for task in tasks],
            "price": {task.task: task.price.model_dump(mode="json") for task in tasks},
            "limits": {task.task: task.limits for task in tasks},
            "capacity": {task.task: task.capacity.model_dump(mode="json") for task in tasks},
        },
    }


def load_models(file: Path | None, fields: Mapping[Kind, type[BaseModel]]) -> Models:
    """Load the operator's names; `fields` are the models whose fields may have defaults.

    Raises:
        ValueError: the file is not as documented; the message names it.
    """
    if file is None:
        return Models()
    try:
        entries = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"KT_OPENAI_MODELS: {error}") from None
    return Models([_read_alias(name, entry, fields) for name, entry in entries.items()])


def _read_alias(name: str, entry: object, fields: Mapping[Kind, type[BaseModel]]) -> Alias:
    if WILDCARD in name.removesuffix(WILDCARD):
        raise ValueError(f"KT_OPENAI_MODELS: `{name}` may have a * only at its end")
    read = _validate_entry(name, entry, _AliasEntry)
    sample = _validate_entry(name, {"prompt": "a fox"} | read.defaults, fields[read.kind])
    # As the reader of requests makes them, not as the file has them.
    defaults = {each: getattr(sample, each) for each in read.defaults}
    return Alias(name, read.kind, read.answer, defaults)


def _validate_entry(name: str, entry: object, model: type[M]) -> M:
    try:
        return model.model_validate(entry, strict=True)
    except ValidationError as error:
        found = read_first_error(error, model)
        words = f"`{found['field']}` {found['message']}"
        raise ValueError(f"KT_OPENAI_MODELS: `{name}`: {words}") from None
