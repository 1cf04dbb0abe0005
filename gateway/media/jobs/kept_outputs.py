"""Kept outputs: copied into assets when their job has a project or `keep`, or when asked later.

A copy is an asset of its own: it stays when the output's 48 hours are over. Bytes are copied before
the transaction that may keep them, since none is open while storage is asked.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import select

from gateway.identity.accounts.preferences import load_preferences
from gateway.kit import idempotency
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound, Problem, Unavailable
from gateway.kit.ids import Ids
from gateway.kit.operation import Answer, Call, Caller, to_sent_fields
from gateway.kit.wire.plain_text import shorten_text
from gateway.kit.wire.request_reader import parse_json_object
from gateway.library import asset_queries, assets, projects
from gateway.library.asset_queries import OutputPlace
from gateway.library.assets import AssetOrigin, NewAsset, build_storage_key
from gateway.library.errors import StorageQuotaExceeded
from gateway.library.preview_files import StoredPreviews, read_previews
from gateway.library.previews import copy_previews
from gateway.library.quota import Quotas, lock_shelf
from gateway.library.uploads.intake import Destination, Uploads
from gateway.media.errors import OutputDeleted, SourceNotReady
from gateway.media.jobs.claims import ClaimedJob
from gateway.media.jobs.outputs import (
    MadeOutput,
    build_file_name,
    is_output_visible,
    read_output_facts,
)
from gateway.media.schemas import KeepAsset
from gateway.media.states import JobState
from gateway.media.tables import Job, Output
from gateway.media.tasks.catalogue import TASKS
from gateway.storage.base import KeyMissing, Storage

MOST_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class OutputCopy:
    """A copy of an output's bytes, under the key of the asset that it may become."""

    asset_id: str
    key: str
    previews: StoredPreviews = field(default_factory=StoredPreviews)


@dataclass(frozen=True, slots=True)
class OutputKeeper:
    """Keeps the outputs of jobs that have a project or are to be kept, for one worker."""

    storage: Storage
    quotas: Quotas
    ids: Ids

    async def copy_outputs(
        self, claimed: ClaimedJob, outputs: Sequence[MadeOutput]
    ) -> list[OutputCopy]:
        """Copy outputs that are to be kept, before the transaction that may keep them."""
        if claimed.project_id is None and not claimed.keep:
            return []
        copies = []
        for output in outputs:
            asset_id = self.ids.new("ast")
            key = build_storage_key(asset_id, 1, output.mime_type)
            await self.storage.copy(output.key, key)
            previews = await copy_previews(self.storage, output.previews, output.key, key)
            copies.append(OutputCopy(asset_id, key, previews))
        return copies

    async def keep_copies(
        self, session: Session, claimed: ClaimedJob, copies: Sequence[OutputCopy]
    ) -> bool:
        """Make assets of the copies, in the transaction in which the job succeeds.

        False: the account has no room for them. The job succeeds all the same, and its outputs are
        available for 48 hours.
        """
        job = await session.get_one(Job, claimed.job_id)
        if job.project_id is not None:
            await lock_shelf(session, job.account_id)
            await projects.add_project_spending(session, job.project_id, job.price_microusd)
        if not copies:
            return True
        await lock_shelf(session, job.account_id)
        statement = select(Output).where(Output.job_id == job.id).order_by(Output.index)
        outputs = (await session.scalars(statement)).all()
        size = sum(each.size_bytes for each in outputs)
        try:
            await self.quotas.check_room(
                session, job.account_id, job.book, size_bytes=size, assets=len(outputs)
            )
        except StorageQuotaExceeded:
            return False
        project_id = job.project_id
        if project_id is None:
            project_id = (await projects.ensure_inbox(session, self.ids, job.account_id)).id
        for copied, output in zip(copies, outputs, strict=True):
            each = build_new_asset(copied, job, output, project_id=project_id)
            await assets.create_asset(session, self.quotas, job.account_id, job.book, each)
        return True

    async def drop_copies(self, copies: Sequence[OutputCopy]) -> None:
        """Delete copies that were not kept, as far as possible now."""
        for copied in copies:
            try:
                await self.storage.delete_folder(f"{assets.ASSETS_FOLDER}/{copied.asset_id}")
            except (NotFound, Unavailable):
                continue  # the sweep deletes them later


def build_new_asset(copied: OutputCopy, job: Job, output: Output, *, project_id: str) -> NewAsset:
    """Return the asset that a copied output becomes."""
    filename = build_file_name(output)
    return NewAsset(
        id=copied.asset_id,
        project_id=project_id,
        kind=output.kind,
        name=build_asset_name(job, output),
        filename=filename,
        mime_type=output.mime_type,
        key=copied.key,
        size_bytes=output.size_bytes,
        sha256=output.sha256,
        source=AssetOrigin(type="job", job_id=job.id, output_index=output.index),
        source_sha256=output.sha256,
        facts=read_output_facts(output),
        overlap_frames=job.overlap_frames,
        rating=0 if output.starred_at is None else assets.STAR_RATING,
        previews=copied.previews,
    )


def build_asset_name(job: Job, output: Output) -> str:
    """Return the name of an output's asset: the beginning of its prompt, or else its task."""
    effective_input = json.loads(job.effective_input_json)
    beginning = shorten_text(str(effective_input.get("prompt") or ""), MOST_NAME_CHARACTERS)
    name = beginning or TASKS[job.task].title
    return f"{name} ({output.index + 1})" if output.index else name


async def keep_url(
    uploads: Uploads, call: Call, caller: Caller, body: KeepAsset, url: str
) -> Answer:
    """Fetch the file at a public URL and keep it as an asset.

    Raises:
        Problem: nothing was kept.
    """
    project_id = await projects.choose_project(
        uploads.database, uploads.ids, caller.ledger_account, body.project_id
    )
    to = _build_destination(call, caller, body, project_id, AssetOrigin(type="url"))
    return await uploads.fetch(to, url, account_id=caller.account_id)


async def keep_output(uploads: Uploads, call: Call, caller: Caller, body: KeepAsset) -> Answer:
    """Keep an output of a job as an asset.

    Raises:
        Problem: nothing was kept.
    """
    job_id, index = body.job_id or "", body.output_index
    project_id = await projects.choose_project(
        uploads.database, uploads.ids, caller.ledger_account, body.project_id
    )
    source = AssetOrigin(type="job", job_id=job_id, output_index=index)
    to = _build_destination(call, caller, body, project_id, source)
    return await copy_output(uploads, to)


async def copy_output(uploads: Uploads, to: Destination) -> Answer:
    """Keep the output that the source of a destination names.

    Raises:
        Problem: nothing was kept.
    """
    job_id, index = to.source.job_id or "", to.source.output_index or 0
    async with uploads.database.read() as snapshot:
        job, output = await get_output(snapshot, to.account, job_id, index)
    asset_id = uploads.ids.new("ast")
    key = build_storage_key(asset_id, 1, output.mime_type)
    copied = OutputCopy(asset_id, key, read_previews(output))
    new = build_new_asset(copied, job, output, project_id=to.project_id)
    new = replace(new, name=to.name or new.name, tags=to.tags)
    try:
        return await uploads.copy(
            to, output.key, new, partial(refuse_deleted_output, job_id=job_id, index=index)
        )
    except KeyMissing:
        raise OutputDeleted from None


@dataclass(frozen=True, slots=True)
class StarKeep:
    """The asset that keeps a starred output, or the problem for which there is none."""

    asset_id: str | None = None
    problem: Problem | None = None


async def keep_starred_outputs(
    uploads: Uploads, caller: Caller, outputs: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], StarKeep]:
    """Keep outputs (job id and index) that were starred, each as far as it can be.

    The stars stay in any case. One that is kept already stays where it is; the others go into
    their job's project, or else the inbox. Nothing is kept, and the answer is empty, where the
    account's preference is to keep nothing by itself. No transaction may be open.
    """
    async with uploads.database.read() as snapshot:
        preferences = await load_preferences(snapshot, caller.account_id)
    if preferences.auto_keep == "none":
        return {}
    return {each: await _keep_starred_output(uploads, caller, *each) for each in outputs}


async def _keep_starred_output(
    uploads: Uploads, caller: Caller, job_id: str, index: int
) -> StarKeep:
    account = caller.ledger_account
    try:
        async with uploads.database.read() as snapshot:
            kept = await asset_queries.find_kept_output(snapshot, account, job_id, index)
            if kept is not None:
                return StarKeep(asset_id=kept.id)
            job, _ = await get_output(snapshot, account, job_id, index)
            wanted = await projects.find_open_project(snapshot, job.project_id)
        project_id = await projects.choose_project(
            uploads.database,
            uploads.ids,
            caller.ledger_account,
            None if wanted is None else wanted.id,
        )
        source = AssetOrigin(type="job", job_id=job_id, output_index=index)
        to = Destination(
            account=account, book=caller.book, project_id=project_id, filename="", source=source
        )
        answer = await copy_output(uploads, to)
    except Problem as problem:
        return StarKeep(problem=problem)
    return StarKeep(asset_id=str(parse_json_object(answer.body)["assetId"]))


def _build_destination(
    call: Call, caller: Caller, body: KeepAsset, project_id: str, source: AssetOrigin
) -> Destination:
    key = call.idempotency_key
    return Destination(
        account=caller.ledger_account,
        book=caller.book,
        project_id=project_id,
        filename="",
        source=source,
        name=body.name,
        tags=body.tags,
        scope=None if key is None else call.key_scope(key),
        request_hash=idempotency.hash_request(to_sent_fields(body)),
    )


async def get_output(session: Session, account: int, job_id: str, index: int) -> tuple[Job, Output]:
    """Return a job of the account and its output, whose bytes exist, or those that keep it.

    Raises:
        NotFound: there is no such job, or it made no such output.
        SourceNotReady: the job has not succeeded.
        OutputDeleted: it was deleted, or its bytes were and nothing keeps it.
    """
    statement = select(Job).where(Job.id == job_id, Job.account_id == account)
    job = await session.scalar(statement)
    if job is None:
        raise NotFound("There is no such job.", field="jobId")
    if job.state != JobState.SUCCEEDED:
        raise SourceNotReady(f"{job_id} is {job.state}.", field="jobId", jobId=job_id)
    output = await session.get(Output, (job_id, index))
    if output is None:
        raise NotFound("The job has no such output.", field="outputIndex")
    if output.hidden_at is not None:
        raise OutputDeleted
    if output.deleted_at is not None:
        kept = await asset_queries.find_kept_output(session, account, job_id, index)
        if kept is None:
            raise OutputDeleted
    return job, output


async def require_outputs(session: Session, account: int, places: Sequence[OutputPlace]) -> None:
    """Require that an account has made these outputs, whether or not they can be kept.

    Raises:
        NotFound: it has not made one of them.
    """
    for job_id, index in places:
        with suppress(SourceNotReady, OutputDeleted):
            await get_output(session, account, job_id, index)


async def refuse_deleted_output(session: Session, *, job_id: str, index: int) -> None:
    """Refuse an output that its owner has deleted.

    Under the shelf's lock this holds until the commit: a delete takes that lock to archive what
    keeps its outputs, and so finds what is kept until then.

    Raises:
        OutputDeleted: it was deleted.
    """
    if not await is_output_visible(session, job_id, index):
        raise OutputDeleted


async def get_preview_source(session: Session, account: int, ref: str) -> tuple[str, str]:
    """Return storage key and kind of the media behind an `asset://` or `job://`.

    Raises:
        NotFound: there is no such asset, job or output of the account.
        SourceNotReady: see `get_output`.
        OutputDeleted: its owner has deleted the result, or its bytes are gone.
    """
    form, _, name = ref.partition("://")
    if form == "asset":
        asset = await asset_queries.load_asset(session, account, name, field_name="ref")
        if asset.purged_at is not None:
            raise NotFound("The bytes of this asset have been deleted.", field="ref")
        if asset.job_id is not None and asset.output_index is not None:
            await refuse_deleted_output(session, job_id=asset.job_id, index=asset.output_index)
        return asset.key, asset.kind
    job_id, _, number = name.partition("/")
    index = int(number or 0)
    _, output = await get_output(session, account, job_id, index)
    # What keeps it stays; its own bytes go once its 48 hours are over.
    kept = await asset_queries.find_kept_output(session, account, job_id, index)
    return output.key if kept is None else kept.key, output.kind
