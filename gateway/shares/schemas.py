"""Shares on the wire."""

from pydantic import Field

from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    ExpiresAt,
    Instant,
    Many,
    NextCursor,
    Text,
    Url,
)
from gateway.kit.wire.id_types import AssetId, JobId, ShareId
from gateway.kit.wire.models import Moment, RequestModel, WireModel
from gateway.library.facts import Kind
from gateway.shares.states import ShareKind, ShareState

REF_PATTERN = (
    r"^(job://job_[0-9A-Z]{26}/[0-9]{1,3}|asset://ast_[0-9A-Z]{26}|film://flm_[0-9A-Z]{26})$"
)


class NewShareShow(RequestModel):
    """The choices of a new share: its page tells nothing unless it is set."""

    prompt: bool = Field(default=False, description="True shows the prompt.")
    seed: bool = Field(default=False, description="True shows the seed.")
    cost: bool = Field(default=False, description="True shows what the result cost.")
    showcase: bool = Field(
        default=False,
        description="True lets the operator show it on the front page, with prompt and cost.",
    )


class CreateShare(RequestModel):
    """A result to share, and what its page tells."""

    kind: ShareKind = Field(ShareKind.OUTPUT, description="The kind of thing shared.")
    ref: str = Field(
        pattern=REF_PATTERN,
        description="The result: `job://JOB/n`, the `asset://ID` that keeps one, or the "
        "`film://ID` of a rendered film.",
        examples=["job://job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0"],
    )
    show: NewShareShow = Field(
        default_factory=NewShareShow, description="Which details the page shows beside the result."
    )
    remix: bool = Field(
        default=True,
        description="True offers Remix, which reveals prompt and settings, never files or seed.",
    )
    expires_at: Moment | None = Field(
        None, description="When the link ends, at most a year ahead; default: in 30 days."
    )


class ShareShowChange(RequestModel):
    """Changes to what the page of a share tells; omitted fields stay."""

    prompt: bool | None = Field(None, description="Whether the prompt is shown.")
    seed: bool | None = Field(None, description="Whether the seed is shown.")
    cost: bool | None = Field(None, description="Whether the cost is shown.")
    showcase: bool | None = Field(None, description="Whether it may be on the front page.")


class ChangeShare(RequestModel):
    """Changes to a share; omitted fields stay."""

    share_id: ShareId
    show: ShareShowChange = Field(
        default_factory=ShareShowChange,
        description="Which details the page shows beside the result.",
    )
    remix: bool | None = Field(None, description="Whether Remix is offered.")
    expires_at: Moment | None = Field(None, description="When the link ends, at most a year ahead.")


class RevokeShare(RequestModel):
    """The share to revoke."""

    share_id: ShareId = Field(description="A share of this account.")


class ShareQuery(RequestModel):
    """The shares to list: all, one, or those of one result."""

    share_id: ShareId | None = Field(None, description="Only this share; 404 if there is none.")
    ref: str | None = Field(None, pattern=REF_PATTERN, description="Only shares of this reference.")
    active: bool = Field(default=False, description="1: only those whose link works.")
    limit: int = Field(50, ge=1, le=100, description="Maximum number of shares in a page.")
    cursor: ShareId | None = Field(None, description="`nextCursor` of the previous page.")


class ShareShow(WireModel):
    """The choices of what the page of a share tells."""

    prompt: bool = Field(description="Whether the prompt is shown.")
    seed: bool = Field(description="Whether the seed is shown.")
    cost: bool = Field(description="Whether the cost is shown.")
    showcase: bool = Field(description="Whether the operator may show it on the front page.")


class Share(WireModel):
    """A result that anybody with its link can see, until it expires or is revoked."""

    share_id: ShareId
    kind: ShareKind = Field(description="The kind of thing shared.")
    ref: Text = Field(description="The result, as it was named when it was shared.")
    state: ShareState = Field(
        description="`active` while the link works; `ended`: its result was deleted."
    )
    url: Url | None = Field(
        description="The secret link; null when it no longer works or cannot be shown again."
    )
    show: ShareShow
    remix: bool = Field(description="Whether the page offers Remix.")
    featured: bool = Field(description="Whether it is on the front page now.")
    media_kind: Kind = Field(description="`image`, `video` or `audio`.")
    asset_id: AssetId = Field(description="The asset that keeps the result.")
    job_id: JobId = Field(description="The job that made it.")
    output_index: Count = Field(description="Which output of the job.")
    livemode: bool = Field(description="False: made in test mode, drawn by the sandbox.")
    created_at: CreatedAt
    expires_at: ExpiresAt
    revoked_at: Instant | None = Field(description="When it was revoked, in UTC; null: it was not.")


class SharePage(WireModel):
    """A page of shares, newest first."""

    data: Many[Share] = Field(description="The shares, newest first.")
    next_cursor: NextCursor | None
