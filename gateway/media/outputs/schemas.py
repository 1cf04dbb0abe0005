"""Results on the wire: one output of a job with its prompt, and changes to several."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.kit.wire.field_types import (
    Bytes,
    Count,
    CreatedAt,
    Document,
    Dollars,
    DurationSeconds,
    Frames,
    FramesPerSecond,
    Height,
    Instant,
    Many,
    Microusd,
    NextCursor,
    Placeholder,
    PreviewClipUrl,
    PreviewUrls,
    Text,
    Url,
    Width,
)
from gateway.kit.wire.id_types import AssetId, JobId, ProjectId
from gateway.kit.wire.models import Moment, OneOf, RequestModel, WireModel
from gateway.library.facts import Kind
from gateway.library.schemas import AssetMade, Name
from gateway.media.jobs.job_schemas import JobParent
from gateway.media.schemas import MOST_OUTPUTS, OutputRef
from gateway.media.states import OutputState

CURSOR_PATTERN = r"^job_[0-9A-Z]{26}/[0-9]$"


class OutputQuery(RequestModel):
    """The results to list; filters add up."""

    q: str | None = Field(
        None, max_length=200, description="Only results with all these words in prompt or name."
    )
    kind: Kind | None = Field(None, description="Only results of this kind.")
    task: str | None = Field(None, max_length=40, description="Only results of this task.")
    starred: bool | None = Field(None, description="1: only those with a star; 0: without one.")
    project_id: ProjectId | None = Field(
        None, description="Only results filed under this project or kept in it."
    )
    ends_before: Moment | None = Field(
        None, description="Only those that are not kept and end before this time, in ISO 8601."
    )
    job_id: JobId | None = Field(None, description="Only results of this job.")
    output_index: int | None = Field(
        None, ge=0, le=9, description="Only this result of `jobId`; 404 if there is none."
    )
    parent_job_id: JobId | None = Field(
        None, description="Only results made from an output of this job."
    )
    parent_index: int | None = Field(
        None, ge=0, le=9, description="Only those made from this output of `parentJobId`."
    )
    order: Literal["newest", "oldest"] = Field(
        "newest", description="Newest first, or the same list from its end."
    )
    limit: int = Field(48, ge=1, le=100, description="Maximum number of results in a page.")
    cursor: str | None = Field(
        None,
        pattern=CURSOR_PATTERN,
        description="`nextCursor` of the previous page, or a `jobId`, a slash and an "
        "`outputIndex`, to begin behind that result.",
        examples=["job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0"],
    )


class MediaOutput(WireModel):
    """One result: a file that a job made, with what it was made from.

    A result whose 48 hours are over and that is not kept is `expired`: no address is left, but
    prompt and seed are, to make it again.
    """

    job_id: JobId
    output_index: Count = Field(description="Which output of the job, from 0.")
    task: Text = Field(description="The media task.")
    kind: Kind = Field(description="Its kind.")
    state: OutputState = Field(description="Whether its bytes can be fetched.")
    name: Text | None = Field(description="The name that its owner gave it.")
    prompt: Document | None = Field(description="Its prompt; null if it had none or was erased.")
    starred: bool = Field(description="Whether it has a star.")
    seed: Count | None = Field(description="The seed that makes exactly this one again.")
    width: Width | None
    height: Height | None
    frames: Frames | None
    fps: FramesPerSecond | None
    duration_seconds: DurationSeconds | None
    has_audio: bool | None = Field(description="Whether it has sound.")
    mime_type: Text = Field(description="The media type of the bytes.")
    bytes: Bytes
    url: Url | None = Field(description="Its address; null when it can no longer be fetched.")
    poster_url: Url | None = Field(description="Address of a picture of it.")
    preview_urls: PreviewUrls
    preview_clip_url: PreviewClipUrl | None
    placeholder: Placeholder | None
    asset_id: AssetId | None = Field(description="The asset that keeps it, if any.")
    project_id: ProjectId | None = Field(description="The project of that asset, or of the job.")
    parent: JobParent | None = Field(description="The result that it was made from.")
    cost_usd: Dollars = Field(description="Its share of what the job cost, in dollars.")
    cost_microusd: Microusd
    livemode: bool = Field(description="True for real money, false for play money.")
    created_at: CreatedAt
    expires_at: Instant | None = Field(description="When it ends, in UTC; null if it is kept.")
    filename: Text = Field(description="The name under which a browser saves it.")


class OutputPage(WireModel):
    """A page of results: newest job first, and the outputs of a job in their order."""

    data: Many[MediaOutput] = Field(description="The results.")
    next_cursor: NextCursor | None


class ChosenOutputs(RequestModel):
    """The results to delete."""

    outputs: list[OutputRef] = Field(
        min_length=1, max_length=MOST_OUTPUTS, description="Results of this account."
    )


class ChangeOutputs(ChosenOutputs):
    """Changes to results; omitted fields stay."""

    starred: bool | None = Field(None, description="Give them a star, or take it away.")
    name: Name | None = Field(
        None, description="Its new name, only for one result; null takes the name away."
    )

    @model_validator(mode="after")
    def _name_one(self) -> Self:
        if "name" in self.model_fields_set and len(self.outputs) > 1:
            context = {"hint": "Send one output with `name`."}
            raise PydanticCustomError("one_name", "takes `name` for one output only", context)
        return self


class NotKept(WireModel):
    """A result that was to be kept, but no asset keeps it, and the reason."""

    job_id: JobId
    output_index: Count = Field(description="Which of its outputs, from 0.")
    code: Text = Field(description="The kind of reason, for programs to branch on.")
    message: Text = Field(description="The reason.")


class ChangedOutputs(WireModel):
    """The results as they are now, in the order in which they were sent."""

    data: Many[MediaOutput] = Field(description="The results.")
    not_kept: Many[NotKept] = Field(
        default_factory=list, description="Results that were starred and could not be kept."
    )


class DeletedOutputs(ChangedOutputs):
    """The deleted results, and the moment that names this deletion."""

    deleted_at: Instant = Field(
        description="When they were deleted, in UTC; restoreOutputs takes it instead of `outputs`."
    )


class RestoreOutputs(OneOf):
    """The results to restore: these, or those of one deletion."""

    forms = ({"outputs": {"type": "array"}}, {"deletedAt": {"type": "string"}})

    outputs: list[OutputRef] | None = Field(
        None, min_length=1, max_length=MOST_OUTPUTS, description="Results of this account."
    )
    deleted_at: Moment | None = Field(
        None, description="Instead of `outputs`: the `deletedAt` that deleteOutputs answered."
    )


class KeptOutputs(WireModel):
    """The assets that keep results, and those results that could not be kept.

    Both are in the order in which the results were sent; `source` of an asset names its result.
    """

    data: Many[AssetMade] = Field(description="The assets, of results that are kept now.")
    not_kept: Many[NotKept] = Field(description="Results that are not kept.")


class PromptQuery(RequestModel):
    """The prompts to list."""

    limit: int = Field(50, ge=1, le=100, description="Maximum number of prompts.")


class Prompt(WireModel):
    """A prompt that the account used, and its newest job."""

    prompt: Document = Field(description="The prompt.")
    task: Text = Field(description="The media task of that job.")
    job_id: JobId
    created_at: CreatedAt


class Prompts(WireModel):
    """Different prompts, newest first."""

    data: Many[Prompt] = Field(description="The prompts.")


class Preset(WireModel):
    """A style or a camera: words that the client writes into the prompt."""

    preset_id: Text = Field(description="The preset; send it in `presetIds` of a submit.")
    kind: Literal["style", "camera"] = Field(description="Its kind.")
    title: Text = Field(description="Its new name.")
    words: Text = Field(description="The words to write into the prompt.")
    sample: Text | None = Field(description="What to expect of it, in a few words.")


class Presets(WireModel):
    """The presets of this gateway."""

    data: Many[Preset] = Field(description="The presets: styles, then cameras.")
