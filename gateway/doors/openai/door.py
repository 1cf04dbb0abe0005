"""The parts of the OpenAI door, and the way in that all of its addresses share.

Each address names the media operation that it stands for. The caller is admitted for that
operation, as at the REST door: found by key, counted, authorised. Views raise problems; the route
renders them in the form of this door.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.doors.openai.errors import UnknownParameter
from gateway.doors.openai.models import Models
from gateway.identity.keys.call_admission import CallAdmission
from gateway.kit.caller import check_member_writes
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import InternalError, Problem, Unavailable
from gateway.kit.http.request_report import RequestFacts, facts_from_scope
from gateway.kit.operation import (
    JSON_MEDIA_TYPE,
    Answer,
    Call,
    Caller,
    Operation,
    Ports,
    operation_from_handler,
    perform_call,
)
from gateway.kit.queue import OUTAGE_ERRORS
from gateway.kit.wire import request_reader
from gateway.kit.wire.json_text import JsonObject, write_json
from gateway.media.jobs.event_streams import OpenStreams
from gateway.storage.base import Storage

Handler = Callable[..., Awaitable[Any]]
DRY_RUN, PRICE_HINT = "dryRun", "Ask POST /api/v1/media/jobs?dryRun=1 for a price."
MOST_WAITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request of an admitted caller; `path` is the template of its route."""

    request: Request
    caller: Caller
    facts: RequestFacts
    path: str
    call: Call


View = Callable[[Exchange], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAiDoor:
    """The parts of the door; bodies are received in `folder`, `wait_seconds` limits each wait.

    `waits` counts the requests of each account that wait for a job in this process.
    """

    ports: Ports
    admission: CallAdmission
    storage: Storage
    models: Models
    folder: Path
    wait_seconds: int
    waits: OpenStreams = field(
        default_factory=lambda: OpenStreams(most=MOST_WAITS, things="waiting requests")
    )

    def build_endpoint(
        self, handler: Handler, view: View, path: str
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that admits the caller for an operation, then answers with a view."""
        operation = operation_from_handler(handler)

        async def answer(request: Request) -> Response:
            facts = facts_from_scope(request.scope)
            try:
                exchange = await self._admit(operation, request, facts, path)
                with check_member_writes(exchange.caller, self.ports.get):
                    response = await view(exchange)
            except (TransactionConflict, ConnectionLost) as error:
                raise Unavailable from error
            except Problem as problem:
                if problem.status < InternalError.status:
                    await self.admission.add_credit_header(facts)
                raise
            await self.admission.add_credit_header(facts)
            return response

        return answer

    async def _admit(
        self, operation: Operation, request: Request, facts: RequestFacts, path: str
    ) -> Exchange:
        caller = await self.admission.admit_caller(operation, request, facts)
        if caller is None:
            raise LookupError(f"{operation.id} is public")
        if DRY_RUN in request.query_params:  # the limits of requests count such a one as a quote
            raise UnknownParameter(
                f"`{DRY_RUN}` is not known here.", field=DRY_RUN, hint=PRICE_HINT
            )
        call = Call(
            request_id=facts.request_id,
            method=request.method,
            path=path,
            caller=caller,
            client_ip=request.client.host if request.client else "",
            traceparent=facts.traceparent,
            recheck=partial(self._recheck_caller, operation, request, caller),
        )
        return Exchange(request=request, caller=caller, facts=facts, path=path, call=call)

    async def _recheck_caller(self, operation: Operation, request: Request, caller: Caller) -> None:
        """Authorise the caller again; a database that is away for a moment ends no wait."""
        with suppress(*OUTAGE_ERRORS):
            await self.admission.recheck_caller(operation, request, caller)

    async def perform(
        self, handler: Handler, call: Call, body: JsonObject | None = None, **query: str
    ) -> Answer:
        """Carry out an operation for a call, with this body and query in wire names.

        Raises:
            Problem: any refusal.
        """
        operation, body_model, query_model = operation_from_handler(handler), None, None
        if operation.body is not None:
            text = write_json(body or {}).encode()
            body_model = request_reader.read_body(
                operation.body, text, content_type=JSON_MEDIA_TYPE
            )
        if operation.query is not None:
            query_model = request_reader.read_query(operation.query, list(query.items()))
        try:
            async with asyncio.timeout(operation.seconds):
                return await perform_call(
                    operation, call, body=body_model, query=query_model, ports=self.ports
                )
        except TimeoutError:
            raise Unavailable("The gateway took too long to answer this.") from None
