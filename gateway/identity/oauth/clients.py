"""OAuth clients: apps registered here (RFC 7591), or described by a document at their own URL."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update

from gateway.identity.errors import (
    InvalidClient,
    InvalidClientMetadata,
    InvalidRedirectUri,
    UnknownApp,
)
from gateway.identity.oauth.redirects import Redirect
from gateway.identity.tables import OAuthClient
from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import InvalidInput, InvalidJson, Problem
from gateway.kit.ids import Ids
from gateway.kit.operation import JSON_MEDIA_TYPE
from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.kit.wire import request_reader
from gateway.kit.wire.urls import is_parsable_url

UNUSABLE_DOCUMENT_ERRORS = (FetchRefused, InvalidInput, InvalidJson, InvalidRedirectUri)
MAX_DOCUMENT_BYTES = 5 * 1024
MIN_FRESHNESS, MAX_FRESHNESS = 5 * MINUTE, DAY  # whatever `max-age` says
UNUSED_RETENTION = 90 * DAY
MAX_NAME_CHARS = 80
FOREIGN_REDIRECT = "The app asked for a redirect to an address it has not registered."
GRANT_TYPES = ("authorization_code", "refresh_token")
MAX_AGE_PATTERN = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?=$|[\s,])", re.IGNORECASE)
DOCUMENT_URL = re.compile(r"https://[A-Za-z0-9.\-:\[\]]+/[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]+")
UPSERT_CLIENT = sql(
    """
    INSERT INTO oauth_client (id, name, redirect_uris_json, stale_at, created_at, used_at)
    SELECT given.id, given.name, given.uris, kt_now() + given.fresh, kt_now(), kt_now()
    FROM {rows} WHERE true
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, stale_at = excluded.stale_at,
      redirect_uris_json = excluded.redirect_uris_json, used_at = excluded.used_at
    """,
    id="text",
    name="text",
    uris="text",
    fresh="int",
)
PURGE_CLIENTS = sql(f"DELETE FROM oauth_client WHERE used_at < kt_now() - {UNUSED_RETENTION}")  # noqa: S608 - constant


class ClientMetadata(BaseModel):
    """The metadata that an app registers with (RFC 7591); other members change nothing here."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    redirect_uris: list[str] = Field(min_length=1, max_length=10)
    client_name: str | None = None


class DescribedMetadata(ClientMetadata):
    """The metadata in the document of an app, whose URL is the client id."""

    client_id: str


class RegisteredClient(TypedDict):
    """The answer to an app that has registered (RFC 7591)."""

    client_id: str
    client_id_issued_at: int
    client_name: str
    redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    token_endpoint_auth_method: str


@dataclass(frozen=True, slots=True)
class AppClient:
    """An app that may ask to be connected; the name is the one that it gives itself."""

    id: str
    name: str
    redirects: Sequence[Redirect]

    @property
    def has_document(self) -> bool:
        """Return True if the id is the URL of a description."""
        return is_document_url(self.id)

    def get_redirect(self, uri: str) -> Redirect:
        """Return the redirect to send the browser back to, if the app has registered it.

        Raises:
            UnknownApp: it has not. The person stays here: elsewhere a code could be stolen.
        """
        try:
            redirect = Redirect.parse(uri)
        except InvalidRedirectUri:
            raise UnknownApp(FOREIGN_REDIRECT) from None
        if not any(redirect.matches(registered) for registered in self.redirects):
            raise UnknownApp(FOREIGN_REDIRECT)
        return redirect


@dataclass(frozen=True, slots=True)
class AppClients:
    """Registers apps, finds them, and reads the documents of those that describe themselves."""

    database: Database
    ids: Ids
    fetcher: SafeFetch

    async def register(self, body: bytes, content_type: str | None) -> RegisteredClient:
        """Register an app from its metadata; return the answer of RFC 7591.

        Raises:
            InvalidClientMetadata, InvalidRedirectUri: the metadata or a redirect URI is not valid.
        """
        try:
            metadata = request_reader.read_body(ClientMetadata, body, content_type=content_type)
        except Problem as problem:  # RFC 6749 allows no double quotes in one
            raise InvalidClientMetadata(problem.detail.replace('"', "'")) from None
        client = _build_client(self.ids.new("client"), metadata)
        async with self.database.write() as session:
            now = await get_database_time(session)
            session.add(
                OAuthClient(
                    id=client.id,
                    name=client.name,
                    redirect_uris_json=json.dumps(metadata.redirect_uris),
                    stale_at=None,
                    created_at=now,
                    used_at=now,
                )
            )
        return {
            "client_id": client.id,
            "client_id_issued_at": now // SECOND,
            "client_name": client.name,
            "redirect_uris": metadata.redirect_uris,
            "grant_types": list(GRANT_TYPES),
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }

    async def load_client(self, client_id: str, account_id: str) -> AppClient:
        """Return an app by its client id; fetch its document if it has one that is stale.

        Raises:
            UnknownApp: there is none, or its document cannot be used.
            RateLimited: the account made us fetch too many URLs.
        """
        async with self.database.read() as snapshot:
            query = select(OAuthClient).where(OAuthClient.id == client_id)
            row = (await snapshot.scalars(query)).first()
            now = await get_database_time(snapshot)
        if row is not None and (row.stale_at is None or row.stale_at > now):
            redirects = [Redirect.parse(uri) for uri in json.loads(row.redirect_uris_json)]
            return AppClient(row.id, row.name, redirects)
        if not is_document_url(client_id):
            raise UnknownApp
        return await self._fetch_document(client_id, account_id)

    async def _fetch_document(self, url: str, account_id: str) -> AppClient:
        """Fetch the document of an app, outside a transaction, and keep what it says."""
        try:
            answer = await self.fetcher.read_document(
                url, max_bytes=MAX_DOCUMENT_BYTES, account_id=account_id
            )
            metadata = request_reader.read_body(
                DescribedMetadata, answer.body, content_type=JSON_MEDIA_TYPE
            )
            client = _build_client(url, metadata)
        except UNUSABLE_DOCUMENT_ERRORS:
            raise UnknownApp(f"The app metadata at {url} cannot be used.") from None
        if metadata.client_id != url:
            raise UnknownApp("This app metadata belongs to another app.")
        uris, fresh = json.dumps(metadata.redirect_uris), read_freshness(answer.cache_control)
        async with self.database.write() as session:
            await session.change(UPSERT_CLIENT, [(url, client.name, uris, fresh)])
        return client

    async def check_registered(self, client_id: str) -> None:
        """Check that an app may ask for tokens.

        Raises:
            InvalidClient: it is not registered, or was not used for 90 days.
        """
        # An app with a document needs no row here: its grants name its URL.
        if is_document_url(client_id):
            return
        async with self.database.read() as snapshot:
            query = select(OAuthClient.id).where(OAuthClient.id == client_id)
            if await snapshot.scalar(query) is None:
                raise InvalidClient

    async def purge(self) -> None:
        """Delete apps that were not used for 90 days."""
        async with self.database.write() as session:
            await session.change(PURGE_CLIENTS)


async def record_client_use(session: Session, client_id: str, now: int) -> None:
    """Write that an app was used, at most once a day: all its people share one row."""
    await session.execute(
        update(OAuthClient)
        .where(OAuthClient.id == client_id, OAuthClient.used_at < now - DAY)
        .values(used_at=now)
    )


def is_document_url(client_id: str) -> bool:
    """Return True if a client id is the URL of a document: https, with a path, in normal form."""
    if not DOCUMENT_URL.fullmatch(client_id) or not is_parsable_url(client_id):
        return False
    segments = urlsplit(client_id).path.split("/")
    return "." not in segments and ".." not in segments


def read_freshness(cache_control: str) -> int:
    """Return how long a document is fresh, in microseconds: its `max-age`, 5 minutes to a day."""
    match = MAX_AGE_PATTERN.search(cache_control)
    max_age = int(match[1]) * SECOND if match else 0
    return max(MIN_FRESHNESS, min(max_age, MAX_FRESHNESS))


def clean_name(name: str | None, fallback: str) -> str:
    """Return a name that is safe to show: one line, 80 visible characters at most."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name or "")
    return " ".join(plain.split())[:MAX_NAME_CHARS] or fallback[:MAX_NAME_CHARS]


def _build_client(client_id: str, metadata: ClientMetadata) -> AppClient:
    """Build an app from its metadata; without a name it is called by its first redirect."""
    redirects = [Redirect.parse(uri) for uri in metadata.redirect_uris]
    return AppClient(
        client_id, clean_name(metadata.client_name, redirects[0].display_text), redirects
    )
