"""Acts on shares and their reports, and the choice of the front page."""

from typing import TypedDict

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.operation import Ports
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.shares import oversight
from gateway.shares.links import ShareLinks
from gateway.shares.oversight import OverseenShare


class ShareRow(TypedDict):
    """A share in a list; `path` is its page, where that can be told and works."""

    shareId: str
    accountId: str
    mode: str
    kind: str
    mediaKind: str
    state: str
    reports: int
    featured: bool
    createdAt: str
    expiresAt: str
    path: str | None


class ReportRow(TypedDict):
    """A report that waits for a decision."""

    reportId: str
    shareId: str
    reason: str
    words: str
    contact: str
    createdAt: str


async def list_shares(where: GatewayLocation) -> list[ShareRow]:
    """List the newest shares, those with open reports first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        shares = await oversight.list_newest_shares(snapshot)
        return [_to_row(each, where) for each in shares]


async def list_showcase(where: GatewayLocation) -> list[ShareRow]:
    """List the shares that their owners allow on the front page, those that are there first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        shares = await oversight.list_showcase(snapshot)
        return [_to_row(each, where) for each in shares]


async def list_reports(where: GatewayLocation) -> list[ReportRow]:
    """List the reports that wait for a decision, newest first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "reportId": each.id,
                "shareId": each.share_id,
                "reason": each.reason,
                "words": each.words,
                "contact": each.contact,
                "createdAt": to_iso(each.created_at),
            }
            for each in await oversight.list_open_reports(snapshot)
        ]


async def take_down_share(order: OperatorOrder, share_id: str) -> OutcomeFields:
    """End a share and all others of the same result at once, and decide their reports.

    Raises:
        LookupError: there is no such share.
    """

    async def work(session: Session) -> ActOutcome:
        share, changed = await oversight.take_down_shares(session, share_id)
        after = {"accountId": share.owner_id, "assetId": share.asset_id}
        return ActOutcome(target=share.id, changed=changed, after=after)

    return await perform_act(order, "share.takedown", work)


async def restore_share(order: OperatorOrder, share_id: str) -> OutcomeFields:
    """Undo a takedown: the links that it ended work again, if they have not expired.

    Raises:
        LookupError: there is no such share.
    """

    async def work(session: Session) -> ActOutcome:
        share, changed = await oversight.restore_shares(session, share_id)
        return ActOutcome(target=share.id, changed=changed, after={"accountId": share.owner_id})

    return await perform_act(order, "share.restore", work)


async def dismiss_reports(order: OperatorOrder, share_id: str) -> OutcomeFields:
    """Decide the open reports of a share without taking it down.

    Raises:
        LookupError: there is no such share.
    """

    async def work(session: Session) -> ActOutcome:
        share = await oversight.get_locked_share(session, share_id)
        number = await oversight.close_reports(session, share_id)
        return ActOutcome(target=share.id, changed=number > 0, after={"reports": number})

    return await perform_act(order, "share.dismiss", work)


async def feature_share(order: OperatorOrder, share_id: str) -> OutcomeFields:
    """Put a share on the front page, with its prompt and what it cost.

    Raises:
        LookupError, ValueError: there is none, its owner has not allowed it, or it has ended.
    """
    return await _set_featured(order, share_id, "share.feature", featured=True)


async def unfeature_share(order: OperatorOrder, share_id: str) -> OutcomeFields:
    """Take a share off the front page; its link goes on working.

    Raises:
        LookupError: there is no such share.
    """
    return await _set_featured(order, share_id, "share.unfeature", featured=False)


async def _set_featured(
    order: OperatorOrder, share_id: str, action: str, *, featured: bool
) -> OutcomeFields:
    async def work(session: Session) -> ActOutcome:
        share, changed = await oversight.set_featured(session, share_id, featured=featured)
        return ActOutcome(target=share.id, changed=changed, after={"featured": featured})

    return await perform_act(order, action, work)


def _to_row(overseen: OverseenShare, where: GatewayLocation) -> ShareRow:
    share = overseen.share
    links: ShareLinks | None = where.get(ShareLinks) if isinstance(where, Ports) else None
    return {
        "shareId": share.id,
        "accountId": share.owner_id,
        "mode": share.book,
        "kind": share.kind,
        "mediaKind": overseen.asset.kind,
        "state": overseen.state,
        "reports": overseen.open_reports,
        "featured": share.featured_at is not None,
        "createdAt": to_iso(share.created_at),
        "expiresAt": to_iso(share.expires_at),
        "path": None if links is None else links.find_path(share),
    }
