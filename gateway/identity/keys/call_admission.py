"""Admission of a request by key: find the caller, count it, authorise it, check the disk.

Every door that takes API keys does this before it reads a body, so a refused caller costs no
parsing, and an unknown key counts for its network.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request

from gateway.kit.disk import DiskReserve
from gateway.kit.errors import Unauthorized, Unavailable
from gateway.kit.http.browser import SAFE_METHODS
from gateway.kit.http.guard import VERIFIED_CALLER_KEY
from gateway.kit.http.rate_limit import RateLimits, to_network
from gateway.kit.http.request_report import RequestFacts
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller, Operation, Ports, authorise_call
from gateway.ledger.operations import BalanceReader

CREDIT_HEADER = b"x-credits-remaining-usd"
DRY_RUN = re.compile(rb"(?:^|&)dryRun=(?:1|true)(?:&|$)")


class Authenticator(Protocol):
    """Finds the caller that the headers of a request name."""

    async def __call__(
        self, headers: Mapping[str, str], operation: Operation, *, fresh: bool = False
    ) -> Caller | None:
        """Return the caller, or None if the request names none that the operation accepts.

        `fresh` bypasses the cache of keys.

        Raises:
            Unauthorized: the key or session does not exist.
            CrossSiteRefused: a browser sent the request from another site.
        """
        ...


class Vouch(Protocol):
    """The entry of a scope that vouches for a caller whose token this process has verified."""

    async def __call__(self, *, fresh: bool) -> Caller:
        """Return the caller; `fresh` bypasses the cache.

        Raises:
            Unauthorized: the token has been revoked since.
        """
        ...


class CallAdmission:
    """Admits the callers of requests, for one application."""

    def __init__(self, authenticator: Authenticator, ports: Ports) -> None:
        self._authenticator = authenticator
        self._limits: RateLimits = ports.get(RateLimits)
        self._balances: BalanceReader = ports.get(BalanceReader)
        self._disk: DiskReserve = ports.get(DiskReserve)

    async def admit_caller(
        self, operation: Operation, request: Request, facts: RequestFacts
    ) -> Caller | None:
        """Find, count and authorise the caller; None for a public operation.

        Raises:
            Problem: the caller is unknown, too fast, or lacks a scope; or the disk is full.
        """
        query = request.scope["query_string"]
        is_dry_run = query != b"" and DRY_RUN.search(query) is not None
        facts.submit = "asked" if operation.submits and not is_dry_run else "no"
        try:
            caller = await self._find_caller(request, operation)
        except Unauthorized:
            await self._count_request("public", _client_network(request), facts)
            raise
        if caller is not None:
            facts.account_id, facts.key_lookup = caller.account_id, caller.key_lookup
            facts.ledger_account = caller.ledger_account
        rate = operation.rate
        if rate == "submit" and is_dry_run:
            rate = "quote"
        if rate != "none" and (caller is None or operation.public):
            await self._count_request("public", _client_network(request), facts)
        elif rate != "none" and caller is not None:
            await self._count_request(rate, f"{caller.account_id}:{caller.book}", facts)
        authorise_call(operation, caller, get_ticket(operation, request))
        if operation.method != "GET":
            self._disk.require_room()
        return caller

    async def recheck_caller(
        self, operation: Operation, request: Request, caller: Caller | None
    ) -> None:
        """Authorise the caller again, as of now; a stream or a long wait does so while it runs.

        Raises:
            Unauthorized: the caller is gone, or works in another account now.
        """
        found = await self._find_caller(request, operation, fresh=True)
        if caller is not None:
            caller.require_unchanged(found)
        authorise_call(operation, found, get_ticket(operation, request))

    async def _find_caller(
        self, request: Request, operation: Operation, *, fresh: bool = False
    ) -> Caller | None:
        """Return the caller that this process vouches for, else the one that the headers name.

        A vouched caller may come from the cache of keys. For a write it is looked up again: a key
        that was revoked a moment ago must not spend.
        """
        vouch: Vouch | None = request.scope.get(VERIFIED_CALLER_KEY)
        if vouch is None:
            return await self._authenticator(request.headers, operation, fresh=fresh)
        writes = operation.method not in SAFE_METHODS and not operation.allows_cached_key
        return None if operation.public else await vouch(fresh=fresh or writes)

    async def _count_request(self, rate: str, counted_as: str, facts: RequestFacts) -> None:
        standing = await self._limits.count_request(rate, counted_as)
        facts.headers += standing.headers()
        standing.check()

    async def find_available(self, ledger_account: int) -> int | None:
        """Return the available credit of an account; None if it cannot be read now."""
        try:
            return await self._balances.get_available(ledger_account)
        except Unavailable:
            return None

    async def add_credit_header(
        self, facts: RequestFacts, available_microusd: int | None = None
    ) -> None:
        """Add the header with the available credit; omit it if the balance cannot be read."""
        if facts.ledger_account is None:
            return
        if available_microusd is None:
            available_microusd = await self.find_available(facts.ledger_account)
        if available_microusd is not None:
            facts.headers.append((CREDIT_HEADER, render_usd(available_microusd).encode()))

    def forget_credit(self, facts: RequestFacts) -> None:
        """Forget the cached credit of the caller: its request may have changed it."""
        if facts.ledger_account is not None:
            self._balances.forget_available(facts.ledger_account)


def get_ticket(operation: Operation, request: Request) -> str | None:
    """Return the ticket of a request, which replaces a key where the operation accepts one."""
    return None if operation.ticket is None else request.query_params.get(operation.ticket)


def _client_network(request: Request) -> str:
    return to_network(request.client.host if request.client else "")
