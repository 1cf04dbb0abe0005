"""An OpenID Connect issuer on loopback, in place of Google: discovery, JWKS, authorize, token.

It signs with RS256 and is honest by default. A test makes it lie: another key, no signature, other
claims, a rotated key, or an odd body in place of the answer of a path.
"""

import asyncio
import base64
import hashlib
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jws
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.gateway import find_free_port

GOOGLE_CLIENT_ID = "web.apps.example"
GOOGLE_CLIENT_SECRET = "the-client-secret"
START_SECONDS = 10
View = Callable[[Request], Awaitable[Response]]


class Issuer:
    """The issuer, its people and its faults."""

    def __init__(self) -> None:
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.person: dict[str, Any] = {"sub": "1", "email": "ana@gmail.com"}
        self.keys = [RSAKey.generate_key(2048, {"kid": "first"})]
        self.jwks_reads = 0
        self.is_away = False
        self.odd_answers: dict[str, bytes] = {}
        self._codes: dict[str, dict[str, str]] = {}

    def build_claims(self, **more: object) -> dict[str, Any]:
        now = int(time.time())
        honest = {"iss": self.url, "aud": GOOGLE_CLIENT_ID, "iat": now, "exp": now + 600}
        return honest | {"email_verified": True} | self.person | more

    def sign_token(self, key: RSAKey | None = None, **more: object) -> str:
        """Return a token; a claim given as None is left out."""
        signed_by = key or self.keys[0]
        claims = {
            name: value for name, value in self.build_claims(**more).items() if value is not None
        }
        header, payload = {"alg": "RS256", "kid": signed_by.kid}, json.dumps(claims)
        return jws.serialize_compact(header, payload, signed_by)

    def build_unsigned_token(self, **more: object) -> str:
        """Return a token of algorithm `none`."""
        parts = ({"alg": "none", "kid": self.keys[0].kid}, self.build_claims(**more))
        texts = [
            base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts
        ]
        return f"{texts[0]}.{texts[1]}."

    def rotate_key(self) -> None:
        """Sign with a new key from now on, and no longer publish the old one."""
        self.keys = [RSAKey.generate_key(2048, {"kid": f"key-{time.monotonic_ns()}"})]

    def build_application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._with_odd_answer(self._discovery)),
                Route("/jwks", self._with_odd_answer(self._jwks)),
                Route("/authorize", self._authorize),
                Route("/token", self._with_odd_answer(self._token), methods=["POST"]),
            ]
        )

    def _with_odd_answer(self, view: View) -> View:
        async def answer(request: Request) -> Response:
            odd = self.odd_answers.get(request.url.path)
            return await view(request) if odd is None else Response(odd)

        return answer

    async def _discovery(self, _request: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        names = {
            "jwks_uri": "jwks",
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
        }
        places = {name: f"{self.url}/{path}" for name, path in names.items()}
        return JSONResponse({"issuer": self.url} | places)

    async def _jwks(self, _request: Request) -> Response:
        self.jwks_reads += 1
        keys = [key.as_dict(private=False) for key in self.keys]
        return JSONResponse({"keys": keys}, headers={"Cache-Control": "public, max-age=3600"})

    async def _authorize(self, request: Request) -> Response:
        """Redirect the browser back with a code at once, as for a person who is signed in."""
        query = dict(request.query_params)
        assert query["client_id"] == GOOGLE_CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        back = urlencode({"code": code, "state": query["state"]})
        return RedirectResponse(f"{query['redirect_uri']}?{back}", 302)

    async def _token(self, request: Request) -> Response:
        """Exchange a code once, for the client and the PKCE verifier that it belongs to."""
        form = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        query = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            query is None
            or (query["code_challenge"], query["redirect_uri"]) != (challenge, form["redirect_uri"])
            or (form["client_id"], form["client_secret"])
            != (GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET)
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": self.sign_token(nonce=query["nonce"])})


@contextmanager
def serve_issuer() -> Iterator[Issuer]:
    """Serve an issuer for the block."""
    google = Issuer()
    server = uvicorn.Server(
        uvicorn.Config(
            google.build_application(), port=google.port, log_config=None, lifespan="off"
        )
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the issuer did not start"
        time.sleep(0.01)
    try:
        yield google
    finally:
        server.should_exit = True
        thread.join()
