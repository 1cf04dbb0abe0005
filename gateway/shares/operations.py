"""Operations on shares."""

from sqlalchemy import select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound
from gateway.kit.operation import Answer, Call, Caller, operation
from gateway.library.assets import Asset
from gateway.library.errors import MediaUnreadable, ProjectArchived, StorageQuotaExceeded
from gateway.media.errors import OutputDeleted, SourceNotReady
from gateway.shares import schemas
from gateway.shares.errors import NotShareable, ShareTakenDown
from gateway.shares.links import ShareLinks
from gateway.shares.rendering import render_share
from gateway.shares.sharing import Sharing, read_expiry
from gateway.shares.tables import Share

SHARES_PATH = "/api/v1/shares"
SCOPES = ("studio",)


@operation(
    "GET",
    SHARES_PATH,
    tag="shares",
    response=schemas.SharePage,
    scopes=SCOPES,
    problems=(NotFound,),
)
async def list_shares(
    caller: Caller, query: schemas.ShareQuery, session: Snapshot, links: ShareLinks
) -> schemas.SharePage:
    """List the shares of this account and mode, newest first, each with its link."""
    now = await get_database_time(session)
    statement = (
        select(Share, Asset)
        .join(Asset, Asset.id == Share.asset_id)
        .where(Share.account_id == caller.ledger_account)
    )
    filters = {
        "share_id": Share.id == query.share_id,
        "ref": Share.ref == query.ref,
        "cursor": Share.id < (query.cursor or ""),
    }
    statement = statement.where(
        *(each for name, each in filters.items() if getattr(query, name) is not None)
    )
    if query.active:
        statement = statement.where(
            Share.revoked_at.is_(None),
            Share.taken_down_at.is_(None),
            Share.expires_at > now,
            Asset.archived_at.is_(None),
        )
    statement = statement.order_by(Share.id.desc()).limit(query.limit + 1)
    rows = (await session.execute(statement)).all()
    if not rows and query.share_id is not None:
        raise NotFound("There is no such share.", field="shareId")
    data = [render_share(share, asset, links, now) for share, asset in rows[: query.limit]]
    has_more = len(rows) > query.limit
    return schemas.SharePage(data=data, next_cursor=data[-1].share_id if has_more else None)


@operation(
    "POST",
    SHARES_PATH,
    tag="shares",
    response=schemas.Share,
    status=201,
    scopes=SCOPES,
    seconds=90,
    problems=(
        NotFound,
        NotShareable,
        ShareTakenDown,
        SourceNotReady,
        OutputDeleted,
        ProjectArchived,
        StorageQuotaExceeded,
        MediaUnreadable,
    ),
)
async def create_share(
    call: Call, caller: Caller, body: schemas.CreateShare, sharing: Sharing
) -> Answer:
    """Share one result by a secret link that anybody can open, for 30 days by default.

    The result is kept, so it counts against the storage quota. Files given to the job, the account
    and other results are never shown.
    """
    return await sharing.share(call, caller, body)


@operation(
    "PATCH",
    SHARES_PATH,
    tag="shares",
    response=schemas.Share,
    scopes=SCOPES,
    problems=(NotFound,),
)
async def update_share(
    caller: Caller, body: schemas.ChangeShare, session: Session, links: ShareLinks
) -> schemas.Share:
    """Change what a share shows, whether it offers Remix, or when it ends; its link stays."""
    share, asset = await get_own_share(session, caller, body.share_id)
    now = await get_database_time(session)
    changes = {
        "show_prompt": body.show.prompt,
        "show_seed": body.show.seed,
        "show_cost": body.show.cost,
        "showcase": body.show.showcase,
        "remix": body.remix,
    }
    for name, value in changes.items():
        if value is not None:
            setattr(share, name, int(value))
    if body.expires_at is not None:
        share.expires_at = read_expiry(body.expires_at, now)
    if not share.showcase:
        share.featured_at = None  # a later consent is a new choice of the operator
    await session.flush()
    return render_share(share, asset, links, now)


@operation(
    "POST",
    f"{SHARES_PATH}/revoke",
    tag="shares",
    response=schemas.Share,
    scopes=SCOPES,
    problems=(NotFound,),
)
async def revoke_share(
    caller: Caller, body: schemas.RevokeShare, session: Session, links: ShareLinks
) -> schemas.Share:
    """Revoke a share permanently: its page and its files answer 404 at once."""
    share, asset = await get_own_share(session, caller, body.share_id)
    now = await get_database_time(session)
    share.revoked_at = share.revoked_at or now
    share.featured_at = None
    await session.flush()
    return render_share(share, asset, links, now)


async def get_own_share(session: Session, caller: Caller, share_id: str) -> tuple[Share, Asset]:
    """Return a share of the caller's account and mode, and its asset; lock the share.

    Raises:
        NotFound: there is none, or it belongs to another account.
    """
    statement = select(Share).where(Share.id == share_id, Share.account_id == caller.ledger_account)
    share = await session.scalar(statement.with_for_update())
    if share is None:
        raise NotFound("There is no such share.", field="shareId")
    return share, await session.get_one(Asset, share.asset_id)
