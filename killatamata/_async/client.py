"""The client: one call each for what most programs need, and resources for the rest."""

import builtins
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, datetime
from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from killatamata import fields
from killatamata._async.account import Device, Keys, Purchases
from killatamata._async.affiliates import Affiliates
from killatamata._async.client_calls import ClientCalls
from killatamata._async.hooks import Webhooks
from killatamata._async.jobs import Jobs
from killatamata._async.outputs import Outputs
from killatamata._async.paging import AsyncPage, list_pages
from killatamata._async.payments import Checkout, Claims
from killatamata._async.plans import Plans
from killatamata._async.shares import Shares
from killatamata._async.studio import Studio
from killatamata._async.transport import Transport
from killatamata.call_log import set_up_log
from killatamata.profiles import require_credentials
from killatamata.timeouts import Timeout
from killatamata.types import (
    BalanceShown,
    Movement,
    PackageList,
    Quote,
    Statement,
    Tasks,
    TaskShown,
    Usage,
)
from killatamata.wire import build_query


class AsyncClient(ClientCalls):
    """A client of one gateway.

    The key and the address are those given here, else `KT_API_KEY` and `KT_API_BASE`, else those
    that `killatamata login` has kept. `timeout` is in seconds, for each try of a call; a call
    takes another as its own `timeout`. A client of
    your own (`http_client`) stays open when this one is closed.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: Timeout = 60,
        max_retries: int = 2,
        http_client: httpx2.AsyncClient | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        key, base = require_credentials(api_key, base_url)
        set_up_log()
        transport = Transport(
            key,
            base,
            timeout=timeout,
            max_retries=max_retries,
            http_client=http_client,
            default_headers=default_headers,
        )
        self._use_transport(transport)

    def _use_transport(self, transport: Transport) -> None:
        self._transport = transport
        self.base_url = transport.base_url
        self.jobs = Jobs(transport)
        self.outputs = Outputs(transport)
        self.shares = Shares(transport)
        self.keys = Keys(transport)
        self.checkout = Checkout(transport)
        self.claims = Claims(transport)
        self.purchases = Purchases(transport)
        self.plans = Plans(transport)
        self.studio = Studio(transport)
        self.device = Device(transport)
        self.webhooks = Webhooks(transport)
        self.affiliates = Affiliates(transport)

    def __repr__(self) -> str:
        """Return the gateway that it calls and its options; never the key."""
        transport = self._transport
        options = f"timeout={transport.timeout}, max_retries={transport.max_retries}"
        return f"{type(self).__name__}(base_url={self.base_url!r}, {options})"

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a client with other options, for one call or many; what is None stays.

        It shares the connections of this client, which closes them. The headers are added.

            client.with_options(timeout=5, max_retries=0).balance()
        """
        changed = copy(self)
        changed._use_transport(  # noqa: SLF001 - a copy of this one
            self._transport.with_options(
                timeout=timeout, max_retries=max_retries, default_headers=default_headers
            )
        )
        return changed

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def quote_all(
        self, items: Iterable[fields.Item], *, timeout: Timeout | None = None
    ) -> Quote:
        """Return the exact prices of up to 100 jobs; one bad item refuses all.

        client.quote_all([{"task": "image.generate", "input": {"prompt": "a fox"}}])
        """
        return await self.jobs.quote_all(items, timeout=timeout)

    async def tasks(
        self, task: str | None = None, *, timeout: Timeout | None = None
    ) -> builtins.list[TaskShown]:
        """Describe the media tasks: fields, prices, limits, examples."""
        answer = await self._transport.request_model(
            Tasks, "GET", "/api/v1/media/tasks", params=build_query(task=task), timeout=timeout
        )
        return answer.data

    async def balance(self, *, timeout: Timeout | None = None) -> BalanceShown:
        """Return the balance: available and held money, and the limits of this key."""
        return await self._transport.request_model(
            BalanceShown, "GET", "/api/v1/balance", timeout=timeout
        )

    async def packages(
        self, *, mode: Literal["live", "test"] | None = None, timeout: Timeout | None = None
    ) -> PackageList:
        """Return the credit packages for sale in a mode, by default that of the key."""
        return await self._transport.request_model(
            PackageList, "GET", "/api/v1/packages", params=build_query(mode=mode), timeout=timeout
        )

    def history(
        self,
        *,
        first: datetime | str | None = None,
        last: datetime | str | None = None,
        limit: int = 50,
        timeout: Timeout | None = None,
    ) -> AsyncPage[Movement]:
        """Return what was held, charged, released and bought, the newest first.

        `first` and `last` are times with a zone; movements at `last` are left out.
        """
        query = build_query(limit=limit) | build_query(**{"from": first, "to": last})
        return list_pages(
            self._transport, Movement, "/api/v1/balance/history", query, timeout=timeout
        )

    async def usage(
        self,
        group_by: Literal["day", "task", "key", "project", "member"] = "day",
        *,
        first: date | None = None,
        last: date | None = None,
        timeout: Timeout | None = None,
    ) -> Usage:
        """Sum up usage by UTC day (the last 30), task, key, project or member."""
        query = build_query(group_by=group_by) | build_query(**{"from": first, "to": last})
        return await self._transport.request_model(
            Usage, "GET", "/api/v1/media/usage", params=query, timeout=timeout
        )

    async def statement(self, month: str, *, timeout: Timeout | None = None) -> Statement:
        """Return the statement of a UTC month, such as 2026-11: what moved the balance.

        >>> client.statement("2026-11").closing_usd  # doctest: +SKIP
        '4.94'
        """
        return await self._transport.request_model(
            Statement, "GET", "/api/v1/statement", params={"month": month}, timeout=timeout
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> httpx2.Response:
        """Call any other path with the same key, retries and errors; return the answer.

        Raises:
            StatusError: a refusal.
            ConnectionFailed: no answer.
        """
        return await self._transport.send(
            method,
            path,
            params=params,
            json=json,
            headers=headers,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )
