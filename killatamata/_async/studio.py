"""The studio: projects and assets; its documents are in `boards`, its agent in `agent`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from killatamata._async.agent import Agent, Threads
from killatamata._async.boards import Storyboards, Texts
from killatamata._async.films import Films
from killatamata._async.inputs import OnUpload, upload_media
from killatamata._async.paging import AsyncPage, Resource
from killatamata._async.transport import Transport
from killatamata.fields import ChangeAsset, ChangeProject, ChangeSettings
from killatamata.local_media import MediaFile, to_local_media
from killatamata.many import Many
from killatamata.timeouts import Timeout
from killatamata.types import (
    Asset,
    AssetMade,
    Project,
    StudioSettings,
    StudioSnapshot,
    Version,
)
from killatamata.wire import build_query, build_wire_fields, to_wire_names

STUDIO_PATH = "/api/v1/studio"


class Projects(Resource):
    """The projects of this account."""

    async def list(self, *, timeout: Timeout | None = None) -> Sequence[Project]:
        """Return the projects, the last changed first."""
        snapshot = await self._transport.request_model(
            StudioSnapshot, "GET", f"{STUDIO_PATH}/snapshot", timeout=timeout
        )
        return snapshot.projects

    async def create(
        self, name: str, *, description: str = "", timeout: Timeout | None = None
    ) -> Project:
        """Create a project."""
        body = {"name": name, "description": description}
        return await self._transport.request_model(
            Project, "POST", f"{STUDIO_PATH}/projects", json=body, timeout=timeout
        )

    async def update(
        self, project_id: str, *, timeout: Timeout | None = None, **changes: Unpack[ChangeProject]
    ) -> Project:
        """Change a project; what is left out stays.

        client.studio.projects.update(project.project_id, name="Fox", archived=False)
        """
        body = {"projectId": project_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Project, "PATCH", f"{STUDIO_PATH}/projects/update", json=body, timeout=timeout
        )


class Assets(Resource):
    """The files that this account keeps."""

    def list(
        self,
        project_id: str,
        *,
        kind: str | None = None,
        tag: str | None = None,
        archived: bool = False,
        limit: int = 50,
        timeout: Timeout | None = None,
    ) -> AsyncPage[Asset]:
        """Return the assets of a project, the newest first."""
        query = build_query(
            project_id=project_id, kind=kind, tag=tag, archived=archived, limit=limit
        )
        return self._list(Asset, f"{STUDIO_PATH}/projects/assets", query, timeout=timeout)

    def search(
        self,
        q: str | None = None,
        *,
        kind: str | None = None,
        tag: str | None = None,
        starred: bool | None = None,
        limit: int = 50,
        timeout: Timeout | None = None,
    ) -> AsyncPage[Asset]:
        """Return assets of all projects, the newest first; `q` searches names and tags."""
        query = build_query(q=q, kind=kind, tag=tag, starred=starred, limit=limit)
        return self._list(Asset, f"{STUDIO_PATH}/assets", query, timeout=timeout)

    async def get(self, asset_id: str, *, timeout: Timeout | None = None) -> Asset:
        """Return an asset with a newly signed `download_url`."""
        query = build_query(asset_id=asset_id)
        return await self._transport.request_model(
            Asset, "GET", f"{STUDIO_PATH}/assets/metadata", params=query, timeout=timeout
        )

    async def upload(
        self,
        file: str | MediaFile,
        *,
        project_id: str | None = None,
        name: str | None = None,
        on_upload: OnUpload | None = None,
        timeout: Timeout | None = None,
    ) -> AssetMade:
        """Upload a file; without a project, into the selected one or the inbox.

        `file` is a path, bytes, an open binary file, or a picture of Pillow or NumPy. Text needs a
        `name`, such as `notes.md`, if the file has none. `on_upload` gets how far it is.

        Raises:
            StatusError: the file is too large, or of a kind that is not kept.
        """
        media = to_local_media(Path(file) if isinstance(file, str) else file)
        if media is None:
            raise TypeError(f"{type(file).__name__} is not a path, bytes, open file or picture.")
        return await upload_media(
            self._transport, media, project_id, name, on_upload, timeout=timeout
        )

    async def keep(
        self,
        project_id: str,
        *,
        job_id: str | None = None,
        output_index: int | None = None,
        url: str | None = None,
        name: str | None = None,
        tags: Many[str] | None = None,
        timeout: Timeout | None = None,
    ) -> AssetMade:
        """Keep an output of a job for longer than its 48 hours, or the file at a public URL."""
        body = build_wire_fields(
            project_id=project_id,
            job_id=job_id,
            output_index=output_index,
            url=url,
            name=name,
            tags=tags and [*tags],
        )
        return await self._transport.request_model(
            AssetMade, "POST", f"{STUDIO_PATH}/assets/keep", json=body, timeout=timeout
        )

    async def update(
        self, asset_id: str, *, timeout: Timeout | None = None, **changes: Unpack[ChangeAsset]
    ) -> Asset:
        """Change an asset; what is left out stays.

        client.studio.assets.update(asset.asset_id, tags=["fox"], rating=5)
        """
        body = {"assetId": asset_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Asset, "PATCH", f"{STUDIO_PATH}/assets/metadata", json=body, timeout=timeout
        )

    def versions(
        self, asset_id: str, *, limit: int = 50, timeout: Timeout | None = None
    ) -> AsyncPage[Version]:
        """Return the versions of a text or a storyboard, the newest first."""
        query = build_query(asset_id=asset_id, limit=limit)
        return self._list(Version, f"{STUDIO_PATH}/assets/versions", query, timeout=timeout)


class Studio(Resource):
    """The studio: projects with their assets, documents and threads."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.projects = Projects(transport)
        self.assets = Assets(transport)
        self.texts = Texts(transport)
        self.storyboards = Storyboards(transport)
        self.films = Films(transport)
        self.threads = Threads(transport)
        self.agent = Agent(transport)

    async def snapshot(
        self,
        *,
        project_id: str | None = None,
        thread_id: str | None = None,
        timeout: Timeout | None = None,
    ) -> StudioSnapshot:
        """Return the whole studio in one answer: projects, selection, open work, balance."""
        query = build_query(project_id=project_id, thread_id=thread_id)
        path = f"{STUDIO_PATH}/snapshot"
        return await self._transport.request_model(
            StudioSnapshot, "GET", path, params=query, timeout=timeout
        )

    async def update_settings(
        self, *, timeout: Timeout | None = None, **changes: Unpack[ChangeSettings]
    ) -> StudioSettings:
        """Merge changes into the settings of the studio.

        client.studio.update_settings(agent={"max_price_usd": "0.50"})
        """
        return await self._transport.request_model(
            StudioSettings,
            "PATCH",
            f"{STUDIO_PATH}/settings",
            json=to_wire_names(changes),
            timeout=timeout,
        )
