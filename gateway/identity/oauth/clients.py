"""The apps that may ask people to connect them: registered here, or described at their own URL."""

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
from gateway.identity.keys import database_time
from gateway.identity.oauth.redirects import Redirect
from gateway.identity.tables import OAuthClient
from gateway.kit import wire
from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database import Database, Session
from gateway.kit.errors import InvalidInput, InvalidJson, Problem
from gateway.kit.ids import Ids
from gateway.kit.operation import JSON
from gateway.kit.safe_fetch import FetchRefused, SafeFetch
from gateway.kit.sql import sql
from gateway.kit.urls import has_parts

UNUSABLE = (FetchRefused, InvalidInput, InvalidJson, InvalidRedirectUri)
DOCUMENT_BYTES = 5 * 1024
FRESH_AT_LEAST, FRESH_AT_MOST = 5 * MINUTE, DAY
UNUSED = 90 * DAY
MOST_NAME = 80
FOREIGN = "The app asked for a redirect to an address it has not registered."
GRANT_TYPES = ("authorization_code", "refresh_token")
MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?=$|[\s,])", re.IGNORECASE)
DOCUMENT_URL = re.compile(r"https://[A-Za-z0-9.\-:\[\]]+/[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]+")
KEEP = sql(
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
PURGE = sql(f"DELETE FROM oauth_client WHERE used_at < kt_now() - {UNUSED}")  # noqa: S608 - constant


class Metadata(BaseModel):
    """What an app says of itself (RFC 7591); all else it says changes nothing here."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    redirect_uris: list[str] = Field(min_length=1, max_length=10)
    client_name: str | None = None


class DescribedMetadata(Metadata):
    """What an app says of itself at its own URL, which is its id."""

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
class Client:
    """An app, by the name that it gives itself."""

    id: str
    name: str
    redirects: Sequence[Redirect]

    @property
    def described(self) -> bool:
        """Return True if the id is the URL of a description."""
        return is_url(self.id)

    def redirect(self, uri: str) -> Redirect:
        """Return where the browser is to go back to.

        Raises:
            UnknownApp: nowhere that the app named before.
        """
        try:
            wanted = Redirect.parse(uri)
        except InvalidRedirectUri:
            raise UnknownApp(FOREIGN) from None
        if not any(wanted.matches(each) for each in self.redirects):
            raise UnknownApp(FOREIGN)
        return wanted


@dataclass(frozen=True, slots=True)
class Clients:
    """Registers apps, and finds them."""

    database: Database
    ids: Ids
    fetcher: SafeFetch

    async def register(self, body: bytes, content_type: str | None) -> RegisteredClient:
        """Register an app as it describes itself; return what RFC 7591 answers.

        Raises:
            InvalidClientMetadata, InvalidRedirectUri: see there.
        """
        try:
            given = wire.read(Metadata, body, content_type=content_type)
        except Problem as problem:
            raise InvalidClientMetadata(problem.detail.replace('"', "'")) from None
        client = _client(self.ids.new("client"), given)
        async with self.database.write() as session:
            now = await database_time(session)
            session.add(
                OAuthClient(
                    id=client.id,
                    name=client.name,
                    redirect_uris_json=json.dumps(given.redirect_uris),
                    stale_at=None,
                    created_at=now,
                    used_at=now,
                )
            )
        return {
            "client_id": client.id,
            "client_id_issued_at": now // SECOND,
            "client_name": client.name,
            "redirect_uris": given.redirect_uris,
            "grant_types": list(GRANT_TYPES),
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }

    async def find(self, client_id: str, account_id: str) -> Client:
        """Return an app; one that describes itself is read at its URL, for the account that asks.

        Raises:
            UnknownApp: there is none, or its description cannot be read.
            RateLimited: the account has had too many URLs read.
        """
        async with self.database.read() as snapshot:
            wanted = select(OAuthClient).where(OAuthClient.id == client_id)
            row = (await snapshot.scalars(wanted)).first()
            now = await database_time(snapshot)
        if row is not None and (row.stale_at is None or row.stale_at > now):
            redirects = [Redirect.parse(uri) for uri in json.loads(row.redirect_uris_json)]
            return Client(row.id, row.name, redirects)
        if not is_url(client_id):
            raise UnknownApp
        return await self._described(client_id, account_id)

    async def _described(self, url: str, account_id: str) -> Client:
        try:
            read = await self.fetcher.read(url, cap_bytes=DOCUMENT_BYTES, account_id=account_id)
            given = wire.read(DescribedMetadata, read.body, content_type=JSON)
            client = _client(url, given)
        except UNUSABLE:
            raise UnknownApp(f"The app metadata at {url} cannot be used.") from None
        if given.client_id != url:
            raise UnknownApp("This app metadata belongs to another app.")
        kept = (url, client.name, json.dumps(given.redirect_uris), fresh_for(read.cache_control))
        async with self.database.write() as session:
            await session.change(KEEP, [kept])
        return client

    async def check(self, client_id: str) -> None:
        """Check that an app may ask for tokens.

        Raises:
            InvalidClient: it is not registered, or was not used for 90 days.
        """
        if is_url(client_id):
            return
        async with self.database.read() as snapshot:
            wanted = select(OAuthClient.id).where(OAuthClient.id == client_id)
            if await snapshot.scalar(wanted) is None:
                raise InvalidClient

    async def purge(self) -> None:
        """Forget apps that nobody used for 90 days."""
        async with self.database.write() as session:
            await session.change(PURGE)


async def note_used(session: Session, client_id: str, now: int) -> None:
    """Write that an app was used, once a day: one row is there for all its people."""
    await session.execute(
        update(OAuthClient)
        .where(OAuthClient.id == client_id, OAuthClient.used_at < now - DAY)
        .values(used_at=now)
    )


def is_url(client_id: str) -> bool:
    """Return True if a client id is the URL of a description: https, with a path, in one form."""
    if not DOCUMENT_URL.fullmatch(client_id) or not has_parts(client_id):
        return False
    segments = urlsplit(client_id).path.split("/")
    return "." not in segments and ".." not in segments


def fresh_for(cache_control: str) -> int:
    """Return for how many microseconds a description is kept: as it says, 5 minutes to a day."""
    said = MAX_AGE.search(cache_control)
    wanted = int(said[1]) * SECOND if said else 0
    return max(FRESH_AT_LEAST, min(wanted, FRESH_AT_MOST))


def shown_name(name: str | None, fallback: str) -> str:
    """Return a name that is safe to show: one line, no invisible characters, at most 80."""
    plain = "".join(each if each.isprintable() else " " for each in name or "")
    return " ".join(plain.split())[:MOST_NAME] or fallback[:MOST_NAME]


def _client(client_id: str, given: Metadata) -> Client:
    redirects = [Redirect.parse(uri) for uri in given.redirect_uris]
    return Client(client_id, shown_name(given.client_name, redirects[0].shown), redirects)
