"""Keys, buying credit, and linking this device."""

from asyncio import sleep
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Literal, TypeAlias, Unpack

from killatamata._async.paging import AsyncPage, Resource
from killatamata.errors import BadRequest, TimedOut
from killatamata.fields import ChangeKey, SpendPolicy
from killatamata.timeouts import Timeout
from killatamata.types import (
    CreatedKey,
    Key,
    LinkedKey,
    PurchaseShown,
    Receipt,
    RevokedKey,
    StartedLink,
)
from killatamata.wire import build_query, build_wire_fields, to_wire_names

KEYS_PATH = "/api/v1/keys"
Scope: TypeAlias = Literal["media", "studio", "account:read", "billing", "studio:approve", "admin"]
PENDING_CODES = {"authorization_pending", "slow_down"}


class Keys(Resource):
    """The API keys of this account."""

    def list(self, *, limit: int = 50, timeout: Timeout | None = None) -> AsyncPage[Key]:
        """Return the account's keys, the newest first, without their secrets."""
        return self._list(Key, KEYS_PATH, build_query(limit=limit), timeout=timeout)

    async def create(
        self,
        label: str,
        *,
        scopes: Sequence[Scope] | None = None,
        spend_policy: SpendPolicy | None = None,
        expires_at: datetime | str | None = None,
        mode: Literal["live", "test"] | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> CreatedKey:
        """Create a key; only this answer holds its `api_key`.

            client.keys.create("agent", scopes=["media"], spend_policy={"daily_limit_usd": "2.00"})

        Raises:
            PermissionDenied: the calling key may not create keys, or not one with these rights.
        """
        body = build_wire_fields(
            label=label,
            scopes=scopes and [*scopes],
            spend_policy=spend_policy and to_wire_names(spend_policy),
            expires_at=expires_at,
            mode=mode,
        )
        return await self._transport.request_model(
            CreatedKey,
            "POST",
            KEYS_PATH,
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    async def update(
        self, key_id: str, *, timeout: Timeout | None = None, **changes: Unpack[ChangeKey]
    ) -> Key:
        """Change a key; what is left out stays.

        client.keys.update(key.id, label="agent", spend_policy={"daily_limit_usd": "2.00"})
        """
        body = {"keyId": key_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Key, "PATCH", KEYS_PATH, json=body, timeout=timeout
        )

    async def revoke(self, key: str, *, timeout: Timeout | None = None) -> RevokedKey:
        """Revoke a key for good, by its id or its prefix.

        Raises:
            NotFound: no key matches.
            Conflict: several keys have this prefix.
        """
        body = {"keyId" if key.startswith("key_") else "keyPrefix": key}
        return await self._transport.request_model(
            RevokedKey, "POST", f"{KEYS_PATH}/revoke", json=body, timeout=timeout
        )

    async def rotate(
        self,
        key_id: str,
        *,
        grace_seconds: int = 0,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> CreatedKey:
        """Replace a key with a new one; the old one keeps working for `grace_seconds`.

        Raises:
            NotFound: there is no such key.
        """
        body = {"keyId": key_id, "graceSeconds": grace_seconds}
        return await self._transport.request_model(
            CreatedKey,
            "POST",
            f"{KEYS_PATH}/rotate",
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )


class Purchases(Resource):
    """The purchases of this account."""

    def list(self, *, limit: int = 20, timeout: Timeout | None = None) -> AsyncPage[PurchaseShown]:
        """Return the purchases, the newest first."""
        return self._list(
            PurchaseShown, "/api/v1/purchases", build_query(limit=limit), timeout=timeout
        )

    async def receipt(self, purchase_id: str, *, timeout: Timeout | None = None) -> Receipt:
        """Return the receipt of a purchase."""
        query = build_query(purchase_id=purchase_id)
        return await self._transport.request_model(
            Receipt, "GET", "/api/v1/purchases/receipt", params=query, timeout=timeout
        )


class Device(Resource):
    """Device linking: a person approves a key in a browser (RFC 8628)."""

    async def start(
        self,
        client_name: str,
        *,
        scopes: Sequence[Scope] | None = None,
        mode: Literal["live", "test"] | None = None,
        spend_policy: SpendPolicy | None = None,
        timeout: Timeout | None = None,
    ) -> StartedLink:
        """Start a link; show `user_code` and `verification_uri_complete`, then call `wait`."""
        body = build_wire_fields(
            client_name=client_name,
            scopes=scopes and [*scopes],
            mode=mode,
            spend_policy=spend_policy and to_wire_names(spend_policy),
        )
        return await self._transport.request_model(
            StartedLink, "POST", "/api/v1/device/link/start", json=body, timeout=timeout
        )

    async def poll(self, device_code: str, *, timeout: Timeout | None = None) -> LinkedKey:
        """Fetch the key of an approved link; it is handed out once.

        Raises:
            BadRequest: code `authorization_pending` or `slow_down` until the person has decided;
                any other code is final.
        """
        return await self._transport.request_model(
            LinkedKey,
            "POST",
            "/api/v1/device/link/poll",
            json={"deviceCode": device_code},
            timeout=timeout,
        )

    async def wait(self, link: StartedLink, *, timeout: Timeout | None = None) -> LinkedKey:
        """Poll as often as the gateway allows until the person has approved; return the key.

        Raises:
            BadRequest: code `access_denied`: the person declined.
            TimedOut: the link expired before the person decided.
        """
        until, interval = monotonic() + link.expires_in, float(link.interval)
        while monotonic() < until:
            await sleep(interval)
            try:
                return await self.poll(link.device_code, timeout=timeout)
            except BadRequest as refused:
                if refused.code not in PENDING_CODES:
                    raise
                # `slow_down` names a longer interval: a client that keeps the old one is refused
                # again and again.
                interval = float(refused.problem.get("interval", interval))
        raise TimedOut("The device was not approved in time.")
