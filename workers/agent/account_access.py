"""The agent's access to an account: its assets, documents, pictures and jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

from gateway.identity.teams.memberships import MembershipCheck
from gateway.kit.caller import check_member_writes
from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound
from gateway.kit.operation import Call, Caller
from gateway.library import asset_queries, previews
from gateway.library.assets import Asset
from gateway.library.schemas import AssetQuery
from gateway.media.jobs import queries as jobs
from gateway.media.jobs.job_schemas import Job
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.submits.submitter import Submitter
from gateway.storage.base import Storage
from gateway.studio.documents.versions import DocumentKind, Documents
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.schemas import Plan, PreparePlan

VIDEO_MOMENTS = 4
WITHOUT_URLS: Mapping[str, Any] = {
    **dict.fromkeys(("url", "poster_url", "preview_clip_url", "placeholder")),
    "preview_urls": {},
}


class AssetCard(TypedDict):
    """The card of an asset for the model: pixels, frames and bytes, as far as it has them."""

    assetId: str
    kind: str
    name: str
    width: int | None
    height: int | None
    frames: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """The access of one worker's agents to the account they work for, and to no other."""

    database: Database
    storage: Storage
    files: OutputUrls
    folder: Path
    documents: Documents
    submitter: Submitter
    preparer: PlanPreparer
    plans: PlanReader

    async def list_assets(self, caller: Caller, query: AssetQuery) -> list[AssetCard]:
        """List the newest assets of a project."""
        async with self.database.read() as snapshot:
            assets, _ = await asset_queries.load_asset_page(snapshot, caller.ledger_account, query)
        return [
            {
                "assetId": asset.id,
                "kind": asset.kind,
                "name": asset.name,
                "width": asset.width,
                "height": asset.height,
                "frames": asset.frames,
                "bytes": asset.size_bytes,
            }
            for asset in assets
        ]

    async def get_asset_kind(self, caller: Caller, asset_id: str) -> str:
        """Return the kind of an asset."""
        async with self.database.read() as snapshot:
            return (await asset_queries.load_asset(snapshot, caller.ledger_account, asset_id)).kind

    async def read_document(
        self, caller: Caller, project_id: str | None, asset_id: str, kind: DocumentKind
    ) -> str:
        """Read the newest content of a document; with `project_id` only of that project.

        Raises:
            NotFound: there is no document of this kind, or its content is gone.
        """
        asset = await self._get_asset(caller, project_id, asset_id)
        if asset.kind != kind:
            raise NotFound(f"This is not a {kind}.", field="assetId")
        if kind == "text":
            await self.documents.adopt_upload(caller.ledger_account, asset_id)
        async with self.database.read() as snapshot:
            document = await self.documents.load(snapshot, caller.ledger_account, asset_id, kind)
        return document.version.content

    async def render_picture(self, caller: Caller, project_id: str | None, asset_id: str) -> bytes:
        """Render an image, or four moments of a video, as one JPEG of at most 512 pixels a side.

        Raises:
            Problem: there is no such asset, or it cannot be seen.
        """
        asset = await self._get_asset(caller, project_id, asset_id)
        askers = self.submitter.planner.inputs.inspection_budgets
        return await previews.load_preview(
            self.storage,
            self.folder,
            key=asset.key,
            kind=asset.kind,
            frames=VIDEO_MOMENTS,
            budget=await askers.get_budget(caller.ledger_account, caller.book),
        )

    async def _get_asset(self, caller: Caller, project_id: str | None, asset_id: str) -> Asset:
        async with self.database.read() as snapshot:
            asset = await asset_queries.load_asset(snapshot, caller.ledger_account, asset_id)
        if project_id not in {None, asset.project_id} or asset.purged_at is not None:
            raise NotFound("There is no such asset in this project.", field="assetId")
        return asset

    async def prepare_plan(self, caller: Caller, request_id: str, body: PreparePlan) -> Plan:
        """Prepare a plan for a person to approve, and return it.

        Raises:
            Problem: a step of it cannot be done.
        """
        asking = replace(caller, key_id=None, session_id=request_id)
        call = Call(request_id=request_id, method="POST", path="agent")
        with check_member_writes(caller, lambda _: MembershipCheck()):
            made = await self.preparer.prepare(call, asking, body, origin="agent")
        # Read as by a caller that may spend nothing: the plan then says that it needs a person.
        nobody = replace(asking, session_id=None, auto_approve_microusd=0, confirm_up_to_microusd=0)
        return await self.plans.get_plan(nobody, made.plan_id)

    async def get_job(self, caller: Caller, job_id: str) -> Job:
        """Return a job without its URLs: they are keys to the files."""
        _, job = await jobs.load_job(self.database, self.files, caller, job_id)
        outputs = [each.model_copy(update=WITHOUT_URLS) for each in job.outputs]
        return job.model_copy(update={"outputs": outputs, "downloadable_output_urls": []})
