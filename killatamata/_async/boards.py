"""Documents of the studio: texts and storyboards."""

from collections.abc import Sequence
from typing import Literal

from killatamata import fields
from killatamata._async.paging import Resource
from killatamata.many import Many
from killatamata.timeouts import Timeout
from killatamata.types import (
    MarkdownShown,
    Plan,
    Storyboard,
    StoryboardImported,
    StoryboardShown,
    TextDocument,
)
from killatamata.wire import build_query, build_wire_fields, to_wire_document, to_wire_names

ASSETS_PATH = "/api/v1/studio/assets"
TEXT_PATH, STORYBOARDS_PATH = f"{ASSETS_PATH}/text", f"{ASSETS_PATH}/storyboards"


class Texts(Resource):
    """Text documents in Markdown."""

    async def create(
        self, project_id: str, name: str, content: str = "", *, timeout: Timeout | None = None
    ) -> TextDocument:
        """Create a text."""
        body = build_wire_fields(project_id=project_id, name=name, content=content)
        return await self._transport.request_model(
            TextDocument, "POST", TEXT_PATH, json=body, timeout=timeout
        )

    async def get(
        self, asset_id: str, *, version: int | None = None, timeout: Timeout | None = None
    ) -> TextDocument:
        """Return a text in its newest version, or an older one."""
        query = build_query(asset_id=asset_id, version=version)
        return await self._transport.request_model(
            TextDocument, "GET", f"{TEXT_PATH}/document", params=query, timeout=timeout
        )

    async def save(
        self, asset_id: str, content: str, *, etag: str, timeout: Timeout | None = None
    ) -> TextDocument:
        """Save a new version of a text in place of the one with this `etag`.

        Raises:
            PreconditionFailed: there is a newer version.
        """
        return await self._transport.request_model(
            TextDocument,
            "PATCH",
            f"{TEXT_PATH}/document",
            json={"assetId": asset_id, "content": content},
            headers={"If-Match": etag},
            timeout=timeout,
        )


class Storyboards(Resource):
    """Storyboards: scenes of shots."""

    async def create(
        self,
        project_id: str,
        name: str,
        document: fields.Storyboard | Storyboard | None = None,
        *,
        timeout: Timeout | None = None,
    ) -> StoryboardShown:
        """Create a storyboard of a document, or an empty one.

        Raises:
            Unprocessable: the document is invalid; `problem["example"]` is a small valid one.
        """
        body = build_wire_fields(
            project_id=project_id, name=name, document=to_wire_document(document)
        )
        return await self._transport.request_model(
            StoryboardShown, "POST", STORYBOARDS_PATH, json=body, timeout=timeout
        )

    async def get(
        self, asset_id: str, *, version: int | None = None, timeout: Timeout | None = None
    ) -> StoryboardShown:
        """Return a storyboard in its newest version, or an older one."""
        query = build_query(asset_id=asset_id, version=version)
        return await self._transport.request_model(
            StoryboardShown, "GET", f"{STORYBOARDS_PATH}/document", params=query, timeout=timeout
        )

    async def save(
        self,
        asset_id: str,
        *,
        etag: str | None = None,
        document: fields.Storyboard | Storyboard | None = None,
        operations: Sequence[fields.Edit] | None = None,
        timeout: Timeout | None = None,
    ) -> StoryboardShown:
        """Replace the version of this `etag` with a document, or edit the newest by operations.

        Raises:
            PreconditionFailed: there is a newer version.
        """
        body = build_wire_fields(
            asset_id=asset_id,
            document=to_wire_document(document),
            operations=to_wire_names(operations),
        )
        headers = {} if etag is None else {"If-Match": etag}
        return await self._transport.request_model(
            StoryboardShown,
            "PATCH",
            f"{STORYBOARDS_PATH}/document",
            json=body,
            headers=headers,
            timeout=timeout,
        )

    async def import_text(
        self,
        text: str,
        *,
        project_id: str | None = None,
        asset_id: str | None = None,
        etag: str | None = None,
        text_format: Literal["markdown", "fountain", "auto"] = "auto",
        timeout: Timeout | None = None,
    ) -> StoryboardImported:
        """Import Markdown or Fountain as a new storyboard, or as a version of `asset_id`."""
        body = build_wire_fields(
            text=text, format=text_format, project_id=project_id, asset_id=asset_id
        )
        headers = {} if etag is None else {"If-Match": etag}
        return await self._transport.request_model(
            StoryboardImported,
            "POST",
            f"{STORYBOARDS_PATH}/import",
            json=body,
            headers=headers,
            timeout=timeout,
        )

    async def export_markdown(
        self, asset_id: str, *, version: int | None = None, timeout: Timeout | None = None
    ) -> MarkdownShown:
        """Return a storyboard as Markdown."""
        return await self._transport.request_model(
            MarkdownShown,
            "GET",
            f"{STORYBOARDS_PATH}/export-markdown",
            params=build_query(asset_id=asset_id, version=version),
            headers={"Accept": "application/json"},
            timeout=timeout,
        )

    async def prepare_render(
        self,
        asset_id: str,
        *,
        shot_ids: Many[str] | None = None,
        mode: Literal["missing", "all"] | None = None,
        takes_per_shot: int | None = None,
        combine: bool | None = None,
        timeout: Timeout | None = None,
    ) -> Plan:
        """Prepare a plan that renders the shots at an exact price; run it with `plans.execute`."""
        body = build_wire_fields(
            asset_id=asset_id,
            shot_ids=shot_ids and [*shot_ids],
            mode=mode,
            takes_per_shot=takes_per_shot,
            combine=combine,
        )
        return await self._transport.request_model(
            Plan, "POST", f"{STORYBOARDS_PATH}/prepare-render", json=body, timeout=timeout
        )
