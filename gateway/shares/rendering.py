"""Shares in their wire form, and their state."""

from typing import cast

from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.library.assets import Asset
from gateway.library.facts import Kind
from gateway.shares import schemas
from gateway.shares.links import ShareLinks
from gateway.shares.states import ShareState
from gateway.shares.tables import Share


def get_share_state(share: Share, asset: Asset, now: int) -> ShareState:
    """Return the state of a share of an open account."""
    if share.taken_down_at is not None:
        return ShareState.TAKEN_DOWN
    if share.revoked_at is not None:
        return ShareState.REVOKED
    if asset.archived_at is not None or asset.purged_at is not None:
        return ShareState.ENDED
    return ShareState.EXPIRED if now >= share.expires_at else ShareState.ACTIVE


def render_share(share: Share, asset: Asset, links: ShareLinks, now: int) -> schemas.Share:
    """Return a share in its wire form, with its link while that works."""
    state = get_share_state(share, asset, now)
    is_active = state == ShareState.ACTIVE
    return schemas.Share(
        share_id=share.id,
        kind=share.kind,
        ref=share.ref,
        state=state,
        url=links.find_url(share) if is_active else None,
        show=schemas.ShareShow(
            prompt=bool(share.show_prompt),
            seed=bool(share.show_seed),
            cost=bool(share.show_cost),
            showcase=bool(share.showcase),
        ),
        remix=bool(share.remix),
        featured=is_active and share.featured_at is not None,
        media_kind=cast("Kind", asset.kind),  # only media of jobs are shared
        asset_id=share.asset_id,
        job_id=asset.job_id or "",
        output_index=asset.output_index or 0,
        livemode=share.book == "live",
        created_at=to_iso(share.created_at),
        expires_at=to_iso(share.expires_at),
        revoked_at=to_iso_or_none(share.revoked_at),
    )
