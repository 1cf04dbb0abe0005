"""Shares: results behind secret links that anybody can open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from killatamata._sync.paging import Page, Resource
from killatamata.timeouts import Timeout
from killatamata.types import FilmHead, MediaOutput, Share
from killatamata.wire import build_query, build_wire_fields

SHARES_PATH = "/api/v1/shares"
SharedThing: TypeAlias = MediaOutput | FilmHead | str
"""A result, a rendered film, or its reference: `job://JOB/n`, `asset://ID` or `film://ID`."""
Shown: TypeAlias = Literal["prompt", "seed", "cost", "showcase"]
"""A thing that the page of a share can tell; `showcase` lets the operator show it to all."""
EVERY_SHOWN: Sequence[Shown] = ("prompt", "seed", "cost", "showcase")


class Shares(Resource):
    """The shares of this account."""

    def create(
        self,
        shared: SharedThing,
        *,
        show: Sequence[Shown] = (),
        remix: bool = True,
        expires_at: datetime | None = None,
        kind: Literal["output", "take", "film"] | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> Share:
        """Share a result by a secret link, `share.url`; keep the result if nothing keeps it yet.

        `show` names what its page tells beside the result. `expires_at` is a time with a zone, at
        most a year ahead; without it the link ends in 30 days.

        Raises:
            NotFound: there is no such result.
            StatusError: it cannot be shared, or there is no room to keep it; nothing was shared.
        """
        ref = build_share_ref(shared)
        body = build_wire_fields(
            ref=ref,
            kind=kind or ("film" if ref.startswith("film://") else None),
            show=dict.fromkeys(show, True),
            remix=remix,
            expires_at=expires_at,
        )
        return self._transport.request_model(
            Share, "POST", SHARES_PATH, json=body, idempotency_key=idempotency_key, timeout=timeout
        )

    def list(
        self,
        shared: SharedThing | None = None,
        *,
        active: bool = False,
        limit: int = 50,
        timeout: Timeout | None = None,
    ) -> Page[Share]:
        """Return the shares of the account, or of one result, newest first.

        `active` leaves out those whose links do not work. A result is found under the reference by
        which it was shared.
        """
        ref = None if shared is None else build_share_ref(shared)
        query = build_query(ref=ref, active=active or None, limit=limit)
        return self._list(Share, SHARES_PATH, query, timeout=timeout)

    def get(self, share_id: str, *, timeout: Timeout | None = None) -> Share:
        """Return one share.

        Raises:
            NotFound: there is no such share.
        """
        page = self._list(Share, SHARES_PATH, build_query(share_id=share_id), timeout=timeout)
        return page.data[0]

    def update(
        self,
        share_id: str,
        *,
        show: Sequence[Shown] | None = None,
        remix: bool | None = None,
        expires_at: datetime | None = None,
        timeout: Timeout | None = None,
    ) -> Share:
        """Change what a share shows, whether it offers Remix, or when it ends; its link stays.

        `show` names all that it shows from now on. What is None stays.

        Raises:
            NotFound: there is no such share.
        """
        shown = None if show is None else {each: each in show for each in EVERY_SHOWN}
        body = build_wire_fields(share_id=share_id, show=shown, remix=remix, expires_at=expires_at)
        return self._transport.request_model(
            Share, "PATCH", SHARES_PATH, json=body, timeout=timeout
        )

    def revoke(self, share: Share | str, *, timeout: Timeout | None = None) -> Share:
        """End a share at once and permanently; the result itself stays.

        Raises:
            NotFound: there is no such share.
        """
        share_id = share.share_id if isinstance(share, Share) else share
        return self._transport.request_model(
            Share, "POST", f"{SHARES_PATH}/revoke", json={"shareId": share_id}, timeout=timeout
        )


def build_share_ref(shared: SharedThing) -> str:
    """Return the reference of a result or film to share."""
    if isinstance(shared, MediaOutput):
        return f"job://{shared.job_id}/{shared.output_index}"
    if isinstance(shared, FilmHead):
        return f"film://{shared.film_id}"
    return shared
