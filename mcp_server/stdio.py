"""The server over stdio: the tools of a gateway elsewhere, with the user's own key.

Stdout belongs to the protocol, so everything else goes to stderr. The gateway's OpenAPI document
takes a while to fetch at each start, so it is kept on disk with its ETag.
"""

import asyncio
import gc
import hashlib
import logging
import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from mcp.server import MCPServer
from pydantic_core import from_json

from mcp_server.json_types import Schema
from mcp_server.principal import Principal
from mcp_server.rest.api import TIMEOUT_SECONDS, RestApi, build_unexpected_refusal
from mcp_server.results import Refusal
from mcp_server.server import ServerOptions, build_server
from mcp_server.server_info import get_version
from mcp_server.tool_choice import ToolChoice

DEFAULT_BASE_URL = "https://api.killatamata.com"
ADDRESS_VARIABLE = "KT_API_BASE"
KEY = re.compile(r"[\x21-\x7e]*")
OPENAPI_PATH, BALANCE_PATH = "/openapi.json", "/api/v1/balance"
PRINCIPAL_CACHE_SECONDS, REFUSED_RETRY_SECONDS = 300.0, 5.0
log = logging.getLogger(__name__)


class DocumentUnavailable(Exception):  # noqa: N818 - said of a start
    """The gateway's OpenAPI document cannot be read; the message is one line."""


@dataclass(slots=True)
class KeyOwner:
    """The principal of this process's key, asked again every five minutes as scopes change."""

    api: RestApi
    _principal: Principal | None = None
    _fresh_until: float = field(default=0.0)

    async def __call__(self) -> Principal | None:
        """Return the principal, or None if the gateway does not tell it now.

        None admits every tool: the gateway itself then refuses what the key may not do.
        """
        if time.monotonic() >= self._fresh_until:
            self._principal = await self._fetch()
            seconds = PRINCIPAL_CACHE_SECONDS if self._principal else REFUSED_RETRY_SECONDS
            self._fresh_until = time.monotonic() + seconds
        return self._principal

    async def _fetch(self) -> Principal | None:
        try:
            return await fetch_principal(self.api)
        except Refusal as refusal:
            log.warning("the gateway does not tell what this key may do: %s", refusal)
            return None


async def fetch_principal(api: RestApi) -> Principal:
    """Return the principal of the key that `api` sends; its account stays unknown here.

    Raises:
        Refusal: the gateway refused, could not be reached, or named no key.
    """
    balance = await api.get(BALANCE_PATH)
    try:
        key = balance["key"]
        return Principal(account_id="", id=key["keyId"], scopes=frozenset(key["scopes"]))
    except (KeyError, TypeError) as error:
        raise build_unexpected_refusal(api.client.base_url, f"answered {BALANCE_PATH}") from error


def get_base_url() -> str:
    """Return the address of the gateway: `KT_API_BASE`, or our own."""
    return os.environ.get("KT_API_BASE", "").rstrip("/") or DEFAULT_BASE_URL


def run(choice: ToolChoice, address_source: str = ADDRESS_VARIABLE) -> int:
    """Serve over stdio until the client ends; return the exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    base, key = get_base_url(), os.environ.get("KT_API_KEY", "").strip()
    if KEY.fullmatch(key) is None:  # the error of a wrong header would quote it
        sys.stderr.write("killatamata: KT_API_KEY has a blank, a line end or a special letter\n")
        return 1
    if not key:
        log.warning("no key, so calls are refused: set KT_API_KEY, or run killatamata login")
    try:
        asyncio.run(_serve(base, key, choice, address_source))
    except (DocumentUnavailable, ValueError) as error:
        sys.stderr.write(f"killatamata: {error}\n")
        return 1
    return 0


async def _serve(base: str, key: str, choice: ToolChoice, address_source: str) -> None:
    async with build_gateway_client(base, key) as client:
        server = build_stdio_server(client, await fetch_document(client, address_source), choice)
        gc.freeze()  # all that is loaded stays: no collection need look at it again
        gc.enable()
        await server.run_stdio_async()


def build_gateway_client(base: str, key: str) -> httpx2.AsyncClient:
    """Build a client with the user's key; it follows no redirect, so the key goes nowhere else."""
    headers = {"X-Client-Version": get_version()}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return httpx2.AsyncClient(base_url=base, headers=headers, timeout=TIMEOUT_SECONDS)


def build_stdio_server(
    client: httpx2.AsyncClient, document: Schema, choice: ToolChoice
) -> MCPServer[Any]:
    """Build the server for the key of this client."""
    api = RestApi(client)
    options = ServerOptions(get_principal=KeyOwner(api), operator_choice=choice)
    return build_server(api, document, options)


async def fetch_document(
    client: httpx2.AsyncClient, address_source: str = ADDRESS_VARIABLE
) -> Schema:
    """Return the OpenAPI document of a gateway, from the cache while its ETag is the same.

    A gateway that is away or fails does not hinder the start as long as a document is kept.
    `address_source` is what gave the address, for the words of an error.

    Raises:
        DocumentUnavailable: the address is no gateway's, or does not answer and none is kept.
    """
    cache = _DocumentCache.for_gateway(str(client.base_url))
    etag, document = cache.read()
    try:
        answer = await client.get(OPENAPI_PATH, headers={"If-None-Match": etag} if etag else {})
    except httpx2.HTTPError as error:
        if document is None:
            raise DocumentUnavailable(
                f"cannot reach {client.base_url}: check {address_source}"
            ) from error
        return document
    if answer.status_code == httpx2.codes.NOT_MODIFIED and document is not None:
        return document
    if answer.is_server_error:
        if document is None:
            problem = f"{client.base_url} answers {answer.status_code}: try again later"
            raise DocumentUnavailable(f"{problem}, or check {address_source}")
        return document
    fresh = _parse_document(answer.content) if answer.status_code == httpx2.codes.OK else None
    if fresh is None:
        raise DocumentUnavailable(
            f"{client.base_url} is not a Killa Tamata gateway: check {address_source}"
        )
    cache.write(answer.headers.get("etag", ""), answer.content)
    return fresh


def _parse_document(text: bytes) -> Schema | None:
    """Return the OpenAPI document in these bytes; None if they hold anything else."""
    try:
        document = from_json(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) and "paths" in document else None


@dataclass(frozen=True, slots=True)
class _DocumentCache:
    """A document on disk: its ETag in the first line, then its bytes."""

    file: Path

    @classmethod
    def for_gateway(cls, base: str) -> "_DocumentCache":
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "killatamata"
        return cls(folder / f"openapi-{hashlib.sha256(base.encode()).hexdigest()[:16]}.json")

    def read(self) -> tuple[str, Schema | None]:
        """Return the ETag and the document; an empty ETag and None if no whole one is kept."""
        try:
            etag, _, text = self.file.read_bytes().partition(b"\n")
        except OSError:
            return "", None
        document = _parse_document(text)
        return ("", None) if document is None else (etag.decode("latin-1"), document)

    def write(self, etag: str, document: bytes) -> None:
        """Keep a document; if the disk refuses it, the next start just fetches it again."""
        # Renamed into place: several servers start at once, and none may read half a file.
        own_file = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            own_file.write_bytes(etag.encode("latin-1") + b"\n" + document)
            own_file.replace(self.file)
        except OSError as error:
            log.info("the OpenAPI document is not kept: %s", error)
