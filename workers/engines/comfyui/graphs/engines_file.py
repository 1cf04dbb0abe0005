"""The engines file (KT_ENGINES_FILE, TOML): families, their files, and the family of each task.

Families on `[upstreams.*]` are those of other servers: `workers.engines.openai.upstreams` reads
them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.esrgan import Esrgan
from workers.engines.comfyui.graphs.families.family import BuiltFamily, Family
from workers.engines.comfyui.graphs.families.flux import Flux
from workers.engines.comfyui.graphs.families.ltx import Ltx
from workers.engines.comfyui.graphs.families.qwen_image_edit import QwenImageEdit
from workers.engines.comfyui.graphs.families.sdxl import Img2Img, Sdxl
from workers.engines.comfyui.graphs.families.sounds import AceStep, StableAudio
from workers.engines.comfyui.graphs.model_files import FAMILY_FILES, find_family_files
from workers.engines.comfyui.graphs.templates.template import (
    TemplateEntry,
    TemplateRefused,
    read_template,
)

BUILT_FAMILIES: Mapping[str, type[BuiltFamily]] = {
    "sdxl": Sdxl,
    "flux": Flux,
    "qwen-image-edit": QwenImageEdit,
    "img2img": Img2Img,
    "esrgan": Esrgan,
    "ltx-2.3": Ltx,
    "ace-step": AceStep,
    "stable-audio": StableAudio,
}


class EnginesFileInvalid(ValueError):  # noqa: N818 - said of the file
    """The engines file cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class EngineFamilies:
    """Families by name, templates among them, and the family that does each routed task."""

    families: Mapping[str, Family]
    routes: Mapping[str, str]


class _EnginesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    families: dict[str, dict[str, object]] = Field(default_factory=dict)
    templates: dict[str, TemplateEntry] = Field(default_factory=dict)
    routes: dict[str, str] = Field(default_factory=dict)
    upstreams: dict[str, object] = Field(default_factory=dict)


def find_families_on(facts: ComfyFacts) -> EngineFamilies:
    """Find the families that a node has all files of; used without an engines file."""
    families: dict[str, Family] = {
        name: BUILT_FAMILIES[name].model_validate(dict(files.names))
        for name in FAMILY_FILES
        if not (files := find_family_files(name, facts)).missing
    }
    routes: dict[str, str] = {}
    for name, family in families.items():
        for task in family.tasks:
            routes.setdefault(task, name)
    return EngineFamilies(families, routes)


def list_missing_on(facts: ComfyFacts) -> dict[str, tuple[str, ...]]:
    """List, for each task that no family does on the node, the files that each would need."""
    lacks: dict[str, list[str]] = {}
    for name, family in BUILT_FAMILIES.items():
        needed = ", ".join(find_family_files(name, facts).missing)
        for task in family.tasks - find_families_on(facts).routes.keys():
            lacks.setdefault(task, []).append(f"{name}: {needed}")
    return {task: tuple(sentences) for task, sentences in lacks.items()}


def read_engines_file(path: Path) -> EngineFamilies:
    """Read an engines file; the workflows of its templates lie beside it.

    Raises:
        EnginesFileInvalid: it cannot be read, or an entry of it cannot be used.
    """
    try:
        file = _EnginesFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise EnginesFileInvalid(f"{path}: {_first_error(error)}") from None
    on_servers = {name for name, entry in file.families.items() if "upstreams" in entry}
    families: dict[str, Family] = {
        name: _build_family(name, entry)
        for name, entry in file.families.items()
        if name not in on_servers
    }
    for name, entry in file.templates.items():
        if name in file.families or name in BUILT_FAMILIES:
            raise EnginesFileInvalid(f"templates.{name}: a family has this name already")
        try:
            families[name] = read_template(entry, path.parent)
        except TemplateRefused as error:
            raise EnginesFileInvalid(f"templates.{name}: {error}") from None
    routes = {task: name for task, name in file.routes.items() if name not in on_servers}
    for task, name in routes.items():
        if name not in families:
            raise EnginesFileInvalid(f"routes.{task}: there is no family {name}")
        if task not in families[name].tasks:
            does = ", ".join(sorted(families[name].tasks))
            raise EnginesFileInvalid(f"routes.{task}: {name} does only {does}")
    return EngineFamilies(families, routes)


def _build_family(name: str, entry: Mapping[str, object]) -> BuiltFamily:
    if name not in BUILT_FAMILIES:
        names = ", ".join(BUILT_FAMILIES)
        raise EnginesFileInvalid(f"families.{name}: the families are {names}")
    try:
        return BUILT_FAMILIES[name].model_validate(entry)
    except ValidationError as error:
        raise EnginesFileInvalid(f"families.{name}.{_first_error(error)}") from None


def _first_error(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
