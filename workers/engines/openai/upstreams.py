"""The upstreams of the engines file: servers, the families on them, and what they cost.

    [upstreams.omni-1]                           a server, which becomes a node of the pool
    [families.wan]                               a family with `upstreams` is one on servers
    upstreams = ["omni-1"]

The key of a server is never in the file, which names the environment's variable that holds it.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, lcm
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from gateway.kit import money
from gateway.media.nodes import node_pool
from gateway.media.nodes.node_pool import NodeAbility
from gateway.media.tasks.base import Family as Planning
from gateway.media.tasks.base import SizeGrid
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import MEGAPIXEL
from gateway.media.tasks.rules.picture_rules import HIGH_DETAIL_FACTOR
from workers.engines.comfyui.graphs.engines_file import EnginesFileInvalid
from workers.engines.comfyui.graphs.families.family import Patience
from workers.engines.openai.addresses import refuse_link_local
from workers.engines.openai.dialects.catalogue import DIALECTS
from workers.engines.openai.dialects.dialect import ALWAYS_BOUND, Dialect

CostUnit = Literal["second", "image", "megapixel", "request"]
MOST_INFLIGHT = 256
HIGH_DETAIL, STEPS = "highDetail", "steps"
_SIZE = re.compile(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})")
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


@dataclass(frozen=True, slots=True)
class Cost:
    """The tariff of a server's owner: micro-USD for each second, image, megapixel or request."""

    unit: CostUnit
    microusd: int

    def compute(self, values: InputJson, calls: int) -> int:
        """Return the cost of a plan that takes this many calls, in micro-USD, rounded up."""
        pictures = int(values.get("count", 1))
        area = int(values.get("width", 0)) * int(values.get("height", 0))
        quantities: Mapping[CostUnit, Fraction] = {
            "second": Fraction(int(values.get("durationFrames", 0)), int(values.get("fps", 1))),
            "image": Fraction(pictures),
            "megapixel": Fraction(area * pictures, MEGAPIXEL),
            "request": Fraction(calls),
        }
        return ceil(quantities[self.unit] * self.microusd)


@dataclass(frozen=True, slots=True)
class ServerFamily:
    """A family on servers: one task by one model, and the fields of a job that it takes."""

    name: str
    task: str
    model: str
    takes: frozenset[str]
    steps: int | None = None
    guidance: float | None = None
    images: int = 1
    sizes: SizeGrid | None = None
    most_frames: int | None = None
    audio: bool = False
    obeyed_texts: tuple[str, ...] = ()
    max_pixel_frames: int | None = None
    patience: int = 1

    @property
    def planning(self) -> Planning:
        """Return the traits by which jobs of the family are planned."""
        return Planning(
            steps=self.steps or Planning().steps,
            images=self.images,
            bound=ALWAYS_BOUND[self.task] | self.takes,
            makes_sound=self.audio,
            is_server=True,
            sizes=self.sizes,
            most_frames=self.most_frames,
            obeyed_texts=self.obeyed_texts,
        )

    def build_ability(self, lacks: tuple[str, ...] = ()) -> NodeAbility:
        """Build the ability of a node with this family, which lacks this for it."""
        return NodeAbility(self.name, self.max_pixel_frames, lacks, self.planning, self.patience)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A server as its operator set it; without a dialect, that and its families are found out."""

    name: str
    url: str
    dialect: Dialect | None
    key_env: str | None = None
    key: str = field(default="", repr=False)
    max_inflight: int = 1
    metrics_url: str | None = None
    cost: Cost | None = None
    families: Mapping[str, ServerFamily] = field(default_factory=dict)

    def read_key(self) -> str:
        """Return the key from the environment; empty if the server needs none.

        Raises:
            EnginesFileInvalid: the variable is not set.
        """
        if self.key_env is None:
            return self.key
        key = os.environ.get(self.key_env, "")
        if not key:
            raise EnginesFileInvalid(f"upstreams.{self.name}.key_env: {self.key_env} is not set")
        return key


Upstreams = Mapping[str, Upstream]


def build_unknown_upstream(name: str, url: str, key: str) -> Upstream:
    """Build the upstream of a server of which only the address is known.

    Raises:
        ValueError: it is no address, or a link-local one.
    """
    address = refuse_link_local(node_pool.parse_node_url(url))
    path = urlsplit(address).path
    return Upstream(name, address if path else f"{address}/v1", dialect=None, key=key)


class _CostEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    second: str | None = None
    image: str | None = None
    megapixel: str | None = None
    request: str | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        self.to_cost()
        return self

    def to_cost(self) -> Cost:
        named: dict[CostUnit, str | None] = {
            "second": self.second,
            "image": self.image,
            "megapixel": self.megapixel,
            "request": self.request,
        }
        given = {unit: text for unit, text in named.items() if text is not None}
        if len(given) != 1:
            raise ValueError("give one of second, image, megapixel and request")
        [(unit, text)] = given.items()
        return Cost(unit, money.parse_usd(text))


class _UpstreamEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    dialect: str
    url: str
    key_env: Annotated[str, Field(pattern=_VARIABLE)] | None = None
    max_inflight: Annotated[int, Field(ge=1, le=MOST_INFLIGHT)] = 1
    metrics_url: str | None = None
    cost: _CostEntry | None = None

    @field_validator("dialect")
    @classmethod
    def _check_dialect(cls, name: str) -> str:
        if name not in DIALECTS:
            raise ValueError(f"the dialects are {', '.join(DIALECTS)}")
        return name

    @field_validator("url", "metrics_url")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        return None if url is None else refuse_link_local(node_pool.parse_node_url(url))


class _SizesEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    min: Annotated[int, Field(ge=16)]
    max: Annotated[int, Field(ge=16)]
    step: Annotated[int, Field(ge=1)] = 16


class _FramesEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    max: Annotated[int, Field(ge=9)]


class _FamilyEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    upstreams: Annotated[list[str], Field(min_length=1)]
    task: str
    model: Annotated[str, Field(min_length=1, max_length=200)]
    takes: list[str] = Field(default_factory=list)
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    guidance: Annotated[float, Field(ge=0, le=100)] | None = None
    images: Annotated[int, Field(ge=1, le=4)] = 1
    sizes: _SizesEntry | list[str] | None = None
    frames: _FramesEntry | None = None
    audio: bool = False
    max_pixel_frames: Annotated[int, Field(gt=0)] | None = None
    patience: Patience = 1

    @field_validator("task")
    @classmethod
    def _check_task(cls, task: str) -> str:
        if task not in ALWAYS_BOUND:
            raise ValueError(f"servers do {', '.join(ALWAYS_BOUND)}")
        return task


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    upstreams: dict[str, _UpstreamEntry] = Field(default_factory=dict)
    families: dict[str, dict[str, object]] = Field(default_factory=dict)
    routes: dict[str, str] = Field(default_factory=dict)


def read_upstreams(path: Path) -> Upstreams:
    """Read the upstreams and their families from an engines file.

    Raises:
        EnginesFileInvalid: an entry cannot be used; the text says where and why.
    """
    try:
        file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise EnginesFileInvalid(f"{path}: {_first_error(error)}") from None
    entries = {
        name: _read_family(name, entry)
        for name, entry in file.families.items()
        if "upstreams" in entry
    }
    families = {name: _build_family(name, entry, file) for name, entry in entries.items()}
    used = _choose_routed(families, file.routes)
    return {
        name: _build_upstream(
            name,
            entry,
            {
                family.task: family
                for family in used.values()
                if name in entries[family.name].upstreams
            },
        )
        for name, entry in file.upstreams.items()
    }


def _build_upstream(
    name: str, entry: _UpstreamEntry, families: Mapping[str, ServerFamily]
) -> Upstream:
    try:
        node_pool.check_node_name(name)
    except ValueError as error:
        raise EnginesFileInvalid(f"upstreams.{name}: {error}") from None
    return Upstream(
        name=name,
        url=entry.url,
        dialect=DIALECTS[entry.dialect],
        key_env=entry.key_env,
        max_inflight=entry.max_inflight,
        metrics_url=entry.metrics_url,
        cost=None if entry.cost is None else entry.cost.to_cost(),
        families=families,
    )


def _read_family(name: str, entry: Mapping[str, object]) -> _FamilyEntry:
    try:
        return _FamilyEntry.model_validate(entry)
    except ValidationError as error:
        raise EnginesFileInvalid(f"families.{name}.{_first_error(error)}") from None


def _build_family(name: str, entry: _FamilyEntry, file: _File) -> ServerFamily:
    place = f"families.{name}"
    for upstream in entry.upstreams:
        if upstream not in file.upstreams:
            raise EnginesFileInvalid(f"{place}.upstreams: there is no upstream {upstream}")
        _check_takes(place, entry, DIALECTS[file.upstreams[upstream].dialect])
    takes = set(entry.takes) - {HIGH_DETAIL}
    if HIGH_DETAIL in entry.takes or entry.steps is not None:
        takes.add(STEPS)  # the name under which the rules of tasks know what more detail needs
    return ServerFamily(
        name=name,
        task=entry.task,
        model=entry.model,
        takes=frozenset(takes),
        steps=entry.steps,
        guidance=entry.guidance,
        images=entry.images,
        sizes=_read_sizes(place, entry.sizes, TASKS[entry.task].grid),
        most_frames=None if entry.frames is None else entry.frames.max,
        audio=entry.audio,
        obeyed_texts=tuple(
            text
            for name in entry.upstreams
            for text in DIALECTS[file.upstreams[name].dialect].obeyed_texts
        ),
        max_pixel_frames=entry.max_pixel_frames,
        patience=entry.patience,
    )


def _check_takes(place: str, entry: _FamilyEntry, dialect: Dialect) -> None:
    able = dialect.bindings.get(entry.task)
    if able is None:
        does = ", ".join(dialect.bindings)
        raise EnginesFileInvalid(f"{place}.task: {dialect.name} does only {does}")
    if entry.steps is not None and STEPS not in able:
        raise EnginesFileInvalid(f"{place}.steps: {dialect.name} sets no steps")
    if entry.steps is None and entry.task in dialect.needs_steps:
        raise EnginesFileInvalid(f"{place}.steps: {dialect.name} needs them for {entry.task}")
    most, factor = dialect.most_steps.get(entry.task), Fraction(1)
    if entry.task.startswith("image."):
        factor = HIGH_DETAIL_FACTOR  # pictures with `steps` are offered in more detail
    if most is not None and ceil((entry.steps or 0) * factor) > most:
        raise EnginesFileInvalid(
            f"{place}.steps: {dialect.name} makes {most} at most, with highDetail too"
        )
    if entry.guidance is not None and entry.guidance > dialect.most_guidance:
        raise EnginesFileInvalid(
            f"{place}.guidance: {dialect.name} takes {dialect.most_guidance or 'none'}"
        )
    for name in entry.takes:
        if name not in able - {STEPS}:
            known = ", ".join(sorted(able - {STEPS})) or "nothing more"
            raise EnginesFileInvalid(
                f"{place}.takes: {dialect.name} takes for {entry.task} {known}, and no {name}"
            )


def _read_sizes(
    place: str, sizes: _SizesEntry | list[str] | None, task_grid: int
) -> SizeGrid | None:
    """Read sizes, of which jobs can have those on the grid of their task only."""
    if sizes is None:
        return None
    if isinstance(sizes, _SizesEntry):
        step = lcm(sizes.step, task_grid)
        if -(-sizes.min // step) * step > sizes.max:
            raise EnginesFileInvalid(f"{place}.sizes: no multiple of {step} is from min to max")
        return SizeGrid(least=sizes.min, most=sizes.max, step=step)
    matches = [_SIZE.fullmatch(size) for size in sizes]
    listed = tuple((int(match[1]), int(match[2])) for match in matches if match is not None)
    if not listed or len(listed) != len(sizes):
        raise EnginesFileInvalid(f'{place}.sizes: a list has sizes as "1024x768"')
    if any(side % task_grid for size in listed for side in size):
        raise EnginesFileInvalid(f"{place}.sizes: the sides are multiples of {task_grid}")
    return SizeGrid(listed=listed)


def _choose_routed(
    families: Mapping[str, ServerFamily], routes: Mapping[str, str]
) -> Mapping[str, ServerFamily]:
    """Return the families that do their task; where several could, `[routes]` names the one."""
    by_task: dict[str, list[ServerFamily]] = {}
    for family in families.values():
        by_task.setdefault(family.task, []).append(family)
    used: dict[str, ServerFamily] = {}
    for task, several in by_task.items():
        routed = routes.get(task)
        chosen = [one for one in several if routed in {None, one.name}]
        if len(chosen) > 1:
            names = " and ".join(one.name for one in chosen)
            raise EnginesFileInvalid(f"routes.{task}: name one of {names}")
        used |= {one.name: one for one in chosen}
    return used


def _first_error(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
