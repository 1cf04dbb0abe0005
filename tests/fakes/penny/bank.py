"""The stand-in for Penny: payment pages, refunds, disputes, lists and signed events, over HTTP."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

PENNY_KEY, PENNY_SECRET, SIGNATURE_HEADER = "penny_key", "penny_secret", "penny-signature"


def sign_event(body: bytes, stamp: int, secret: str) -> str:
    """Return the signature header of an event that is sent at `stamp`, in seconds."""
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"{stamp}.{digest.hexdigest()}"


class PennyBank:
    """The sessions, returns and events of one merchant, by their ids; amounts are cents."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.returns: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.base = ""
        self._done: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def build_application(self) -> Starlette:
        """Return the application; all but its payment pages need the key."""
        return Starlette(
            routes=[
                Route("/pay/{id}", self._page),
                Route("/pay/{id}", self._pay, methods=["POST"]),
                Route("/api/sessions", self._create, methods=["POST"]),
                Route("/api/refunds", self._refund, methods=["POST"]),
                Route("/api/{kind}", self._list),
                Route("/api/{kind}/{id}", self._read),
            ]
        )

    def refund_payment(self, payment: str, cents: int, **more: str) -> dict[str, Any]:
        """Refund so many cents of a payment and return the event."""
        (session,) = [each for each in self.sessions.values() if each["payment"] == payment]
        returned = [each["cents"] for each in self.returns.values() if each["payment"] == payment]
        assert sum(returned) + cents <= session["cents"], "more than was paid"
        return self._add_return("refund", payment, cents, "succeeded", **more)

    def open_dispute(self, payment: str, cents: int) -> dict[str, Any]:
        """Open a dispute, which takes the cents back until it is decided; return the event."""
        return self._add_return("dispute", payment, cents, "open")

    def decide_dispute(self, dispute: str, *, won: bool) -> dict[str, Any]:
        """Decide a dispute and return the event; the money of a won one comes back."""
        decided = self.returns[dispute]
        decided["status"] = "won" if won else "lost"
        return self._add_event("dispute.changed", decided)

    def deliver_event(
        self, url: str, event: dict[str, Any], *, secret: str = PENNY_SECRET
    ) -> httpx2.Response:
        """Send an event to a gateway, signed now, and return its answer."""
        body = json.dumps(event).encode()
        headers = {SIGNATURE_HEADER: sign_event(body, int(time.time()), secret)}
        return httpx2.post(url, content=body, headers=headers, timeout=60, trust_env=False)

    def _add_return(
        self, kind: str, payment: str, cents: int, status: str, **more: str
    ) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": f"{kind}_{next(self._numbers)}", "kind": kind, "payment": payment,
            "cents": cents, "status": status, "created": int(time.time()), **more,
        }  # fmt: skip
        self.returns[row["id"]] = row
        return self._add_event(f"{kind}.changed", row)

    def _add_event(self, kind: str, about: dict[str, Any]) -> dict[str, Any]:
        event = {"id": f"event_{next(self._numbers)}", "type": kind, "object": about["id"]}
        self.events[event["id"]] = event
        return event

    async def _page(self, request: Request) -> Response:
        session = self.sessions[request.path_params["id"]]
        form = "<form method=post><button>Pay</button></form>" * (session["status"] == "open")
        return HTMLResponse(f"<h1>NO REAL MONEY</h1>{session['cents']} cents{form}")

    async def _pay(self, request: Request) -> Response:
        session = self.sessions[request.path_params["id"]]
        if session["status"] == "open":
            session |= {"status": "paid", "payment": f"payment_{next(self._numbers)}"}
            self._add_event("session.paid", session)
        return RedirectResponse(session["return_url"].replace("{ID}", session["id"]), 303)

    async def _create(self, request: Request) -> Response:
        return await self._answer_once(request, self._add_session)

    def _add_session(self, body: dict[str, Any]) -> dict[str, Any]:
        name = f"session_{next(self._numbers)}"
        fields = {"id": name, "url": f"{self.base}/pay/{name}", "status": "open", "payment": None}
        self.sessions[name] = body | fields | {"created": int(time.time())}
        return self.sessions[name]

    async def _refund(self, request: Request) -> Response:
        return await self._answer_once(
            request, lambda body: self.returns[self.refund_payment(**body)["object"]]
        )

    async def _answer_once(self, request: Request, make: Any) -> Response:  # noqa: ANN401 - either of two
        """Make something once for each idempotency key; answer a repeat with the same."""
        if request.headers.get("authorization") != f"Bearer {PENNY_KEY}":
            return JSONResponse({}, status_code=401)
        key = request.headers["idempotency-key"]
        if key not in self._done:
            self._done[key] = make(await request.json())
        return JSONResponse(self._done[key])

    async def _list(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {PENNY_KEY}":
            return JSONResponse({}, status_code=401)
        since, payment = request.query_params.get("since", "0"), request.query_params.get("payment")
        found = vars(self)[request.path_params["kind"]].values()
        wanted = [each for each in found if each["created"] >= int(since)]
        return JSONResponse([each for each in wanted if payment in {None, each["payment"]}])

    async def _read(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {PENNY_KEY}":
            return JSONResponse({}, status_code=401)
        found = vars(self)[request.path_params["kind"]].get(request.path_params["id"])
        return JSONResponse(found or {}, status_code=200 if found else 404)
