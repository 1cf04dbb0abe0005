"""Sign-in with Google: ID tokens checked against the published keys, and the code flow with PKCE.

The keys are cached as long as Google's answer says. A token that names an unknown key makes us
fetch them again, at most once a minute. All of it waits for Google, so nothing here may be called
inside a transaction.
"""

import asyncio
import base64
import binascii
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, TypedDict
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from pydantic import BaseModel, ConfigDict, Field

from gateway.identity.accounts.addresses import get_domain, normalize_address
from gateway.identity.accounts.identities import GoogleUser
from gateway.identity.errors import GoogleNotSetUp, GoogleUnavailable, TokenInvalid
from gateway.kit.outgoing.bounded_client import MIB, AnswerLimits, build_http_client

LEEWAY_SECONDS, KEY_REFRESH_SECONDS = 30, 60
ANSWER_LIMITS = AnswerLimits(max_bytes=MIB, seconds=5)
MAX_AGE_PATTERN = re.compile(r"\bmax-age=(\d{1,9})\b")
MAX_KEY_CACHE_SECONDS = 86_400
MAX_TOKEN_BYTES = 16_384
PlainClaim = Annotated[str, Field(pattern=r"^[^\x00-\x20]{1,255}$")]


class IdentityClaims(BaseModel):
    """The claims of an ID token about the person; a claim of another type makes it invalid."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    sub: PlainClaim
    aud: str | list[str]
    email: str
    email_verified: Literal[True]
    azp: PlainClaim | None = None
    hd: PlainClaim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectFlow:
    """One sign-in by redirect: its return address, and the secrets that tie it to a browser."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str


class _RequiredClaims(TypedDict):
    iss: jwt.ClaimsOption
    aud: jwt.ClaimsOption
    exp: jwt.ClaimsOption
    sub: jwt.ClaimsOption
    nonce: NotRequired[jwt.ClaimsOption]


class GoogleSignIn:
    """Google as an issuer, and our client ids there, the web client first; off without ids."""

    def __init__(
        self,
        issuer: str,
        client_ids: Sequence[str],
        client_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._issuer = issuer.rstrip("/")
        self.client_ids = tuple(client_ids)
        self._secret = client_secret
        self._keys = KeySet([])
        self._fresh_until = self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def is_enabled(self) -> bool:
        """Return True if people can sign in with Google here."""
        return bool(self.client_ids)

    async def verify_id_token(self, token: str, nonce: str | None) -> GoogleUser:
        """Return the person that an ID token proves; it must carry the nonce, if one is given.

        Raises:
            TokenInvalid: not signed by Google, not for us, expired, or without a verified address.
            GoogleNotSetUp: the operator gave no client id.
            GoogleUnavailable: Google's keys cannot be fetched.
        """
        if not self.is_enabled:
            raise GoogleNotSetUp
        try:
            if len(token) > MAX_TOKEN_BYTES:
                raise TokenInvalid
            keys = await self._get_keys(str(extract_compact(token.encode()).headers()["kid"]))
            claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
            self._build_registry(nonce).validate(claims)
            return self._read_user(claims)
        except (JoseError, ValueError, KeyError, TypeError, binascii.Error) as error:
            raise TokenInvalid from error

    def _build_registry(self, nonce: str | None) -> jwt.JWTClaimsRegistry:
        # Google writes its issuer with and without the scheme; its documentation allows both.
        issuers = {self._issuer, self._issuer.removeprefix("https://")}
        wanted: _RequiredClaims = {
            "iss": {"essential": True, "values": sorted(issuers)},
            "aud": {"essential": True, "values": list(self.client_ids)},
            "exp": {"essential": True},
            "sub": {"essential": True},
        }
        if nonce is not None:
            wanted["nonce"] = {"essential": True, "value": nonce}
        return jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **wanted)

    def _read_user(self, claims: jwt.Claims) -> GoogleUser:
        known = IdentityClaims.model_validate(claims)
        # The registry accepts a token if one audience is ours. Every one must be, and so must the
        # party it was issued to: another site's token could else be used to sign in here.
        audiences = [known.aud] if isinstance(known.aud, str) else known.aud
        if not {*audiences, known.azp or self.client_ids[0]} <= {*self.client_ids}:
            raise TokenInvalid
        email = normalize_address(known.email)
        # A Workspace speaks only for addresses of its own domain; people may use others there.
        hosted = (
            known.hd is not None
            and normalize_address(f"any@{known.hd}") == f"any@{get_domain(email)}"
        )
        return GoogleUser(issuer=self._issuer, subject=known.sub, email=email, hosted=hosted)

    async def _get_keys(self, kid: str) -> KeySet:
        async with self._lock:
            now = self._clock()
            is_known = any(key.kid == kid for key in self._keys.keys)
            # Tokens with made-up key ids must not become a stream of requests to Google.
            fetched_lately = now - self._fetched_at < KEY_REFRESH_SECONDS
            if now > self._fresh_until or not (is_known or fetched_lately):
                await self._fetch_keys(now)
            return self._keys

    async def _fetch_keys(self, now: float) -> None:
        self._fetched_at = now
        answer = await self._get(await self._fetch_endpoint("jwks_uri"))
        try:
            self._keys = KeySet.import_key_set(answer.json())
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise GoogleUnavailable from error
        age = MAX_AGE_PATTERN.search(answer.headers.get("cache-control", ""))
        self._fresh_until = now + min(
            int(age[1]) if age else KEY_REFRESH_SECONDS, MAX_KEY_CACHE_SECONDS
        )

    async def get_start_url(self, flow: RedirectFlow) -> str:
        """Return the URL at Google that a person who signs in is sent to.

        Raises:
            GoogleNotSetUp: the operator gave no client id.
            GoogleUnavailable: Google cannot be reached.
        """
        if not self.is_enabled:
            raise GoogleNotSetUp
        endpoint = await self._fetch_endpoint("authorization_endpoint")
        digest = hashlib.sha256(flow.verifier.encode()).digest()
        query = {
            "client_id": self.client_ids[0],
            "redirect_uri": flow.redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}?{urlencode(query)}"

    async def fetch_id_token(self, code: str, flow: RedirectFlow) -> str:
        """Fetch the ID token for the code that Google sent a person back with.

        Raises:
            TokenInvalid: Google does not know the code.
            GoogleUnavailable: Google cannot be reached.
        """
        endpoint = await self._fetch_endpoint("token_endpoint")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "client_id": self.client_ids[0],
            "client_secret": self._secret,
            "code_verifier": flow.verifier,
        }
        try:
            async with build_http_client(ANSWER_LIMITS) as client:
                answer = await client.post(endpoint, data=form)
        except httpx2.HTTPError as error:
            raise GoogleUnavailable from error
        if answer.is_server_error:
            raise GoogleUnavailable
        if not answer.is_success:
            raise TokenInvalid
        try:
            return str(answer.json()["id_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise TokenInvalid from error

    async def _fetch_endpoint(self, name: str) -> str:
        document = await self._get(f"{self._issuer}/.well-known/openid-configuration")
        try:
            return str(document.json()[name])
        except (ValueError, KeyError, TypeError) as error:
            raise GoogleUnavailable from error

    async def _get(self, url: str) -> httpx2.Response:
        try:
            async with build_http_client(ANSWER_LIMITS) as client:
                return (await client.get(url)).raise_for_status()
        except httpx2.HTTPError as error:
            raise GoogleUnavailable from error
