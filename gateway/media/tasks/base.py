"""The base of all media tasks: references in, a plan out.

A task is pure. `list_references` lists the media that an input names; the resolver of inputs turns
them into `StoredMedia`; `plan` then decides everything that can be decided: effective input,
adjustments, warnings, price.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Generic, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic.alias_generators import to_camel

from gateway.kit.wire.field_types import Count, Fraction, Many, Text
from gateway.kit.wire.models import WireModel
from gateway.library.facts import Kind, LengthLimit
from gateway.media.errors import AdjustmentRequired
from gateway.media.stored_media import StoredMedia
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import Price, PriceRule, PriceTable
from gateway.media.tasks.stages import Stages

Queue = Literal["image", "video", "cpu"]
Media = Mapping[str, Sequence[StoredMedia]]
INPUT = "input"
Limit: TypeAlias = Count | Many[Count] | dict[str, Count]
"""One limit of a task: a number, the values to choose from, or numbers by name."""


class TaskInput(BaseModel):
    """The base of all inputs: camelCase on the wire, strict, closed, frozen.

    `field_hints` says of unknown names that clients do send what to do instead.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        serialize_by_alias=True,
        strict=True,
    )
    field_hints: ClassVar[dict[str, str]] = {}


In = TypeVar("In", bound=TaskInput)
In_contra = TypeVar("In_contra", bound=TaskInput, contravariant=True)


@dataclass(frozen=True, slots=True)
class UrlReference:
    """Media named by `https://`, `asset://`, `job://` or an output URL of ours."""

    url: str


@dataclass(frozen=True, slots=True)
class InlineBytes:
    """Media sent inside the request; `mime_type` is only what the client claims."""

    mime_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobReference:
    """The first output of a job."""

    job_id: str


MediaSource = UrlReference | InlineBytes | JobReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One piece of media that an input names.

    `field` is the plain wire name under which `plan` expects it, at place `index` of the sequence;
    `path` is where the client wrote it, below `input`, for errors and adjustments. `longest` is how
    long a video may be in this field, None for the general limit.
    """

    field: str
    index: int
    kind: Kind
    path: str
    source: MediaSource
    longest: LengthLimit | None = None


AnyValue = Annotated[
    Text | Count | Fraction | bool | None,
    # One list of types instead of `anyOf`, in which programs and models look for variants.
    WithJsonSchema(
        {
            "type": ["string", "number", "boolean", "null"],
            "maxLength": 4_096,
            "minimum": 0,
            "maximum": 2**53 - 1,
        }
    ),
]


class Adjustment(WireModel):
    """An input value that was adjusted, and why."""

    field: Text = Field(description="The field, as a path in the input.")
    requested: AnyValue = Field(description="The value that was sent.")
    effective: AnyValue = Field(description="The value that is used.")
    rule: Text = Field(description="The rule that moved it.")
    message: Text = Field(description="What was moved and why, as a sentence.")


class InputWarning(WireModel):
    """Advice on an input that is taken as it is."""

    code: Text = Field(description="The kind of advice, for programs to branch on.")
    message: Text = Field(description="The advice.")


# For rows, which a newer release may have written with more fields: read with extra="ignore".
ADJUSTMENTS_ADAPTER = TypeAdapter(list[Adjustment])
WARNINGS_ADAPTER = TypeAdapter(list[InputWarning])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided about a job before it exists.

    `media` holds the inputs in order, after trimming, as the worker needs them. `overlap_frames` is
    recorded on the output for a later video.combine. `pixel_frames` is width x height x frames, for
    the capacity check. `family` names the model family it was planned for, and only a node with
    that family runs it; None accepts any that does the task. Quotes and plans store this as JSON by
    its field names: a field that is renamed here makes their rows unreadable.
    """

    effective_input: InputJson
    adjustments: list[Adjustment]
    warnings: list[InputWarning]
    price: Price
    media: Media
    pixel_frames: int
    queue: Queue
    run_limit_seconds: int
    overlap_frames: int | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeGrid:
    """The sizes that a server makes exactly: a side from `least` to `most` in steps, or a list.

    `listed` are pairs of width and height; empty for the grid.
    """

    least: int = 1
    most: int = 2**16
    step: int = 1
    listed: tuple[tuple[int, int], ...] = ()

    def has_size(self, width: int, height: int) -> bool:
        """Return True if the server makes this size."""
        if self.listed:
            return (width, height) in self.listed
        return all(
            self.least <= side <= self.most and side % self.step == 0 for side in (width, height)
        )

    def find_nearest(self, width: int, height: int) -> tuple[int, int]:
        """Return the size that is nearest to another one."""
        if self.listed:
            return min(
                self.listed, key=lambda size: (size[0] - width) ** 2 + (size[1] - height) ** 2
            )
        return self._fit_side(width), self._fit_side(height)

    def _fit_side(self, side: int) -> int:
        lowest, highest = -(-self.least // self.step), self.most // self.step
        return min(max((2 * side + self.step) // (2 * self.step), lowest), highest) * self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The abilities of the model family behind a task; the defaults are the sandbox's.

    `steps` are the inference steps of the image tasks without `highDetail`; `images` is how many
    pictures image.edit takes. `bound` is what an operator's workflow takes, None for everything.
    `makes_sound` says that the clips of the video tasks have a sound if one is asked for;
    `longest_seconds` is how long a sound may be, None for as long as the task allows. Rows of nodes
    store this as JSON by its field names.

    A family on a server of others has `is_server`: the media that it is bound to may be left out,
    and a sound that it cannot make is refused if one is asked for. Of its outputs `sizes` and
    `most_frames` say which it makes exactly, None for all. `obeyed_texts` would not be drawn but
    obeyed, so a prompt may not hold them.
    """

    steps: int = 20
    heeds_negative_prompt: bool = True
    images: int = 4
    bound: frozenset[str] | None = None
    makes_sound: bool = True
    longest_seconds: int | None = None
    is_server: bool = False
    sizes: SizeGrid | None = None
    most_frames: int | None = None
    obeyed_texts: tuple[str, ...] = ()


SANDBOX_FAMILY = Family()


class Planner(Protocol[In_contra]):
    """The decision about one input, with its media measured."""

    def __call__(
        self,
        request: In_contra,
        media: Media,
        /,
        *,
        seed: int,
        prices: PriceTable,
        family: Family = ...,
    ) -> Plan:
        """Return the plan; `seed` is used where the client gave none.

        Raises:
            Unprocessable: the input cannot be carried out with these media.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[In]):
    """One media task: all that differs from one to another, except how its pixels are made.

    `output_kind` is the kind of its outputs. `stages` are those of its work, with their weights in
    percent. `grid` divides the width and height of its effective input. `source_fields` gives, for
    each kind of output that the task can continue from, the field that takes one and the verb for
    the button. `check_input` refuses fields that exclude or need each other. `build_price_rule`
    describes the price for the catalogue.
    """

    name: str
    title: str
    description: str
    output_kind: Kind
    model: type[In]
    check_input: Callable[[In], None]
    list_references: Callable[[In], list[Reference]]
    plan: Planner[In]
    build_price_rule: Callable[[PriceTable], PriceRule]
    limits: Mapping[str, Limit]
    guidance: tuple[str, ...]
    queue: Queue
    run_limit_seconds: int
    stages: Stages
    grid: int = 1
    source_fields: Mapping[Kind, tuple[str, str]] = field(default_factory=dict)
    enabled: bool = True


def refuse_adjustments(plan: Plan) -> None:
    """Refuse a plan that adjusts anything, for a request that is `strict`.

    Raises:
        AdjustmentRequired: it does; `errors[]` has every effective value.
    """
    if not plan.adjustments:
        return
    errors = [
        adjustment.model_dump() | {"field": f"{INPUT}.{adjustment.field}"}
        for adjustment in plan.adjustments
    ]
    raise AdjustmentRequired(errors=errors)
