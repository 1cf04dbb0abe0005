"""Submits of this door: one intended picture is one job, however often a client asks for it.

With an idempotency key the submit is as at the REST door. Without one, a request that says it is a
retry adopts the call that it repeats (`gateway.media.client_calls`). Either way a retry is told
from another request by what the client sent, and gets its job before anything is fetched or drawn.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from starlette.requests import Request

from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.hops import add_hops, check_hops
from gateway.doors.openai.multipart import FormFile
from gateway.doors.openai.reading import PRICE_HEADER, DoorFields
from gateway.kit import idempotency
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.operation import Answer
from gateway.kit.queue import OUTAGE_ERRORS
from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.request_reader import parse_json_object
from gateway.media.client_calls.calls import HEAR_SECONDS, ClientCall, ClientCalls
from gateway.media.inputs.workspace import ATTACHED_SCHEME
from gateway.media.operations import submit_job

RETRY_HEADER = "x-stainless-retry-count"
KEY_HEADER, REPLAYED_HEADER = b"x-idempotency-key", (b"idempotency-replayed", b"true")
PREPARE_SECONDS, HEAR_AGAIN_SECONDS = 90, 1.0
RETRIES = re.compile(r"[0-9]{1,6}", re.ASCII)
log = logging.getLogger("gateway.openai")


@dataclass(frozen=True, slots=True)
class Submit:
    """The body of a submit, and the files of a form that it names as `attached://`."""

    body: JsonObject
    files: Sequence[FormFile] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job of a request, and the call by which it is heard of; None with an idempotency key."""

    job_id: str
    call: ClientCall | None = None


async def submit_once(
    door: OpenAiDoor,
    exchange: Exchange,
    body_hash: bytes,
    prepare: Callable[[], Awaitable[Submit]],
) -> Submitted:
    """Submit a job, or find the one that an earlier request for the same picture made.

    `prepare` is called only for a request that may have to make one.

    Raises:
        Problem: any refusal; nothing was held.
    """
    check_hops(exchange.request.headers)
    key = idempotency.read_key(exchange.request.headers)
    if key is not None:
        exchange.facts.headers.append((KEY_HEADER, key.encode()))
        return Submitted(await _submit(door, exchange, key, body_hash, prepare))
    calls: ClientCalls = door.ports.get(ClientCalls)
    call = await calls.open_call(
        exchange.caller,
        route=exchange.path,
        body_hash=body_hash,
        retries=read_retry_count(exchange.request.headers),
    )
    if call.job_id is not None:
        _record_replay(exchange)
        return Submitted(call.job_id, call)
    async with keep_heard(door, call):
        try:
            job_id = await _submit(door, exchange, call.id, body_hash, prepare)
        except Problem as problem:
            # A refusal for the moment is tried again; one for good leaves nothing to adopt.
            if not problem.retryable:
                await calls.drop_call(call)
            raise
        await calls.set_job(call.id, job_id)
    return Submitted(job_id, call)


async def _submit(
    door: OpenAiDoor,
    exchange: Exchange,
    key: str,
    body_hash: bytes,
    prepare: Callable[[], Awaitable[Submit]],
) -> str:
    """Submit under a key, or return the job of the key's stored answer.

    Raises:
        Problem: any refusal.
    """
    scope = exchange.call.key_scope(key)
    database: Database = door.ports.get(Database)
    async with database.read() as snapshot:
        stored = (await idempotency.find_answers(snapshot, [scope])).get(scope)
    if stored is not None:
        _record_replay(exchange)
        return stored.replay(body_hash).resource_id
    try:
        async with asyncio.timeout(PREPARE_SECONDS):
            submit = await prepare()
    except TimeoutError:
        raise Unavailable("The gateway took too long to open the files.") from None
    attachments = {file.sha256: file.path for file in submit.files}
    call = replace(
        exchange.call, idempotency_key=key, attachments=attachments, request_hash=body_hash
    )
    body = add_hops(exchange.request.headers, submit.body)
    answer: Answer = await door.perform(submit_job, call, body)
    door.admission.forget_credit(exchange.facts)
    if "Idempotency-Replayed" in answer.headers:
        _record_replay(exchange)
    job_id: str = parse_json_object(answer.body)["jobId"]
    return job_id


def _record_replay(exchange: Exchange) -> None:
    exchange.facts.replayed = True
    exchange.facts.headers.append(REPLAYED_HEADER)


@asynccontextmanager
async def keep_heard(door: OpenAiDoor, call: ClientCall | None) -> AsyncIterator[None]:
    """Write down every 15 seconds of the block that the client still waits for its call.

    If the block fails, it was not answered, and nobody waits for it any more.
    """
    if call is None:
        yield
        return
    calls: ClientCalls = door.ports.get(ClientCalls)
    renewing = asyncio.create_task(_renew(calls, call))
    try:
        yield
    except BaseException:
        with suppress(*OUTAGE_ERRORS):
            await calls.mark_gone(call)
        raise
    finally:
        renewing.cancel()
        await asyncio.wait({renewing})


async def _renew(calls: ClientCalls, call: ClientCall) -> None:
    while True:
        # Whatever fails: without this loop the sweeper would cancel a job that is waited for.
        try:
            await calls.hear(call)
            await asyncio.sleep(HEAR_SECONDS)
        except Exception as error:
            if not isinstance(error, OUTAGE_ERRORS):
                log.exception("client call not renewed")
            await asyncio.sleep(HEAR_AGAIN_SECONDS)


def read_retry_count(headers: Mapping[str, str]) -> int:
    """Return how often the client says it has sent this request before; 0 without a mark."""
    text = headers.get(RETRY_HEADER, "")
    return int(text) if RETRIES.fullmatch(text) else 0


def hash_request(request: Request, sent: DoorFields, files: Sequence[FormFile] = ()) -> bytes:
    """Return the hash of what a client sent: address, fields, highest price and files.

    Not of what defaults or conversions make of it: they may change before a retry.
    """
    told = {
        "path": request.path_params,
        "fields": sent.model_dump(mode="json", exclude_unset=True),
        "price": request.headers.get(PRICE_HEADER),
        "files": [[file.name, file.sha256] for file in files],
    }
    return idempotency.hash_request(told)


def to_attached_url(file: FormFile) -> str:
    """Return the reference by which the body of a submit names a file of the form."""
    return f"{ATTACHED_SCHEME}{file.sha256}"
