"""Sharing: a result is kept, then gets a link.

Keeping copies bytes, and no transaction is open while storage is asked. So a share is made in
steps: find the result, keep it, write the share. A crash between them leaves a kept result without
a share, and the next try finds it kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from gateway.kit import idempotency
from gateway.kit.clock import DAY, MINUTE, to_microseconds
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import InvalidInput
from gateway.kit.ids import Ids
from gateway.kit.operation import Answer, Call, Caller, render_model, to_sent_fields
from gateway.kit.wire.request_reader import parse_json_object
from gateway.library import asset_queries, projects
from gateway.library.assets import Asset, lock_asset
from gateway.library.uploads.intake import Uploads
from gateway.media.jobs import kept_outputs
from gateway.media.schemas import KeepAsset
from gateway.shares.errors import ShareTakenDown
from gateway.shares.links import ShareLinks
from gateway.shares.rendering import render_share
from gateway.shares.schemas import CreateShare
from gateway.shares.share_pictures import SharePictures
from gateway.shares.sources import check_shareable, find_kept_asset, split_output_name
from gateway.shares.tables import Share

USUAL_LIFE, SHORTEST_LIFE, LONGEST_LIFE = 30 * DAY, 5 * MINUTE, 366 * DAY
CREATED_STATUS = 201


@dataclass(frozen=True, slots=True)
class Sharing:
    """Makes shares; its parts are those of the gateway."""

    uploads: Uploads
    links: ShareLinks
    pictures: SharePictures

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.uploads.database

    async def share(self, call: Call, caller: Caller, body: CreateShare) -> Answer:
        """Keep a result and share it; the same idempotency key gets the first answer again.

        Raises:
            NotFound: there is no such result, or it belongs to another account.
            NotShareable: it is no picture, clip or sound that a job made.
            ShareTakenDown: the operator has taken it down.
            StorageQuotaExceeded: there is no room to keep it; nothing was shared.
        """
        scope = call.idempotency_key and call.key_scope(call.idempotency_key)
        request_hash = idempotency.hash_request(to_sent_fields(body))
        if scope:
            async with self.database.write() as session:
                if stored := await idempotency.find_answer(session, scope):
                    return build_replay(stored.replay(request_hash))
        asset_id = await self._keep_result(call, caller, body.ref)
        async with self.database.write() as session:
            if scope and (stored := await idempotency.find_answer(session, scope)):
                return build_replay(stored.replay(request_hash))
            asset = await asset_queries.load_asset(session, caller.ledger_account, asset_id)
            share = await self._add_share(session, caller, body, asset)
            now = await get_database_time(session)
            rendered = render_share(share, asset, self.links, now)
            answer = Answer(status=CREATED_STATUS, body=render_model(rendered))
            if scope:
                stored = idempotency.StoredAnswer(
                    request_hash, answer.status, answer.body.decode(), share.id
                )
                await session.write(idempotency.build_answer_write([(scope, stored)]))
        await self.pictures.prepare(asset, caller.book)
        return answer

    async def _keep_result(self, call: Call, caller: Caller, ref: str) -> str:
        """Return the id of the asset that keeps a result; keep it first if none does."""
        account = caller.ledger_account
        async with self.database.read() as snapshot:
            kept = await find_kept_asset(snapshot, account, ref)
        if kept is not None:
            return kept.id
        job_id, index = split_output_name(ref.partition("://")[2])
        async with self.database.write() as session:
            project = await projects.ensure_default_project(session, self.uploads.ids, account)
            project_id = project.id
        wanted = KeepAsset.model_validate(
            {"projectId": project_id, "jobId": job_id, "outputIndex": index}
        )
        # The key names the share's answer: the asset's would be another one.
        answer = await kept_outputs.keep_output(
            self.uploads, replace(call, idempotency_key=None), caller, wanted
        )
        asset_id: str = parse_json_object(answer.body)["assetId"]
        return asset_id

    async def _add_share(
        self, session: Session, caller: Caller, body: CreateShare, asset: Asset
    ) -> Share:
        check_shareable(asset)
        await lock_asset(session, asset.id)
        await refuse_taken_down(session, asset)
        ids: Ids = self.uploads.ids
        now = await get_database_time(session)
        share_id = ids.new("shr")
        link = self.links.create_link(ids, share_id)
        share = Share(
            id=share_id,
            account_id=caller.ledger_account,
            owner_id=caller.account_id,
            book=caller.book,
            kind=body.kind,
            ref=body.ref,
            asset_id=asset.id,
            token_hash=link.token_hash,
            generation=link.generation,
            key_id=link.key_id,
            show_prompt=int(body.show.prompt),
            show_seed=int(body.show.seed),
            show_cost=int(body.show.cost),
            showcase=int(body.show.showcase),
            remix=int(body.remix),
            created_at=now,
            expires_at=read_expiry(body.expires_at, now),
            member_id=caller.member_id,
        )
        session.add(share)
        await session.flush()
        return share


def read_expiry(sent: datetime | None, now: int) -> int:
    """Return when a share ends, in microseconds.

    Raises:
        InvalidInput: it is too soon, or more than a year ahead.
    """
    expires_at = to_microseconds(sent) or now + USUAL_LIFE
    if not SHORTEST_LIFE <= expires_at - now <= LONGEST_LIFE:
        raise InvalidInput(
            "It must end between five minutes and a year from now.", field="expiresAt"
        )
    return expires_at


async def refuse_taken_down(session: Session, asset: Asset) -> None:
    """Refuse an asset that the operator has taken down by another share; it must be locked.

    Raises:
        ShareTakenDown: so it is.
    """
    taken = select(Share.id).where(
        Share.account_id == asset.account_id,
        Share.asset_id == asset.id,
        Share.taken_down_at.is_not(None),
    )
    if await session.scalar(taken.limit(1)) is not None:
        raise ShareTakenDown(field="ref")


def build_replay(stored: idempotency.StoredAnswer) -> Answer:
    """Return a stored answer as a replay."""
    headers = {"Idempotency-Replayed": "true"}
    return Answer(status=stored.status, body=stored.response.encode(), headers=headers)
