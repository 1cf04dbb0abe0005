"""Text documents and versions on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.wire.field_types import Bytes, Count, CreatedAt, Document, Many, NextCursor, Text
from gateway.kit.wire.id_types import AssetId, Id, ProjectId
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.library.schemas import Asset, Name

VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]
Content = Annotated[
    str, Field(max_length=2**20, description="Markdown, at most 1 MiB.", examples=["# Notes\n"])
]
PROJECT_FIELD = Field(description="A project of this account.")


class CreateText(RequestModel):
    """A new text document."""

    project_id: ProjectId
    name: Name
    content: Content = ""


class SaveText(RequestModel):
    """New content of a text document."""

    asset_id: AssetId
    content: Content


class DocumentQuery(RequestModel):
    """The document to read."""

    asset_id: AssetId = Field(description="The document.")
    version: VersionNumber | None = Field(
        None, description="An older version; default: the newest."
    )


class TextDocument(Asset):
    """A text document with its content."""

    content: Document = Field(description="The text itself.")


class VersionsQuery(RequestModel):
    """The versions to list."""

    asset_id: AssetId = Field(description="A text document or storyboard.")
    cursor: VersionNumber | None = Field(None, description="`nextCursor` of the previous page.")
    limit: int = Field(50, ge=1, le=100, description="Maximum number of versions in a page.")


class CreatedBy(WireModel):
    """A version's author; the id is null where a file was uploaded."""

    type: Literal["key", "session", "agent", "plan"] = Field(description="Who made it.")
    id: Id | None = Field(description="Its id; null where a file was uploaded.")


class Version(WireModel):
    """One version of a document."""

    version: Count = Field(description="Its number; send it as `version`.")
    etag: Text = Field(description="Changes with each version; send it as `If-Match`.")
    created_at: CreatedAt
    created_by: CreatedBy
    bytes: Bytes


class VersionPage(WireModel):
    """A page of versions, newest first."""

    data: Many[Version] = Field(description="The versions, newest first.")
    next_cursor: NextCursor | None
