"""The client: one call each for what most programs need, and resources for the rest."""

import builtins
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from killatamata._async.account import Device, Keys, Purchases
from killatamata._async.affiliates import Affiliates
from killatamata._async.hooks import Webhooks
from killatamata._async.inputs import Inputs
from killatamata._async.jobs import Jobs, OnProgress
from killatamata._async.outputs import Outputs
from killatamata._async.payments import Checkout, Claims
from killatamata._async.plans import Plans
from killatamata._async.shares import Shares
from killatamata._async.studio import Studio
from killatamata._async.transport import Transport
from killatamata.errors import JobFailed, KillaTamataError
from killatamata.output_files import check_target
from killatamata.profiles import require_credentials
from killatamata.types import (
    BalanceShown,
    Job,
    PackageList,
    Quote,
    Tasks,
    TaskShown,
    Usage,
)
from killatamata.wire import build_query


class AsyncClient:
    """A client of one gateway.

    The key and the address are those given here, else `KT_API_KEY` and `KT_API_BASE`, else those
    that `killatamata login` has kept. `timeout` is in seconds, for each try of a call. A client of
    your own (`http_client`) stays open when this one is closed.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 60,
        max_retries: int = 2,
        http_client: httpx2.AsyncClient | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        key, base = require_credentials(api_key, base_url)
        self._transport = transport = Transport(
            key,
            base,
            timeout=timeout,
            max_retries=max_retries,
            http_client=http_client,
            default_headers=default_headers,
        )
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

    async def generate(
        self,
        prompt: str,
        to: str | Path = "./",
        *,
        task: str = "image.generate",
        **fields: Any,  # noqa: ANN401 - the fields of the task
    ) -> Path:
        """Run a task with a prompt and save its outputs; return the path of the first.

        `to` is a file or a folder; `fields` are those of `run`. If the file cannot be saved in the
        end, a note on the error names the job, which `jobs.download` saves elsewhere.

        Raises:
            JobFailed: the job ended without success; nothing was charged.
            StatusError: a refusal, such as `PaymentRequired`.
            OSError: `to` cannot be written; checked before the job is submitted, where possible.
        """
        count = fields.get("count")
        check_target(to, count if isinstance(count, int) else 1)
        job = await self.run(task, prompt=prompt, **fields)
        try:
            return (await self.jobs.download(job, to))[0]
        except (KillaTamataError, OSError, KeyboardInterrupt) as error:
            charged = job.billing.charged_usd
            error.add_note(f"{job.id} charged ${charged}: save it with jobs.download({job.id!r}).")
            raise

    async def run(
        self,
        task: str,
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnProgress | None = None,
        max_price_usd: str | None = None,
        idempotency_key: str | None = None,
        **fields: Any,  # noqa: ANN401 - the fields of the task
    ) -> Job:
        """Submit a job, wait for its end and return it; see `jobs.create` for the fields.

        Raises:
            JobFailed: the job ended without success; nothing was charged.
            WaitTimedOut: the job has not ended within `wait_seconds`; it goes on.
            StatusError: a refusal; nothing is held.
        """
        job = await self.submit(
            task, max_price_usd=max_price_usd, idempotency_key=idempotency_key, **fields
        )
        job = await self.jobs.wait(job, timeout_seconds=wait_seconds, on_progress=on_progress)
        if job.status != "succeeded":
            raise JobFailed(job)
        return job

    async def submit(
        self,
        task: str,
        /,
        *,
        idempotency_key: str | None = None,
        **fields: Any,  # noqa: ANN401
    ) -> Job:
        """Submit a job and return it at once; the same as `jobs.create`."""
        return await self.jobs.create(task, idempotency_key=idempotency_key, **fields)

    async def quote(self, task: str, /, **fields: Any) -> Quote:  # noqa: ANN401
        """Return the exact price of a job, for 15 minutes; run it with `quote_id`.

        Raises:
            StatusError: a refusal; nothing is held either way.
        """
        return await self.quote_all([(task, fields)])

    async def quote_all(self, items: Iterable[tuple[str, Mapping[str, Any]]]) -> Quote:
        """Return the exact prices of up to 100 jobs; one bad item refuses all."""
        inputs = Inputs(self._transport)  # one for all items: they go in one request
        bodies = [await inputs.build_body(task, fields) for task, fields in items]
        return await self._transport.request_model(
            Quote, "POST", "/api/v1/media/quote", json={"items": bodies}
        )

    async def tasks(self, task: str | None = None) -> builtins.list[TaskShown]:
        """Describe the media tasks: fields, prices, limits, examples."""
        answer = await self._transport.request_model(
            Tasks, "GET", "/api/v1/media/tasks", params=build_query(task=task)
        )
        return answer.data

    async def balance(self) -> BalanceShown:
        """Return the balance: available and held money, and the limits of this key."""
        return await self._transport.request_model(BalanceShown, "GET", "/api/v1/balance")

    async def packages(self, *, mode: Literal["live", "test"] | None = None) -> PackageList:
        """Return the credit packages for sale in a mode, by default that of the key."""
        return await self._transport.request_model(
            PackageList, "GET", "/api/v1/packages", params=build_query(mode=mode)
        )

    async def usage(
        self,
        group_by: Literal["day", "task", "key", "project"] = "day",
        *,
        first: date | None = None,
        last: date | None = None,
    ) -> Usage:
        """Sum up usage by UTC day (the last 30), task, key or project."""
        query = build_query(group_by=group_by) | build_query(**{"from": first, "to": last})
        return await self._transport.request_model(
            Usage, "GET", "/api/v1/media/usage", params=query
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
        )
