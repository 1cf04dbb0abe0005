"""A stand-in for Coinbase's hosted checkouts: it checks tokens for real, and signs its events."""

import base64
import hashlib
import hmac
import itertools
import json
import time
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATH = "/sandbox/api/v1/checkouts"
KEY_ID, SECRET = "11111111-2222-3333-4444-555555555555", "of the subscription"
SIGNED = ("content-type", "x-event-id", "x-event-type")


def raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


class Coinbase:
    """Checkouts of one merchant; `down` answers 503, `lost` does it and says nothing.

    `busy` answers 409, as to a twin of a request that is under way.
    """

    def __init__(self) -> None:
        self.key = OKPKey.generate_key("Ed25519")
        self.checkouts: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.down = self.lost = self.busy = False
        self._numbers = itertools.count(1)

    @property
    def secret_key(self) -> str:
        """Return the key as Coinbase gives it out."""
        parts = self.key.as_dict(private=True)
        return base64.b64encode(raw(str(parts["d"])) + raw(str(parts["x"]))).decode()

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route(PATH, self._create, methods=["POST"]),
                Route(PATH, self._list),
                Route(f"{PATH}/{{id}}", self._read),
            ]
        )

    def pay(self, checkout_id: str, status: str = "COMPLETED", **changes: str) -> None:
        """Let a checkout become what it is after somebody paid."""
        self.checkouts[checkout_id] |= {"status": status, **changes}

    def refund(self, checkout_id: str, dollars: str) -> None:
        """Refund so much in all of a checkout, as a merchant does on Coinbase's pages."""
        whole = dollars == self.checkouts[checkout_id]["amount"]
        status = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        self.pay(checkout_id, status, refundedAmount=dollars)

    def event(self, checkout_id: str, kind: str) -> bytes:
        """Return the body of an event about a checkout."""
        return json.dumps(self.checkouts[checkout_id] | {"eventType": kind}).encode()

    def deliver(
        self,
        url: str,
        body: bytes,
        *,
        secret: str = SECRET,
        age: int = 0,
        changed: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send an event, signed as Coinbase signs."""
        sent = self.signed(body, secret=secret, age=age) | dict(changed or {})
        return httpx2.post(url, content=body, headers=sent, timeout=60, trust_env=False)

    def signed(self, body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
        """Return the headers of an event."""
        sent = {
            "content-type": "application/json", "x-event-id": "ev", "x-event-type": "checkout",
        }  # fmt: skip
        stamp, names = int(time.time()) - age, " ".join(SIGNED)
        values = ".".join(sent[name] for name in SIGNED)
        message = f"{stamp}.{names}.{values}.".encode() + body
        told = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        plain = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        sent["x-hook0-signature"] = f"t={stamp},v0={plain},h={names},v1={told}"
        return sent

    def _refused(self, request: Request) -> Response | None:
        if self.down:
            return Response(status_code=503)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        registry = jws.JWSRegistry(algorithms=["EdDSA"], strict_check_header=False)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "EdDSA is deprecated")
                read = jwt.decode(token, self.key, registry=registry)
        except Exception:  # noqa: BLE001 - whatever it is, it is no token
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        asked = f"{request.method} {request.url.netloc}{request.url.path}"
        good = (read.header["kid"], read.claims["uri"], read.claims["iss"]) == (
            KEY_ID,
            asked,
            "cdp",
        )
        fresh = read.claims["nbf"] <= time.time() + 5 < read.claims["exp"]
        return None if good and fresh else Response(status_code=401)

    async def _create(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        if self.busy:
            return Response(status_code=409)
        key, body = request.headers["x-idempotency-key"], await request.json()
        if key not in self.by_key:
            if body["currency"] != "USDC" or "." not in body["amount"]:
                return JSONResponse({"error": "invalid"}, status_code=400)
            assert datetime.fromisoformat(body["expiresAt"]) > datetime.now(UTC)
            found = f"{next(self._numbers):024x}"
            self.by_key[key] = found
            url = f"https://payments.coinbase.com/payment-links/pl_{found}"
            made = datetime.now(UTC).isoformat()
            told = {"id": found, "url": url, "status": "ACTIVE", "createdAt": made}
            self.checkouts[found] = body | told
        if self.lost:
            return Response(status_code=500)
        return JSONResponse(self.checkouts[self.by_key[key]], status_code=201)

    async def _list(self, request: Request) -> Response:
        """Answer the newest first, three a page, whatever page size is asked for."""
        refused = self._refused(request)
        if refused is not None:
            return refused
        since = datetime.fromisoformat(request.query_params["startTime"])
        found = sorted(
            (
                each
                for each in self.checkouts.values()
                if datetime.fromisoformat(each["createdAt"]) >= since
            ),
            key=lambda each: str(each["id"]),
            reverse=True,
        )
        begin = int(request.query_params.get("pageToken", 0))
        page: dict[str, Any] = {"checkouts": found[begin : begin + 3]}
        if begin + 3 < len(found):
            page["nextPageToken"] = str(begin + 3)
        return JSONResponse(page)

    async def _read(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        found = self.checkouts.get(request.path_params["id"])
        return Response(status_code=404) if found is None else JSONResponse(found)
