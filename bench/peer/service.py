"""Peer of the gateway: the duties of a submit, a read and a balance, as FastAPI's idiom has them.

FastAPI, SQLAlchemy's asynchronous ORM and asyncpg, structlog, prometheus-client. One middleware
in plain ASGI, because FastAPI's own kind costs more; keys kept for 5 seconds, as the gateway does.
"""

import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from os import environ
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import orjson
import structlog
from cachetools import TTLCache
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bench.peer.tables import Account, ApiKey, Entry, Job, Transfer

DATABASE_URL = environ["PEER_DATABASE_URL"]
POOL_SIZE = 32
KEY_SECONDS, MOST_KEYS = 5, 10_000
PRICES_MICROUSD = {"image.generate": 5_000, "video.generate": 90_000}

engine = create_async_engine(DATABASE_URL, pool_size=POOL_SIZE, max_overflow=0)
open_session = async_sessionmaker(engine, expire_on_commit=False)
log = structlog.get_logger()
requests = Counter("http_requests", "Requests.", ["method", "route", "status"])
durations = Histogram("http_request_seconds", "Seconds of a request.", ["method", "route"])
callers: TTLCache[bytes, "Caller"] = TTLCache(MOST_KEYS, KEY_SECONDS)
bearer = HTTPBearer()


class WireModel(BaseModel):
    """A model with camel-case names on the wire that refuses unknown fields."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", from_attributes=True
    )


class Caller(WireModel):
    """The account and the key that sent a request."""

    account_id: UUID
    key_id: UUID
    livemode: bool = False


class PictureInput(WireModel):
    """The input of a picture."""

    prompt: str = Field(min_length=1, max_length=4_000)
    negative_prompt: str = Field(default="", max_length=4_000)
    width: int = Field(default=1024, ge=64, le=4096, multiple_of=8)
    height: int = Field(default=1024, ge=64, le=4096, multiple_of=8)
    count: int = Field(default=1, ge=1, le=4)
    seed: int | None = Field(default=None, ge=0)


class SubmitJob(WireModel):
    """The order of a job."""

    task: Literal["image.generate", "video.generate"]
    input: PictureInput
    webhook_url: str | None = Field(default=None, max_length=2_000)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=16)


class JobAnswer(WireModel):
    """A job as its caller sees it."""

    id: UUID
    task: str
    status: str
    price_microusd: int
    input: dict[str, Any]
    created_at: datetime


class BalanceAnswer(WireModel):
    """The sums of an account."""

    balance_microusd: int
    held_microusd: int
    available_microusd: int


class RequestContext:
    """Middleware that gives each request an id, a log line and its metrics."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, began, code = uuid4().hex, time.perf_counter(), 500
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_id(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            method, route = scope["method"], scope.get("route")
            path = route.path if route else "unmatched"
            seconds = time.perf_counter() - began
            requests.labels(method, path, code).inc()
            durations.labels(method, path).observe(seconds)
            log.info("request", method=method, path=scope["path"], status=code, seconds=seconds)


def configure_logging() -> None:
    """Configure JSON lines as structlog's page on performance advises."""
    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(),
    )


@asynccontextmanager
async def run_lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Configure the process, and close the pool at its end."""
    configure_logging()
    yield
    await engine.dispose()


app = FastAPI(title="Peer", lifespan=run_lifespan)
app.add_middleware(RequestContext)


async def get_session() -> AsyncIterator[AsyncSession]:
    """Open a session for one request."""
    async with open_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def get_caller(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)], session: Session
) -> Caller:
    """Return the caller of a key, from memory if it was asked for a moment ago."""
    key_hash = hashlib.sha256(credentials.credentials.encode()).digest()
    if caller := callers.get(key_hash):
        return caller
    key = await session.scalar(
        select(ApiKey).where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
    )
    await session.commit()  # the reading transaction ends: a submit begins its own
    if key is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Unknown key.")
    caller = callers[key_hash] = Caller(account_id=key.account_id, key_id=key.id)
    return caller


CurrentCaller = Annotated[Caller, Depends(get_caller)]


@app.get("/me")
async def get_me(caller: CurrentCaller) -> Caller:
    """Return the caller."""
    return caller


@app.get("/balance")
async def get_balance(caller: CurrentCaller, session: Session) -> BalanceAnswer:
    """Return the sums of the caller's account."""
    account = await session.get_one(Account, caller.account_id)
    return BalanceAnswer(
        balance_microusd=account.balance_microusd,
        held_microusd=account.held_microusd,
        available_microusd=account.balance_microusd - account.held_microusd,
    )


@app.post("/jobs", status_code=status.HTTP_202_ACCEPTED)
async def submit_job(
    body: SubmitJob,
    caller: CurrentCaller,
    session: Session,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> JobAnswer:
    """Hold the price and record the job, in one durable transaction."""
    request_hash = hashlib.sha256(body.model_dump_json().encode()).digest()
    if idempotency_key and (job := await find_job(session, caller, idempotency_key)):
        return replay_job(job, request_hash)
    job = build_job(body, caller, idempotency_key, request_hash)
    try:
        await hold_price(session, job)
        await session.commit()
    except IntegrityError:  # the same key came twice at once: the other one made the job
        await session.rollback()
        if not idempotency_key or not (first := await find_job(session, caller, idempotency_key)):
            raise
        return replay_job(first, request_hash)
    return JobAnswer.model_validate(job)


async def find_job(session: AsyncSession, caller: Caller, idempotency_key: str) -> Job | None:
    """Find the job that an idempotency key of the caller's account has made."""
    return await session.scalar(
        select(Job).where(
            Job.account_id == caller.account_id, Job.idempotency_key == idempotency_key
        )
    )


def replay_job(job: Job, request_hash: bytes) -> JobAnswer:
    """Return the answer of a job once more.

    Raises:
        HTTPException: The key came with another body before.
    """
    if job.request_hash != request_hash:
        raise HTTPException(status.HTTP_409_CONFLICT, "The key was used with another body.")
    return JobAnswer.model_validate(job)


def build_job(
    body: SubmitJob, caller: Caller, idempotency_key: str | None, request_hash: bytes
) -> Job:
    """Build the row of a job with its price; a job without a key has its own id as one."""
    job_id = uuid4()
    return Job(
        id=job_id,
        account_id=caller.account_id,
        idempotency_key=idempotency_key or str(job_id),
        request_hash=request_hash,
        task=body.task,
        input=body.input.model_dump(mode="json", by_alias=True),
        status="queued",
        price_microusd=PRICES_MICROUSD[body.task] * body.input.count,
    )


async def hold_price(session: AsyncSession, job: Job) -> None:
    """Reserve the price if the account has it, and add job, transfer and entries.

    Raises:
        HTTPException: The account has less than the price.
    """
    price = job.price_microusd
    held = await session.execute(
        update(Account)
        .where(Account.id == job.account_id)
        .where(Account.balance_microusd - Account.held_microusd >= price)
        .values(held_microusd=Account.held_microusd + price)
        .execution_options(synchronize_session=False)
    )
    if not held.rowcount:
        raise HTTPException(status.HTTP_402_PAYMENT_REQUIRED, "The balance is too low.")
    entries = [
        Entry(account_id=job.account_id, side="available", amount_microusd=-price),
        Entry(account_id=job.account_id, side="held", amount_microusd=price),
    ]
    session.add(Transfer(kind="hold", job=job, entries=entries))


@app.get("/healthz", include_in_schema=False)
async def check_health() -> dict[str, str]:
    """Answer that the process runs."""
    return {"status": "ok"}


@app.get("/metrics", include_in_schema=False)
async def get_metrics(_request: Request) -> Response:
    """Return the metrics of the process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
