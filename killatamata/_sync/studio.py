"""The studio: projects, assets, threads and the agent; its documents are in `boards`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from killatamata._sync.boards import Storyboards, Texts
from killatamata._sync.inputs import upload
from killatamata._sync.paging import Page, Resource
from killatamata._sync.transport import Transport
from killatamata.local_media import MediaFile, to_local_media
from killatamata.types import (
    AgentRequest,
    Asset,
    AssetMade,
    MessageQuote,
    MessageSent,
    Project,
    StudioSettings,
    StudioSnapshot,
    Thread,
    ThreadDetail,
    Version,
)
from killatamata.wire import camel_keys, given, params

STUDIO = "/api/v1/studio"


class Projects(Resource):
    """The projects of this account."""

    def list(self) -> Sequence[Project]:
        """Return the projects, the last changed first."""
        snapshot = self._transport.model(StudioSnapshot, "GET", f"{STUDIO}/snapshot")
        return snapshot.projects

    def create(self, name: str, *, description: str = "") -> Project:
        """Create a project."""
        body = {"name": name, "description": description}
        return self._transport.model(Project, "POST", f"{STUDIO}/projects", json=body)

    def update(self, project_id: str, **changes: Any) -> Project:  # noqa: ANN401 - JSON values
        """Change `name`, `description`, `cover_asset_id` or `archived`."""
        body = {"projectId": project_id, **camel_keys(changes)}
        return self._transport.model(Project, "PATCH", f"{STUDIO}/projects/update", json=body)


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
    ) -> Page[Asset]:
        """Return the assets of a project, the newest first."""
        query = params(project_id=project_id, kind=kind, tag=tag, archived=archived, limit=limit)
        return self._page(Asset, f"{STUDIO}/projects/assets", query)

    def get(self, asset_id: str) -> Asset:
        """Return an asset with a newly signed `download_url`."""
        query = params(asset_id=asset_id)
        return self._transport.model(Asset, "GET", f"{STUDIO}/assets/metadata", params=query)

    def upload(
        self, file: str | MediaFile, *, project_id: str | None = None, name: str | None = None
    ) -> AssetMade:
        """Upload a file; without a project, into the selected one or the inbox.

        `file` is a path, bytes or an open binary file. Text needs a `name`, such as `notes.md`, if
        the file has none.

        Raises:
            StatusError: the file is too large, or of a kind that is not kept.
        """
        media = to_local_media(Path(file) if isinstance(file, str) else file)
        if media is None:
            raise TypeError(f"{type(file).__name__} is neither a path, bytes nor an open file.")
        return upload(self._transport, media, project_id, name)

    def keep(
        self,
        project_id: str,
        *,
        job_id: str | None = None,
        output_index: int | None = None,
        url: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> AssetMade:
        """Keep an output of a job for longer than its 48 hours, or the file at a public URL."""
        body = given(
            project_id=project_id,
            job_id=job_id,
            output_index=output_index,
            url=url,
            name=name,
            tags=tags and [*tags],
        )
        return self._transport.model(AssetMade, "POST", f"{STUDIO}/assets/keep", json=body)

    def update(self, asset_id: str, **changes: Any) -> Asset:  # noqa: ANN401 - JSON values
        """Change `name`, `tags`, `notes`, `rating`, `archived` or `project_id`."""
        body = {"assetId": asset_id, **camel_keys(changes)}
        return self._transport.model(Asset, "PATCH", f"{STUDIO}/assets/metadata", json=body)

    def versions(self, asset_id: str, *, limit: int = 50) -> Page[Version]:
        """Return the versions of a text or a storyboard, the newest first."""
        query = params(asset_id=asset_id, limit=limit)
        return self._page(Version, f"{STUDIO}/assets/versions", query)


class Threads(Resource):
    """Conversations with the agent."""

    def create(self, project_id: str, *, title: str | None = None) -> Thread:
        """Create a thread."""
        body = given(project_id=project_id, title=title)
        return self._transport.model(Thread, "POST", f"{STUDIO}/threads", json=body)

    def get(self, thread_id: str, *, before: str | None = None, limit: int = 30) -> ThreadDetail:
        """Return a thread with its newest messages, or those before a message."""
        query = params(thread_id=thread_id, before=before, limit=limit)
        return self._transport.model(ThreadDetail, "GET", f"{STUDIO}/threads/detail", params=query)

    def select(self, thread_id: str) -> StudioSettings:
        """Make a thread the selected one."""
        body = {"threadId": thread_id}
        return self._transport.model(StudioSettings, "POST", f"{STUDIO}/threads/select", json=body)

    def update(self, thread_id: str, **changes: Any) -> Thread:  # noqa: ANN401 - JSON values
        """Change `title` or `archived`."""
        body = {"threadId": thread_id, **camel_keys(changes)}
        return self._transport.model(Thread, "PATCH", f"{STUDIO}/threads/update", json=body)


class Agent(Resource):
    """The agent of the studio: it answers and proposes plans, at a price known in advance."""

    def prepare(
        self,
        thread_id: str,
        content: str,
        *,
        attachments: Sequence[str] = (),
        max_price_usd: str | None = None,
    ) -> MessageQuote:
        """Return the most that a message can cost."""
        body = given(
            thread_id=thread_id,
            content=content,
            attachments=[*attachments],
            max_price_usd=max_price_usd,
        )
        return self._transport.model(
            MessageQuote, "POST", f"{STUDIO}/agent/messages/prepare", json=body
        )

    def send(
        self,
        thread_id: str | None = None,
        content: str | None = None,
        *,
        quote_id: str | None = None,
        attachments: Sequence[str] = (),
        max_price_usd: str | None = None,
        confirmed_in_client: bool = False,
        idempotency_key: str | None = None,
    ) -> MessageSent:
        """Send a message: a prepared one by `quote_id` alone, or price and send it at once.

        Above the key's `auto_approve_usd` a message is refused with `approval_required`; up to its
        `confirm_up_to_usd`, pass `confirmed_in_client` after the person at the client agreed.
        """
        body = given(
            quote_id=quote_id,
            thread_id=thread_id,
            content=content,
            attachments=[*attachments] or None,
            max_price_usd=max_price_usd,
            confirmed_in_client=confirmed_in_client or None,
        )
        return self._transport.model(
            MessageSent,
            "POST",
            f"{STUDIO}/agent/messages",
            json=body,
            idempotency_key=idempotency_key,
        )

    def get(
        self, request_id: str, *, wait_seconds: int = 0, since_version: int | None = None
    ) -> AgentRequest:
        """Return the state of a message; wait up to 30 seconds for its end or a change."""
        query = params(
            request_id=request_id, wait_seconds=wait_seconds, since_version=since_version
        )
        return self._transport.model(AgentRequest, "GET", f"{STUDIO}/agent/requests", params=query)

    def list(self, *, thread_id: str | None = None, limit: int = 20) -> Page[AgentRequest]:
        """Return the requests to the agent, the newest first."""
        query = params(thread_id=thread_id, limit=limit)
        return self._page(AgentRequest, f"{STUDIO}/agent/requests", query)

    def cancel(self, request_id: str) -> AgentRequest:
        """Cancel a request to the agent; what it has used is charged."""
        body = {"requestId": request_id}
        return self._transport.model(
            AgentRequest, "POST", f"{STUDIO}/agent/requests/cancel", json=body
        )


class Studio(Resource):
    """The studio: projects with their assets, documents and threads."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.projects = Projects(transport)
        self.assets = Assets(transport)
        self.texts = Texts(transport)
        self.storyboards = Storyboards(transport)
        self.threads = Threads(transport)
        self.agent = Agent(transport)

    def snapshot(
        self, *, project_id: str | None = None, thread_id: str | None = None
    ) -> StudioSnapshot:
        """Return the whole studio in one answer: projects, selection, open work, balance."""
        query = params(project_id=project_id, thread_id=thread_id)
        path = f"{STUDIO}/snapshot"
        return self._transport.model(StudioSnapshot, "GET", path, params=query)

    def update_settings(self, **changes: Any) -> StudioSettings:  # noqa: ANN401 - JSON values
        """Merge changes into the settings of the studio."""
        return self._transport.model(
            StudioSettings, "PATCH", f"{STUDIO}/settings", json=camel_keys(changes)
        )
