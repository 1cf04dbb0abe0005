"""The studio: projects, assets, threads and the agent; its documents are in `boards`."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Unpack

from killatamata._async.boards import Storyboards, Texts
from killatamata._async.films import Films
from killatamata._async.inputs import OnUpload, upload_media
from killatamata._async.paging import AsyncPage, Resource
from killatamata._async.transport import Transport
from killatamata._async.waits import OnMessage, wait_for_end
from killatamata.fields import ChangeAsset, ChangeProject, ChangeSettings, ChangeThread
from killatamata.local_media import MediaFile, to_local_media
from killatamata.many import Many
from killatamata.types import (
    AgentRequest,
    Asset,
    AssetMade,
    Message,
    MessageQuote,
    MessageSent,
    Project,
    StudioSettings,
    StudioSnapshot,
    Thread,
    ThreadDetail,
    Version,
)
from killatamata.wire import build_query, build_wire_fields, to_wire_names

STUDIO_PATH = "/api/v1/studio"


class Projects(Resource):
    """The projects of this account."""

    async def list(self) -> Sequence[Project]:
        """Return the projects, the last changed first."""
        snapshot = await self._transport.request_model(
            StudioSnapshot, "GET", f"{STUDIO_PATH}/snapshot"
        )
        return snapshot.projects

    async def create(self, name: str, *, description: str = "") -> Project:
        """Create a project."""
        body = {"name": name, "description": description}
        return await self._transport.request_model(
            Project, "POST", f"{STUDIO_PATH}/projects", json=body
        )

    async def update(self, project_id: str, **changes: Unpack[ChangeProject]) -> Project:
        """Change a project; what is left out stays.

        client.studio.projects.update(project.project_id, name="Fox", archived=False)
        """
        body = {"projectId": project_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Project, "PATCH", f"{STUDIO_PATH}/projects/update", json=body
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
    ) -> AsyncPage[Asset]:
        """Return the assets of a project, the newest first."""
        query = build_query(
            project_id=project_id, kind=kind, tag=tag, archived=archived, limit=limit
        )
        return self._list(Asset, f"{STUDIO_PATH}/projects/assets", query)

    def search(
        self,
        q: str | None = None,
        *,
        kind: str | None = None,
        tag: str | None = None,
        starred: bool | None = None,
        limit: int = 50,
    ) -> AsyncPage[Asset]:
        """Return assets of all projects, the newest first; `q` searches names and tags."""
        query = build_query(q=q, kind=kind, tag=tag, starred=starred, limit=limit)
        return self._list(Asset, f"{STUDIO_PATH}/assets", query)

    async def get(self, asset_id: str) -> Asset:
        """Return an asset with a newly signed `download_url`."""
        query = build_query(asset_id=asset_id)
        return await self._transport.request_model(
            Asset, "GET", f"{STUDIO_PATH}/assets/metadata", params=query
        )

    async def upload(
        self,
        file: str | MediaFile,
        *,
        project_id: str | None = None,
        name: str | None = None,
        on_upload: OnUpload | None = None,
    ) -> AssetMade:
        """Upload a file; without a project, into the selected one or the inbox.

        `file` is a path, bytes, an open binary file, or a picture of Pillow or NumPy. Text needs a
        `name`, such as `notes.md`, if the file has none. `on_upload` gets how far it is.

        Raises:
            StatusError: the file is too large, or of a kind that is not kept.
        """
        media = to_local_media(Path(file) if isinstance(file, str) else file)
        if media is None:
            raise TypeError(f"{type(file).__name__} is no path, bytes, open file or picture.")
        return await upload_media(self._transport, media, project_id, name, on_upload)

    async def keep(
        self,
        project_id: str,
        *,
        job_id: str | None = None,
        output_index: int | None = None,
        url: str | None = None,
        name: str | None = None,
        tags: Many[str] | None = None,
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
            AssetMade, "POST", f"{STUDIO_PATH}/assets/keep", json=body
        )

    async def update(self, asset_id: str, **changes: Unpack[ChangeAsset]) -> Asset:
        """Change an asset; what is left out stays.

        client.studio.assets.update(asset.asset_id, tags=["fox"], rating=5)
        """
        body = {"assetId": asset_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Asset, "PATCH", f"{STUDIO_PATH}/assets/metadata", json=body
        )

    def versions(self, asset_id: str, *, limit: int = 50) -> AsyncPage[Version]:
        """Return the versions of a text or a storyboard, the newest first."""
        query = build_query(asset_id=asset_id, limit=limit)
        return self._list(Version, f"{STUDIO_PATH}/assets/versions", query)


class Threads(Resource):
    """Conversations with the agent."""

    async def create(self, project_id: str, *, title: str | None = None) -> Thread:
        """Create a thread."""
        body = build_wire_fields(project_id=project_id, title=title)
        return await self._transport.request_model(
            Thread, "POST", f"{STUDIO_PATH}/threads", json=body
        )

    async def get(
        self, thread_id: str, *, before: str | None = None, limit: int = 30
    ) -> ThreadDetail:
        """Return a thread with its newest messages, or those before a message."""
        query = build_query(thread_id=thread_id, before=before, limit=limit)
        return await self._transport.request_model(
            ThreadDetail, "GET", f"{STUDIO_PATH}/threads/detail", params=query
        )

    async def messages(self, thread_id: str, *, limit: int = 30) -> AsyncIterator[Message]:
        """Yield all messages of a thread, the newest first; `limit` is the size of a page."""
        before: str | None = None
        while True:
            page = await self.get(thread_id, before=before, limit=limit)
            for each in reversed(page.messages):
                yield each
            before = page.previous_cursor
            if before is None:
                return

    async def select(self, thread_id: str) -> StudioSettings:
        """Make a thread the selected one."""
        body = {"threadId": thread_id}
        return await self._transport.request_model(
            StudioSettings, "POST", f"{STUDIO_PATH}/threads/select", json=body
        )

    async def update(self, thread_id: str, **changes: Unpack[ChangeThread]) -> Thread:
        """Change a thread; what is left out stays.

        client.studio.threads.update(thread.thread_id, title="The hatch")
        """
        body = {"threadId": thread_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Thread, "PATCH", f"{STUDIO_PATH}/threads/update", json=body
        )


class Agent(Resource):
    """The agent of the studio: it answers and proposes plans, at a price known in advance."""

    async def prepare(
        self,
        thread_id: str,
        content: str,
        *,
        attachments: Many[str] = (),
        max_price_usd: str | None = None,
        idempotency_key: str | None = None,
    ) -> MessageQuote:
        """Return the most that a message can cost."""
        body = build_wire_fields(
            thread_id=thread_id,
            content=content,
            attachments=[*attachments],
            max_price_usd=max_price_usd,
        )
        return await self._transport.request_model(
            MessageQuote,
            "POST",
            f"{STUDIO_PATH}/agent/messages/prepare",
            json=body,
            idempotency_key=idempotency_key,
        )

    async def send(
        self,
        thread_id: str | None = None,
        content: str | None = None,
        *,
        quote_id: str | None = None,
        attachments: Many[str] = (),
        max_price_usd: str | None = None,
        confirmed_in_client: bool = False,
        idempotency_key: str | None = None,
    ) -> MessageSent:
        """Send a message: a prepared one by `quote_id` alone, or price and send it at once.

        Above the key's `auto_approve_usd` a message is refused with `approval_required`; up to its
        `confirm_up_to_usd`, pass `confirmed_in_client` after the person at the client agreed.
        """
        body = build_wire_fields(
            quote_id=quote_id,
            thread_id=thread_id,
            content=content,
            attachments=[*attachments] or None,
            max_price_usd=max_price_usd,
            confirmed_in_client=confirmed_in_client or None,
        )
        return await self._transport.request_model(
            MessageSent,
            "POST",
            f"{STUDIO_PATH}/agent/messages",
            json=body,
            idempotency_key=idempotency_key,
        )

    async def get(
        self, request_id: str, *, wait_seconds: int = 0, since_version: int | None = None
    ) -> AgentRequest:
        """Return the state of a message; wait up to 30 seconds for its end or a change."""
        query = build_query(
            request_id=request_id, wait_seconds=wait_seconds, since_version=since_version
        )
        return await self._transport.request_model(
            AgentRequest, "GET", f"{STUDIO_PATH}/agent/requests", params=query
        )

    async def wait(
        self,
        request: MessageSent | AgentRequest | str,
        *,
        timeout_seconds: float | None = None,
        on_progress: OnMessage | None = None,
        on_status: OnMessage | None = None,
    ) -> AgentRequest:
        """Wait until the agent has answered a message, or could not, and return its request.

            client.studio.agent.wait(client.studio.agent.send(thread.thread_id, "A fox, please"))

        Raises:
            WaitTimedOut: it has not ended in time; it goes on.
        """
        request_id = request if isinstance(request, str) else request.request_id

        async def fetch(wait_seconds: int, since_version: int) -> AgentRequest:
            return await self.get(
                request_id, wait_seconds=wait_seconds, since_version=since_version
            )

        return await wait_for_end(
            await self.get(request_id),
            fetch,
            call_seconds=self._transport.call_seconds,
            timeout_seconds=timeout_seconds,
            on_progress=on_progress,
            on_status=on_status,
        )

    def list(self, *, thread_id: str | None = None, limit: int = 20) -> AsyncPage[AgentRequest]:
        """Return the requests to the agent, the newest first."""
        query = build_query(thread_id=thread_id, limit=limit)
        return self._list(AgentRequest, f"{STUDIO_PATH}/agent/requests", query)

    async def cancel(self, request_id: str) -> AgentRequest:
        """Cancel a request to the agent; what it has used is charged."""
        body = {"requestId": request_id}
        return await self._transport.request_model(
            AgentRequest, "POST", f"{STUDIO_PATH}/agent/requests/cancel", json=body
        )


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
        self, *, project_id: str | None = None, thread_id: str | None = None
    ) -> StudioSnapshot:
        """Return the whole studio in one answer: projects, selection, open work, balance."""
        query = build_query(project_id=project_id, thread_id=thread_id)
        path = f"{STUDIO_PATH}/snapshot"
        return await self._transport.request_model(StudioSnapshot, "GET", path, params=query)

    async def update_settings(self, **changes: Unpack[ChangeSettings]) -> StudioSettings:
        """Merge changes into the settings of the studio.

        client.studio.update_settings(agent={"max_price_usd": "0.50"})
        """
        return await self._transport.request_model(
            StudioSettings, "PATCH", f"{STUDIO_PATH}/settings", json=to_wire_names(changes)
        )
