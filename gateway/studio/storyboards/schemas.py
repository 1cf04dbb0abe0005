"""Storyboards on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.wire.field_types import Count, CreatedAt, Document, Dollars, Many, Microusd, Text
from gateway.kit.wire.id_types import AssetId, Id, JobId, PlanId, ProjectId
from gateway.kit.wire.models import OneOf, RequestModel, WireModel
from gateway.library.schemas import Asset, Name
from gateway.studio.documents.states import TakeState
from gateway.studio.storyboards.edits import Edit
from gateway.studio.storyboards.markdown import EXAMPLE_TEXT
from gateway.studio.storyboards.model import MOST_SHOTS, Storyboard
from gateway.studio.storyboards.normal_form import Slug

MOST_EDITS = 200


class CreateStoryboard(RequestModel):
    """A new storyboard; without `document` an empty one, called like the asset."""

    project_id: ProjectId
    name: Name
    document: Storyboard | None = Field(None, description="The storyboard itself.")


class SaveStoryboard(OneOf):
    """A whole document, or operations on the newest one."""

    forms = (
        {"document": {"not": {"type": "null"}}},
        {"operations": {"type": "array", "minItems": 1}},
    )

    asset_id: AssetId
    document: Storyboard | None = Field(None, description="The storyboard itself.")
    operations: Annotated[list[Edit], Field(min_length=1, max_length=MOST_EDITS)] | None = Field(
        None,
        description="Applied in order, all or none.",
        examples=[[{"op": "set", "fields": {"title": "The hatch"}}]],
    )


class ImportStoryboard(OneOf):
    """A text to make a storyboard of: a new one in `projectId`, or a version of `assetId`."""

    forms = ({"projectId": {"type": "string"}}, {"assetId": {"type": "string"}})

    text: str = Field(
        max_length=2**20,
        description="Markdown as exported, or a Fountain screenplay.",
        examples=[EXAMPLE_TEXT],
    )
    format: Literal["markdown", "fountain", "auto"] = Field(
        "auto", description="The format of the text."
    )
    project_id: ProjectId | None = Field(
        None,
        description="Where to create a new one.",
        examples=["proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    )
    asset_id: AssetId | None = Field(None, description="To replace; with If-Match.")


class TakeShown(WireModel):
    """A clip that was made for a shot."""

    shot_id: Id = Field(description="The shot of a storyboard.")
    job_id: JobId
    asset_id: AssetId | None
    plan_id: PlanId | None
    status: TakeState = Field(description="The progress of its job.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    created_at: CreatedAt


class StoryboardShown(Asset):
    """A storyboard with its document, and the takes of its shots."""

    document: Storyboard
    takes: Many[TakeShown] = Field(description="The clips made from its shots.")


class ReadingWarning(WireModel):
    """Something that was read otherwise than it was written; lines count from 1."""

    line: Count = Field(description="The line.")
    message: Text = Field(description="How it was read.")


class StoryboardImported(StoryboardShown):
    """A storyboard that was made of a text."""

    warnings: Many[ReadingWarning] = Field(description="Advice that changes nothing.")


class MarkdownShown(WireModel):
    """A storyboard as Markdown."""

    markdown: Document = Field(description="The storyboard as Markdown.")
    etag: Text = Field(description="Changes with each version; send it as `If-Match`.")


class PrepareRender(RequestModel):
    """The shots to render."""

    asset_id: AssetId
    shot_ids: Annotated[list[Slug], Field(min_length=1, max_length=MOST_SHOTS)] | None = Field(
        None, description="Only these shots."
    )
    mode: Literal["missing", "all"] = Field(
        "missing", description="`missing`: shots without a take; `all`: render again."
    )
    takes_per_shot: int = Field(
        1, ge=1, le=4, description="Clips per shot, each with its own seed."
    )
    combine: bool | None = Field(
        None, description="Join all clips; default: only if every shot has exactly one."
    )
