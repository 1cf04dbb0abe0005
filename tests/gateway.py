"""Real gateways and workers for tests: processes on loopback, spoken to from outside.

Every wait is bounded, every process is ended by its own id, every folder is a temporary one.
"""

import asyncio
import base64
import io
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from unittest import mock

import httpx2
from PIL import Image
from sqlalchemy import update

from gateway import operator
from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.accounts import identities
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import open_session
from gateway.kit.clock import HOUR
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd
from gateway.migrations.metadata import METADATA
from tests.answer_models import hold_to_model
from tests.databases import migrated_sqlite
from tests.processes import MEASURED, OURS, Process, busy_seconds, ran, started

T = TypeVar("T")
START_SECONDS, STOP_SECONDS, JOB_SECONDS = 90, 60, 90
OPEN = {"queued", "running"}
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # to read whom to trust takes longer than to ask


class Gateway:
    """One data folder and its settings, served by one process at a time."""

    program: ClassVar[Sequence[str]] = OURS

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.settings = {"KT_DATA_DIR": str(data_dir), "KT_PORT": str(self.port), **settings}
        self.process: Process | None = None
        self._log = data_dir.with_name(f"{data_dir.name}-{self.port}.log")

    def start(self) -> "Gateway":
        """Start, and return when it is ready."""
        self.process = started(["serve"], self.settings, self._log, program=self.program)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the gateway did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        process, self.process = self.process, None
        return 0 if process is None else ended(process, number)

    def leave(self) -> None:
        """End what a test is done with: at once, unless its coverage has to be written."""
        self.end(signal.SIGTERM if MEASURED else signal.SIGKILL)

    def kill(self) -> None:
        """Kill -9."""
        self.end(signal.SIGKILL)

    def busy_seconds(self) -> float:
        """Return how long its process has been at work; what else the machine does is left out."""
        assert self.process is not None
        return busy_seconds(self.process)

    def client(self, key: str | None = None, **headers: str) -> httpx2.Client:
        """Return a client; whoever asked closes it."""
        if key is not None:
            headers = {"Authorization": f"Bearer {key}", **headers}
        return httpx2.Client(
            base_url=self.base,
            headers=headers,
            timeout=60,
            trust_env=False,
            verify=NO_TLS,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            event_hooks={"response": [hold_to_model]},
        )

    @contextmanager
    def account(self, credit_usd: str = "5", mode: str = "test") -> Iterator["Client"]:
        """Make an account with this credit; yield it, with a client for its key."""

        async def made() -> dict[str, str]:
            amount, peppers = (
                parse_usd(credit_usd),
                Peppers(parse_secret_pairs(self._own.key_peppers)),
            )
            async with operator.open_database(self._own) as database, database.write() as session:
                return await operator.create_account_with_key(
                    session, Ids(), peppers, mode=mode, amount=amount, label="test"
                )

        new = self.operate(made)
        with self.client(new["apiKey"]) as http:
            yield Client(http, new["apiKey"], new["accountId"])

    def cookie(self, account_id: str) -> str:
        """Open a browser session of an account; return its cookie, `name=value`."""

        async def opened() -> str:
            async with operator.open_database(self._own) as database, database.write() as session:
                _, token = await open_session(session, Ids(), account_id=account_id, origin="test")
                return token

        return f"kt_session={self.operate(opened)}"

    def add_address(self, account_id: str, email: str) -> None:
        """Let an account be opened by this address too."""

        async def added() -> None:
            settings = operator.load_settings(self.data_dir)
            async with operator.open_database(settings) as database, database.write() as session:
                await identities.add(session, Ids(), account_id, ("email", "", email), email)

        self.operate(added)

    def age(self, table: str, microseconds: int = HOUR) -> None:
        """Let every row of a table have been made so much earlier."""

        async def aged() -> None:
            async with operator.open_database(operator.load_settings(self.data_dir)) as database:
                rows = METADATA.tables[table]
                earlier = {"created_at": rows.c.created_at - microseconds}
                async with database.write() as session:
                    await session.execute(update(rows).values(**earlier))

        self.operate(aged)

    @contextmanager
    def browser(self, account_id: str) -> Iterator[httpx2.Client]:
        """Yield a client that is signed in to an account, as a page of this site would be."""
        cookie = self.cookie(account_id)
        with self.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as http:
            yield http

    def log(self) -> str:
        """Return what the gateway said so far."""
        return self._log.read_text()

    def findings(self) -> list[dict[str, Any]]:
        """Return every broken invariant, as `admin check` does."""
        found: list[dict[str, Any]] = self.operate(
            lambda: operator.check_invariants(self.data_dir, None)
        )
        return found

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on this gateway's database."""
        return ran(words, self.settings)

    def operate(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - the work's own
        """Carry out what an operator does, with the settings of this gateway."""
        with mock.patch.dict(os.environ, self.settings), ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(work())).result(START_SECONDS)

    @cached_property
    def _own(self) -> Settings:
        """Read the settings once: that takes longer than to make an account."""
        return operator.load_settings(self.data_dir)

    def _ready(self) -> bool:
        try:
            answer = httpx2.get(f"{self.base}/readyz", timeout=5, trust_env=False, verify=NO_TLS)
        except httpx2.HTTPError:
            return False
        return answer.status_code == httpx2.codes.OK


class Client:
    """An account with its key, and what a client does with it."""

    def __init__(self, http: httpx2.Client, key: str, account_id: str) -> None:
        self.http = http
        self.key = key
        self.account_id = account_id

    def post(
        self, task: str, given: dict[str, Any], *, key: str | None = None, **more: object
    ) -> httpx2.Response:
        """Submit a job; `key` is its idempotency key, `wait` seconds, `dry` a dry run."""
        headers = {} if key is None else {"X-Idempotency-Key": key}
        if "wait" in more:
            headers["Prefer"] = f"wait={more.pop('wait')}"
        params = {"dryRun": "1"} if more.pop("dry", False) else {}
        body = {"task": task, "input": given, **more}
        return self.http.post("/api/v1/media/jobs", json=body, headers=headers, params=params)

    def quote(self, *items: dict[str, Any]) -> httpx2.Response:
        """Ask for the exact prices of these items."""
        return self.http.post("/api/v1/media/quote", json={"items": items})

    def quoted(self, *items: dict[str, Any]) -> dict[str, Any]:
        """Return a quote for these items."""
        answer = self.quote(*items)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def job(self, job_id: str, **query: str | int) -> dict[str, Any]:
        """Read a job."""
        answer = self.http.get("/api/v1/media/jobs", params={"jobId": job_id, **query})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def ended(self, job_id: str) -> dict[str, Any]:
        """Return the job with its details, when it has ended."""
        deadline = time.monotonic() + JOB_SECONDS
        while (job := self.job(job_id, waitSeconds=5))["status"] in OPEN:
            assert time.monotonic() < deadline, f"{job_id} is {job['status']} for ever"
        return self.job(job_id, includeDetails=1)

    def made(self, task: str, given: dict[str, Any], **more: object) -> dict[str, Any]:
        """Submit a job and return it with its details, when it has ended."""
        answer = self.post(task, given, **more)  # type: ignore[arg-type]
        assert answer.status_code == 202, answer.text
        return self.ended(answer.json()["jobId"])

    def cancel(self, job_id: str) -> httpx2.Response:
        """Cancel a job."""
        return self.http.post("/api/v1/media/jobs/cancel", json={"jobId": job_id})

    def balance(self) -> dict[str, Any]:
        """Read the balance."""
        body: dict[str, Any] = self.http.get("/api/v1/balance").json()
        return body

    def until(self, job_id: str, status: str) -> dict[str, Any]:
        """Return the job, when it has this status."""
        deadline = time.monotonic() + JOB_SECONDS
        while (job := self.job(job_id))["status"] != status:
            assert job["status"] in OPEN, f"{job_id} has {job['status']}"
            assert time.monotonic() < deadline, f"{job_id} is {job['status']} for ever"
            time.sleep(0.02)
        return job


def picture(prompt: str = "a fox", **more: object) -> dict[str, Any]:
    """Return the input of a small picture; it costs $0.02."""
    return {"prompt": prompt, "width": 256, "height": 256, **more}


def item(task: str, given: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return an item of a quote."""
    return {"task": task, "input": given, **more}


def drawn(width: int, height: int, shade: int = 90, form: str = "png") -> bytes:
    """Return the bytes of a picture of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 40, 160)).save(stream, form)
    return stream.getvalue()


def still(width: int = 256, height: int = 256, shade: int = 90, form: str = "png") -> str:
    """Return a picture as a data URI."""
    return inline(f"image/{form}", drawn(width, height, shade, form))


def inline(mime_type: str, data: bytes) -> str:
    """Return bytes as a data URI."""
    return f"data:{mime_type};base64,{base64.b64encode(data).decode()}"


def together(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Call all at once; return their answers in order."""
    wanted = list(calls)
    with ThreadPoolExecutor(len(wanted)) as pool:
        return [future.result(JOB_SECONDS) for future in [pool.submit(call) for call in wanted]]


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem document of a refusal, after a look at what each must hold."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"]) == (code, status), body
    assert body["hint"]
    assert body["detail"]
    assert body["requestId"] == answer.headers["x-request-id"]
    return body


def ended(process: Process, number: signal.Signals = signal.SIGTERM) -> int:
    """Send a signal and return the exit code."""
    process.send_signal(number)
    return process.wait(STOP_SECONDS)


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[Gateway]:
    """Serve for the block, an embedded database with its tables in place."""
    gateway, file = Gateway(data_dir, **settings), data_dir / "kt.db"
    if "KT_DATABASE_URL" not in settings and not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        file.write_bytes(migrated_sqlite())
    try:
        yield gateway.start()
    finally:
        gateway.leave()


@contextmanager
def working(gateway: Gateway, name: str = "worker", **settings: str) -> Iterator[Process]:
    """Run a worker process beside a gateway for the block; `settings` are its own."""
    log = worker_log(gateway, name)
    log.touch()
    process = started(["worker"], gateway.settings | settings, log)
    try:
        yield process
    finally:
        if process.poll() is None:
            ended(process, signal.SIGKILL)


def worker_log(gateway: Gateway, name: str = "worker") -> Path:
    """Return where a worker beside a gateway writes its lines."""
    return gateway.data_dir.with_name(f"{gateway.data_dir.name}-{name}.log")


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
