"""A stand-in for Coinbase's hosted checkouts, which verifies tokens and signs its events."""

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

CHECKOUTS_PATH = "/sandbox/api/v1/checkouts"
KEY_ID, COINBASE_WEBHOOK_SECRET = "11111111-2222-3333-4444-555555555555", "of the subscription"
SIGNED_HEADERS = ("content-type", "x-event-id", "x-event-type")


def decode_base64url(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


class Coinbase:
    """The checkouts of one merchant, and the faults that a test sets.

    `down` answers 503 to everything; `lost` creates the checkout and answers 500; `busy` answers
    409, as to a twin of a request that is under way.
    """

    def __init__(self) -> None:
        self.key = OKPKey.generate_key("Ed25519")
        self.checkouts: dict[str, dict[str, Any]] = {}
        self.checkout_ids_by_key: dict[str, str] = {}
        self.down = self.lost = self.busy = False
        self._numbers = itertools.count(1)

    @property
    def secret_key(self) -> str:
        """Return the merchant's private key in the form in which Coinbase gives it out."""
        parts = self.key.as_dict(private=True)
        return base64.b64encode(
            decode_base64url(str(parts["d"])) + decode_base64url(str(parts["x"]))
        ).decode()

    def build_application(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route(CHECKOUTS_PATH, self._create, methods=["POST"]),
                Route(CHECKOUTS_PATH, self._list),
                Route(f"{CHECKOUTS_PATH}/{{id}}", self._read),
            ]
        )

    def set_paid(self, checkout_id: str, status: str = "COMPLETED", **changes: str) -> None:
        """Set the status that a checkout has after the buyer's payment."""
        self.checkouts[checkout_id] |= {"status": status, **changes}

    def refund(self, checkout_id: str, dollars: str) -> None:
        """Set how much of a checkout is refunded, as a merchant does on Coinbase's page."""
        whole = dollars == self.checkouts[checkout_id]["amount"]
        status = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        self.set_paid(checkout_id, status, refundedAmount=dollars)

    def render_event(self, checkout_id: str, kind: str) -> bytes:
        """Return the body of an event of this type about a checkout."""
        return json.dumps(self.checkouts[checkout_id] | {"eventType": kind}).encode()

    def deliver(
        self,
        url: str,
        body: bytes,
        *,
        secret: str = COINBASE_WEBHOOK_SECRET,
        age: int = 0,
        changed: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a signed event, `age` seconds old; `changed` replaces headers after signing."""
        sent = self.sign_event(body, secret=secret, age=age) | dict(changed or {})
        return httpx2.post(url, content=body, headers=sent, timeout=60, trust_env=False)

    def sign_event(
        self, body: bytes, *, secret: str = COINBASE_WEBHOOK_SECRET, age: int = 0
    ) -> dict[str, str]:
        """Return the headers of an event, with the signature that Coinbase's hooks carry.

        `v1` covers the time, the names and values of the signed headers and the body; `v0` is the
        older form over time and body alone.
        """
        sent = {
            "content-type": "application/json", "x-event-id": "ev", "x-event-type": "checkout",
        }  # fmt: skip
        stamp, names = int(time.time()) - age, " ".join(SIGNED_HEADERS)
        values = ".".join(sent[name] for name in SIGNED_HEADERS)
        message = f"{stamp}.{names}.{values}.".encode() + body
        newer = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        older = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        sent["x-hook0-signature"] = f"t={stamp},v0={older},h={names},v1={newer}"
        return sent

    def _check_token(self, request: Request) -> Response | None:
        """Return the refusal of a request without a fresh token for this method and URL."""
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
        refused = self._check_token(request)
        if refused is not None:
            return refused
        if self.busy:
            return Response(status_code=409)
        key, body = request.headers["x-idempotency-key"], await request.json()
        if key not in self.checkout_ids_by_key:
            if body["currency"] != "USDC" or "." not in body["amount"]:
                return JSONResponse({"error": "invalid"}, status_code=400)
            assert datetime.fromisoformat(body["expiresAt"]) > datetime.now(UTC)
            checkout_id = f"{next(self._numbers):024x}"
            self.checkout_ids_by_key[key] = checkout_id
            url = f"https://payments.coinbase.com/payment-links/pl_{checkout_id}"
            now = datetime.now(UTC).isoformat()
            fields = {"id": checkout_id, "url": url, "status": "ACTIVE", "createdAt": now}
            self.checkouts[checkout_id] = body | fields
        if not body.items() <= self.checkouts[self.checkout_ids_by_key[key]].items():
            return JSONResponse({"errorType": "idempotency_error"}, status_code=422)
        if self.lost:
            return Response(status_code=500)
        return JSONResponse(self.checkouts[self.checkout_ids_by_key[key]], status_code=201)

    async def _list(self, request: Request) -> Response:
        """List checkouts, newest first, three a page whatever page size is requested."""
        refused = self._check_token(request)
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
        refused = self._check_token(request)
        if refused is not None:
            return refused
        found = self.checkouts.get(request.path_params["id"])
        return Response(status_code=404) if found is None else JSONResponse(found)
