"""Threads, messages and settings on the wire."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from gateway.kit.money import parse_usd, render_usd
from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    Dollars,
    Height,
    Instant,
    Many,
    Microusd,
    Text,
    UpdatedAt,
    Width,
)
from gateway.kit.wire.id_types import Id, MessageId, ProjectId, RequestId, ThreadId
from gateway.kit.wire.models import RequestModel, Usd, WireModel
from gateway.kit.wire.plain_text import NOT_BLANK_PATTERN

Block: TypeAlias = dict[str, Any]
"""A block of a message: open, for each `type` has fields of its own, and stored messages may have
those of another release."""

Title = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=NOT_BLANK_PATTERN,
        description="Its name.",
        examples=["Teaser"],
    ),
]
Pixels = Annotated[int, Field(ge=64, le=8192)]
MOST_MESSAGE_PRICE_MICROUSD = 2_000_000


def _check_message_price(text: str) -> str:
    if not 0 < parse_usd(text) <= MOST_MESSAGE_PRICE_MICROUSD:
        raise ValueError(f"must be above 0 and at most {render_usd(MOST_MESSAGE_PRICE_MICROUSD)}")
    return text


# The same rule as `_check_message_price`, for clients that read only the schema; keep both in step.
MESSAGE_PRICE_SCHEMA: JsonDict = {
    "pattern": r"^(1(\.[0-9]{1,6})?|2(\.0{1,6})?|0\.[0-9]{0,5}[1-9][0-9]{0,5})$",
    "maxLength": 8,
}
MessagePrice = Annotated[
    Usd, Field(json_schema_extra=MESSAGE_PRICE_SCHEMA), AfterValidator(_check_message_price)
]


class CreateThread(RequestModel):
    """A new thread."""

    project_id: ProjectId
    title: Title | None = Field(None, description="Default: taken from the first message.")


class SelectThread(RequestModel):
    """The thread to go on with."""

    thread_id: ThreadId


class ThreadQuery(RequestModel):
    """One thread and a page of its messages."""

    thread_id: ThreadId
    before: MessageId | None = Field(None, description="`previousCursor` of the next page.")
    limit: int = Field(30, ge=1, le=100, description="Maximum number of messages in a page.")


class ChangeThread(RequestModel):
    """Changes to a thread; omitted fields stay."""

    thread_id: ThreadId
    title: Title | None = None
    archived: bool | None = Field(None, description="True: it is no longer listed.")


class ChangeImageDefaults(RequestModel):
    """The usual size of images; omitted fields stay."""

    width: Pixels | None = Field(None, description="Width in pixels.")
    height: Pixels | None = Field(None, description="Height in pixels.")


class ChangeVideoDefaults(RequestModel):
    """The usual form of videos; omitted fields stay."""

    width: Pixels | None = Field(None, description="Width in pixels.")
    height: Pixels | None = Field(None, description="Height in pixels.")
    fps: int | None = Field(None, ge=1, le=120, description="Frames a second.")
    duration_frames: int | None = Field(None, ge=1, le=10_000, description="Frames.")


class ChangeDefaults(RequestModel):
    """The usual forms; omitted fields stay."""

    image: ChangeImageDefaults | None = Field(None, description="For images.")
    video: ChangeVideoDefaults | None = Field(None, description="For videos.")


class ChangeAgent(RequestModel):
    """New agent settings; omitted fields stay."""

    enabled: bool | None = Field(None, description="False: it accepts no messages.")
    max_price_usd: MessagePrice | None = Field(
        None, description="The most one message may cost, at most 2.00.", examples=["0.25"]
    )
    instructions: str | None = Field(
        None, max_length=2_000, description="Instructions it always follows."
    )


class ChangeSettings(RequestModel):
    """Any part of the settings; it is merged into what is there."""

    selected_project_id: ProjectId | None = Field(None, description="null: none.")
    selected_thread_id: ThreadId | None = Field(None, description="null: none.")
    defaults: ChangeDefaults | None = Field(None, description="Default values.")
    agent: ChangeAgent | None = Field(None, description="The studio's agent.")


class ImageDefaults(WireModel):
    """The usual size of images."""

    width: Width = 1024
    height: Height = 1024


class VideoDefaults(WireModel):
    """The usual form of videos."""

    width: Width = 1280
    height: Height = 704
    fps: Count = Field(24, description="Frames a second.")
    duration_frames: Count = Field(121, description="Length in frames.")


class Defaults(WireModel):
    """The studio's defaults for images and videos."""

    image: ImageDefaults = ImageDefaults()
    video: VideoDefaults = VideoDefaults()


class AgentSettings(WireModel):
    """The agent's settings."""

    enabled: bool = Field(description="Whether the agent accepts messages.")
    max_price_usd: Dollars = Field(description="The most that one message may cost, in dollars.")
    max_price_microusd: Microusd
    instructions: Text = Field(description="Instructions the agent always follows.")


class StudioSettings(WireModel):
    """The settings of the studio, one set for each account and mode."""

    selected_project_id: ProjectId | None = Field(description="The project that is selected.")
    selected_thread_id: ThreadId | None = Field(description="The thread that is selected.")
    defaults: Defaults
    agent: AgentSettings
    revision: Count = Field(description="Rises with every change.")
    created_at: CreatedAt | None
    updated_at: UpdatedAt | None


class Message(WireModel):
    """A message; each block is text, an asset, a plan, a job or a notice."""

    message_id: MessageId
    thread_id: ThreadId
    role: Literal["user", "agent", "event"] = Field(description="Who said it.")
    blocks: Many[Block] = Field(description="The content: text, assets, plans, jobs, notices.")
    request_id: RequestId | None = Field(description="The request it belongs to.")
    created_at: CreatedAt


class Thread(WireModel):
    """One conversation in a project."""

    thread_id: ThreadId
    project_id: ProjectId
    title: Text | None = Field(description="Its name.")
    archived: bool = Field(description="Whether it is archived, and therefore not listed.")
    message_count: Count = Field(description="How many messages it has.")
    last_message_at: Instant | None = Field(
        description="When its newest message was written, in UTC."
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


class ThreadDetail(Thread):
    """A thread with a page of its messages, the newest last."""

    messages: Many[Message] = Field(description="The messages, newest last.")
    previous_cursor: Id | None = Field(
        description="Send it as `before` for the previous page; null on the first page."
    )
