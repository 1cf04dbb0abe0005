"""Projects and assets on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.kit.wire.field_types import (
    Bytes,
    Count,
    CreatedAt,
    Dollars,
    DurationSeconds,
    ExpiresAt,
    Frames,
    FramesPerSecond,
    Height,
    Instant,
    Many,
    Microusd,
    NextCursor,
    ObjectVersion,
    Placeholder,
    PreviewClipUrl,
    PreviewUrls,
    Sha256,
    Text,
    UpdatedAt,
    Url,
    Width,
)
from gateway.kit.wire.id_types import AssetId, JobId, PlanId, ProjectId
from gateway.kit.wire.models import OneOf, RequestModel, Since, WireModel
from gateway.kit.wire.plain_text import NOT_BLANK_PATTERN

AssetKind = Literal["image", "video", "audio", "text", "storyboard"]
SourceType = Literal["upload", "job", "url", "import", "agent", "key"]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=50)]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=NOT_BLANK_PATTERN,
        description="Its name.",
        examples=["Fox"],
    ),
]
ProjectName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=120,
        pattern=NOT_BLANK_PATTERN,
        description="Its name.",
        examples=["Fox"],
    ),
]
Tags = Annotated[list[Tag], Field(max_length=20, description="Words to find it by.")]
Filename = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1_000,
        description="A label; for text its kind: .md or .txt. The bytes decide other types.",
        examples=["fox.png"],
    ),
]
MIB = 2**20
UPLOAD_BYTES = 512 * MIB


class CreateProject(RequestModel):
    """A new project."""

    name: ProjectName
    description: str = Field("", max_length=2_000, description="Its subject.")


class ChangeProject(RequestModel):
    """Changes to a project; omitted fields stay."""

    project_id: ProjectId
    name: ProjectName | None = None
    description: str | None = Field(None, max_length=2_000, description="Its subject.")
    cover_asset_id: AssetId | None = Field(
        None, description="An image of the project as its cover; null: none."
    )
    archived: bool | None = Field(None, description="True makes it read-only.")


class Counts(WireModel):
    """The size of a project; archived assets do not count."""

    threads: Count = Field(description="Number of threads.")
    assets: Count = Field(description="Number of assets kept.")


class Project(WireModel):
    """A project: threads, assets and the jobs filed under it."""

    project_id: ProjectId
    name: Text = Field(description="The name of the project.")
    description: Text = Field(description="Its subject.")
    cover_asset_id: AssetId | None = Field(description="The image shown for it.")
    archived: bool = Field(description="Whether it is archived, and therefore not listed.")
    counts: Counts
    spent_usd: Dollars = Field(description="The amount spent on it, in dollars.")
    spent_microusd: Microusd
    created_at: CreatedAt
    updated_at: UpdatedAt


class AssetSource(WireModel):
    """The origin of an asset."""

    type: SourceType = Field(description="Its kind.")
    job_id: JobId | None = None
    output_index: Count | None = Field(None, description="Which output of the job.")
    plan_id: PlanId | None = None


class Asset(WireModel):
    """A file that the account keeps; `asset://` and its id is a media input of jobs.

    `downloadUrl` needs no key and works for a day; each read signs a new one. It is null once the
    bytes of an archived asset are gone.
    """

    asset_id: AssetId
    project_id: ProjectId
    kind: AssetKind = Field(description="Its kind.")
    name: Text = Field(description="The name of the asset.")
    filename: Text = Field(description="The name of the file.")
    mime_type: Text = Field(description="The media type of the bytes.")
    bytes: Bytes
    sha256: Sha256 = Field(description="SHA-256 of the stored bytes.")
    source_sha256: Sha256 | None = Field(description="SHA-256 of the bytes as uploaded.")
    width: Width | None = None
    height: Height | None = None
    duration_seconds: DurationSeconds | None = None
    fps: FramesPerSecond | None = None
    frames: Frames | None = None
    has_audio: bool | None = Field(None, description="Whether it has sound.")
    tags: Many[Text] = Field(description="Tags to find it by.")
    notes: Text = Field(description="Free-form notes.")
    rating: Count = Field(description="0 means not rated, 5 is best.")
    archived: bool = Field(description="Whether it is archived, and therefore not listed.")
    source: AssetSource
    version: ObjectVersion
    etag: Text = Field(description="Changes with each version; send it as `If-Match`.")
    preview_urls: Annotated[PreviewUrls, Since("0.7", "Field(default_factory=dict)")]
    preview_clip_url: PreviewClipUrl | None
    placeholder: Placeholder | None
    download_url: Url | None = Field(description="Address of the bytes; no key needed.")
    download_url_expires_at: Instant | None = Field(
        description="When `downloadUrl` stops working, in UTC."
    )
    created_at: CreatedAt
    updated_at: UpdatedAt


class AssetMade(Asset):
    """An asset that was kept; `deduplicated`: it was there before."""

    deduplicated: bool = Field(
        default=False, description="Whether the same bytes were already stored."
    )


class AssetQuery(RequestModel):
    """The assets of a project to list."""

    project_id: ProjectId = Field(description="A project of this account.")
    kind: AssetKind | None = Field(None, description="Only assets of this kind.")
    tag: Tag | None = Field(None, description="Only assets with this tag.")
    archived: bool = Field(default=False, description="1: archived assets instead.")
    limit: int = Field(50, ge=1, le=100, description="Maximum number of assets in a page.")
    cursor: AssetId | None = Field(None, description="`nextCursor` of the previous page.")


class AllAssetsQuery(RequestModel):
    """Assets of all projects to list."""

    q: str | None = Field(
        None, max_length=200, description="Only assets with all these words in name or tags."
    )
    kind: AssetKind | None = Field(None, description="Only assets of this kind.")
    tag: Tag | None = Field(None, description="Only assets with this tag.")
    starred: bool | None = Field(None, description="1: only those with a rating; 0: without one.")
    project_id: ProjectId | None = Field(None, description="Only assets of this project.")
    archived: bool = Field(default=False, description="1: archived assets instead.")
    limit: int = Field(50, ge=1, le=100, description="Maximum number of assets in a page.")
    cursor: AssetId | None = Field(None, description="`nextCursor` of the previous page.")


class OneAsset(RequestModel):
    """The asset to read."""

    asset_id: AssetId = Field(description="An asset of this account.")


class AssetPage(WireModel):
    """A page of assets, newest first."""

    data: Many[Asset] = Field(description="The assets, newest first.")
    next_cursor: NextCursor | None


class UploadQuery(RequestModel):
    """The project and name of the file."""

    project_id: ProjectId | None = Field(
        None, description="A project of this account; default: the one called Inbox."
    )
    filename: Filename
    upload_token: str | None = Field(
        None, max_length=200, description="From an upload link; replaces the key."
    )


class CreateUploadLink(OneOf):
    """One file, or up to 32 files, to be uploaded without a key."""

    forms = ({"filename": {"type": "string"}}, {"filenames": {"type": "array"}})

    filename: Filename | None = None
    filenames: list[Filename] | None = Field(
        None,
        min_length=1,
        max_length=32,
        description="The plain names of several files in one folder.",
    )
    project_id: ProjectId | None = Field(
        None, description="Default: the selected project, else one called Inbox."
    )
    bytes: int | None = Field(
        None, ge=1, le=2**53, description="The maximum size of a file; at most 512 MiB."
    )


class UploadLink(WireModel):
    """A link to upload one file, once, without a key; of several files that of the first."""

    upload_url: Url = Field(description="Address that takes the file by POST.")
    upload_urls: Annotated[Many[Url], Since("0.7", "Field(default_factory=list)")] = Field(
        description="The addresses of all files, in the order of their names."
    )
    method: Literal["POST"] = Field("POST", description="The HTTP method to upload with.")
    max_bytes: Count = Field(description="The largest file it accepts.")
    expires_at: ExpiresAt
    curl: Text = Field(
        description="A command that uploads the files from their folder, up to one that fails."
    )


class ChangeAsset(RequestModel):
    """Changes to an asset; omitted fields stay."""

    asset_id: AssetId
    name: Name | None = None
    tags: Tags | None = None
    notes: str | None = Field(None, max_length=2_000, description="Free-form notes.")
    rating: Annotated[int, Field(ge=0, le=5)] | None = Field(
        None, description="0 means not rated, 5 is best."
    )
    archived: bool | None = Field(
        None, description="True deletes it: its bytes are purged after 30 days."
    )
    project_id: ProjectId | None = Field(None, description="Where to move it.")
