"""Snapshots: one bounded read of the studio, which is cheap to repeat with its ETag.

The revision must rise with every change. It is put together from counters that are kept anyway: the
sum of the library's revision and the ledger account's version, and in the low 20 bits the sum of
the versions of open jobs and requests. That one falls only when one of them ends; then the ledger
account moves, and the revision rises all the same.
"""

from dataclasses import dataclass
from typing import TypedDict

from gateway.kit.clock import HOUR
from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import NotFound
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.ledger.accounts.owners import get_account_version
from gateway.ledger.operations import BalanceReader
from gateway.library import asset_queries, asset_rendering, projects, quota
from gateway.library.schemas import UPLOAD_BYTES, Asset
from gateway.library.uploads.intake import Uploads
from gateway.media.jobs import queries as jobs
from gateway.media.jobs.outputs import OutputUrls
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent import view as agent_view
from gateway.studio.agent.messages import MOST_ACTIVE_REQUESTS, Agent
from gateway.studio.agent.schemas import MESSAGE_CHARACTERS, MOST_ATTACHMENTS
from gateway.studio.plans.preparation.preparer import COUNT_PENDING_PLANS
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.schemas import PlanHead, PlanQuery
from gateway.studio.plans.states import PlanState
from gateway.studio.snapshots.schemas import (
    Quota,
    SnapshotBalance,
    SnapshotQuery,
    StudioLimits,
    StudioSnapshot,
)
from gateway.studio.threads import settings, threads
from gateway.studio.threads.schemas import Message, Thread
from gateway.studio.threads.tables import StudioSettings

MOST_PROJECTS, MOST_THREADS, MOST_MESSAGES, MOST_ASSETS, MOST_JOBS = 100, 100, 30, 50, 50
MOST_PLANS = 20
ACTIVITY_RANGE = 2**20
URL_PERIOD = 12 * HOUR


class ProjectContent(TypedDict):
    """The threads and assets of a project, newest first, as fields of the snapshot."""

    threads: list[Thread]
    assets: list[Asset]


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Takes snapshots for one application."""

    database: Database
    files: OutputUrls
    urls: SignedUrls
    uploads: Uploads
    balances: BalanceReader
    plans: PlanReader
    agent: Agent
    limits: StudioLimits

    async def compute_etag(self, session: Session, caller: Caller) -> tuple[int, str]:
        """Return the revision and the ETag.

        The ETag also has the number of pending plans and a period of 12 hours: plans expire, and
        signed URLs end, without a write that would raise the revision.
        """
        account = caller.ledger_account
        library_revision = (await quota.get_usage(session, account)).revision
        counted = library_revision + await get_account_version(session, account)
        activity = await jobs.sum_open_versions(session, account)
        activity += await agent_requests.sum_active_versions(session, account)
        revision = counted * ACTIVITY_RANGE + min(activity, ACTIVITY_RANGE - 1)
        ((pending,),) = await session.read(COUNT_PENDING_PLANS, [(account,)])
        return revision, f'"{revision}.{pending}.{self.database.clock.now() // URL_PERIOD}"'

    async def take_snapshot(
        self, session: Session, caller: Caller, query: SnapshotQuery, revision: int
    ) -> StudioSnapshot:
        """Return the snapshot of the project and thread that the query names, or that are selected.

        Raises:
            NotFound: the account has no such project or thread.
        """
        account, now = caller.ledger_account, self.database.clock.now()
        studio_settings = await settings.load_settings(session, account)
        project_id, thread_id = await self._choose_project_and_thread(
            session, account, query, studio_settings
        )
        newest_projects = await projects.list_newest_projects(session, account, MOST_PROJECTS)
        return StudioSnapshot(
            revision=revision,
            livemode=caller.livemode,
            settings=await settings.render_settings(session, studio_settings),
            projects=await projects.render_projects(session, newest_projects),
            project_id=project_id,
            **await self._load_project_content(session, account, project_id, now),
            thread_id=thread_id,
            messages=await self._list_messages(session, thread_id),
            pending_plans=await self._list_pending_plans(caller),
            active_requests=[
                await agent_view.render_request(session, request)
                for request in await agent_requests.list_active_requests(session, account)
            ],
            active_jobs=await jobs.list_open_jobs(
                session, self.files, account, limit=MOST_JOBS, now=now
            ),
            balance=await self._render_balance(account),
            quota=await self._render_quota(session, caller),
            agent=self.agent.render_agent(caller.book, studio_settings),
            limits=self.limits,
        )

    async def _choose_project_and_thread(
        self, session: Session, account: int, query: SnapshotQuery, studio_settings: StudioSettings
    ) -> tuple[str | None, str | None]:
        """Return the ids of project and thread: those of the query, else the selected ones.

        A selected thread of another project is left out.

        Raises:
            NotFound: the account has no such project or thread, or they do not belong together.
        """
        if query.thread_id is not None:
            thread = await threads.load_thread(session, account, query.thread_id)
            if query.project_id not in {None, thread.project_id}:
                raise NotFound("The thread belongs to another project.", field="threadId")
            return thread.project_id, thread.id
        selected = await projects.get_selected_project_id(session, account)
        project_id = query.project_id or selected
        if project_id is not None:
            await projects.load_project(session, account, project_id)
        if studio_settings.selected_thread_id is None:
            return project_id, None
        thread = await threads.load_thread(session, account, studio_settings.selected_thread_id)
        return project_id, thread.id if thread.project_id == project_id else None

    async def _load_project_content(
        self, session: Session, account: int, project_id: str | None, now: int
    ) -> ProjectContent:
        if project_id is None:
            return {"threads": [], "assets": []}
        newest_assets = await asset_queries.list_newest_assets(session, project_id, MOST_ASSETS)
        newest_threads = await threads.list_newest_threads(
            session, account, project_id, MOST_THREADS
        )
        return {
            "threads": [threads.render_thread(thread) for thread in newest_threads],
            "assets": [
                asset_rendering.render_asset(asset, self.urls, now) for asset in newest_assets
            ],
        }

    async def _list_messages(self, session: Session, thread_id: str | None) -> list[Message]:
        if thread_id is None:
            return []
        page, _ = await threads.load_message_page(session, thread_id, limit=MOST_MESSAGES)
        return [threads.render_message(message) for message in page]

    async def _list_pending_plans(self, caller: Caller) -> list[PlanHead]:
        query = PlanQuery.model_validate({"state": PlanState.PENDING, "limit": MOST_PLANS})
        return (await self.plans.list_plans(caller, query)).data

    async def _render_balance(self, account: int) -> SnapshotBalance:
        balance = await self.balances.get_balance(account)
        return SnapshotBalance.model_validate(
            to_amount_fields("balance", balance.posted_microusd)
            | to_amount_fields("available", balance.available_microusd)
            | to_amount_fields("held", balance.held_microusd)
        )

    async def _render_quota(self, session: Session, caller: Caller) -> Quota:
        usage = await quota.get_usage(session, caller.ledger_account)
        allowance = self.uploads.quotas.allowances[caller.book]
        return Quota(
            bytes=usage.bytes,
            bytes_max=allowance.bytes,
            assets=usage.assets,
            assets_max=allowance.assets,
        )


def build_limits() -> StudioLimits:
    """Return the limits that pages and agents want to know beforehand."""
    return StudioLimits(
        message_characters=MESSAGE_CHARACTERS,
        attachments=MOST_ATTACHMENTS,
        active_requests=MOST_ACTIVE_REQUESTS,
        upload_bytes=UPLOAD_BYTES,
    )
